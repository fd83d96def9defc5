"""Who is logged in: told by the project's own `request.user`, read so that it can hold nobody up."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from functools import partial
from typing import Any

from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME, get_user
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import resolve_url
from django.urls import NoReverseMatch, get_script_prefix, is_valid_path
from django.utils.functional import LazyObject, SimpleLazyObject, empty

PERMISSION = "status.view_status"
_LONGEST_RETURN = 500
_READ = ("session", "user", "auser", "_cached_user", "_acached_user")
"""What a request keeps of its login."""


class Login(Enum):
    """What is known of the login that a request comes with."""

    STAFF = "staff"
    """Somebody who may see details: staff, or who has the permission."""
    OTHER = "other"
    """Somebody, but not of these."""
    NOBODY = "nobody"
    UNKNOWN = "unknown"
    """It could not be checked: what sessions or users are kept in does not answer."""


def question(request: HttpRequest) -> Login | Callable[[], Login]:
    """What is known at once, or what is to be called in a thread of its own since it may hang."""
    user: Any = getattr(request, "user", None)
    if user is None:  # a project without authentication
        return Login.NOBODY
    if isinstance(user, LazyObject) and user._wrapped is empty:
        # Whoever shows nothing is nobody. A project whose user comes by another way has looked at it in a middleware.
        shown = request.COOKIES or "HTTP_AUTHORIZATION" in request.META
        return (lambda: _look_at(on_its_own(request).user)) if shown else Login.NOBODY
    return Login.STAFF if _is_known_staff(user) else partial(_look_at, user)


def on_its_own(request: HttpRequest) -> HttpRequest:
    """The request with a session of its own, and the user of that, for another thread than the request's.

    A session keeps hold of its cache's connections, and both keep what they have read: the request goes on meanwhile,
    and may be over first. Called in that other thread.
    """
    session = getattr(request, "session", None)
    if not isinstance(session, SessionBase) or not session.session_key:
        return request
    own = object.__new__(type(request))
    own.__dict__.update({name: value for name, value in vars(request).items() if name not in _READ})
    own.session = type(session)(session.session_key)
    # Of a session from before SECRET_KEY was changed: to give it a new key is for who can send that as a cookie.
    own.session.cycle_key = lambda: None  # type: ignore[method-assign]
    own.user = SimpleLazyObject(partial(get_user, own))  # type: ignore[assignment]
    return own


def way_to_login(request: HttpRequest) -> HttpResponse | None:
    """A redirect to `LOGIN_URL` where there is such a page, else to the admin's; None where there is neither."""
    if not hasattr(request, "user"):
        return None
    for named in (settings.LOGIN_URL, "admin:login"):
        try:
            url = resolve_url(named)
            if _leads_somewhere(url):
                return HttpResponseRedirect(_with_return(url, request.get_full_path()))
        except (NoReverseMatch, TypeError, ValueError):  # also of a setting that is no URL
            continue
    return None


def _look_at(user: Any) -> Login:
    if not _is_active(user):
        return Login.NOBODY
    may_ask = getattr(user, "has_perm", None)
    return Login.STAFF if _is_known_staff(user) or (may_ask and may_ask(PERMISSION)) else Login.OTHER


def _is_known_staff(user: Any) -> bool:
    return _is_active(user) and bool(getattr(user, "is_staff", False))


def _is_active(user: Any) -> bool:
    """A project's own user need not have all that Django's has."""
    return bool(getattr(user, "is_authenticated", False)) and bool(getattr(user, "is_active", True))


def _with_return(url: str, path: str) -> str:
    """The login's URL and where to go after it, but nowhere long: Django refuses redirects of over 2,048 characters."""
    if len(path) > _LONGEST_RETURN:
        return url
    address, _, query = url.partition("?")
    asked = QueryDict(query, mutable=True)
    asked[REDIRECT_FIELD_NAME] = path
    return f"{address}?{asked.urlencode(safe='/')}"


def _leads_somewhere(url: str) -> bool:
    """Another site's page is taken at the project's word; one of this site must be among its URLs."""
    if "//" in url.partition("?")[0]:
        return True
    path = url.partition("?")[0].removeprefix(get_script_prefix().rstrip("/"))
    return bool(is_valid_path(path))
