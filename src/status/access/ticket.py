"""A signed cookie that stands in for a login which can't be checked now, because the database is what is down.

It is set at a verified visit of staff and says no more than that this very session was such a one; it is good for
twelve hours, below the app's own path, and only together with the session's cookie: whoever logs out has lost both.
"""

from __future__ import annotations

import hashlib
from hmac import compare_digest
from urllib.parse import quote

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpRequest, HttpResponse

NAME = "status_staff"
VALID_S = 12 * 60 * 60
RENEWED_AFTER_S = 60 * 60
_SALT = "status.access.ticket"


def is_shown(request: HttpRequest, within_s: int = VALID_S) -> bool:
    """Whether the request has a cookie of ours for its session, not older than this."""
    session = _session(request)
    if not session or NAME not in request.COOKIES:
        return False
    try:
        signed = TimestampSigner(salt=_SALT).unsign(request.COOKIES[NAME], max_age=within_s)
    except BadSignature:
        return False
    return compare_digest(signed, session)


def issue(request: HttpRequest, response: HttpResponse, path: str) -> None:
    """Set it below `path`, unless it is there and young: for staff, who were verified just now."""
    session = _session(request)
    if not session or is_shown(request, RENEWED_AFTER_S):
        return
    response.set_cookie(
        NAME,
        TimestampSigner(salt=_SALT).sign(session),
        max_age=VALID_S,
        path=quote(path),
        secure=request.is_secure() or settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",  # a link in a chat must find it at three in the morning, which "Strict" would not
    )


def withdraw(request: HttpRequest, response: HttpResponse, path: str) -> None:
    """For who turned out not to be staff, any more."""
    if NAME in request.COOKIES:
        response.delete_cookie(NAME, path=quote(path), samesite="Lax")


def _session(request: HttpRequest) -> str:
    """The session's cookie at this host, not as it is; empty where there is none.

    The host: another site of the project may have the same SECRET_KEY, and other staff.
    """
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    host = request.META.get("HTTP_HOST", "")
    return hashlib.sha256(f"{host} {key}".encode("utf-8", "replace")).hexdigest() if key else ""
