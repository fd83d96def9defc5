"""The cookie that stands in for a login which can't be checked: when it is set, and what it is good for."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.utils import timezone

from status.access import ticket
from status.core.lane import Unasked

if TYPE_CHECKING:
    from tests.login.conftest import Browser


def unreadable(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on no session can be read, as when the database is down. (The real thing is in tests/faults.)"""

    def refuse(session: object) -> None:
        raise DatabaseError("the database is down")

    monkeypatch.setattr("django.contrib.sessions.backends.db.SessionStore.load", refuse)


@pytest.fixture
def known(browser: Browser, staff: User) -> Browser:
    """Staff, who have opened the website."""
    browser.log_in(staff)
    assert browser.get().status_code == 200
    return browser


def test_staff_get_it_with_the_page_and_no_more_often_than_it_grows_old(known: Browser) -> None:
    cookie = known.cookies[ticket.NAME]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == ("/status/", True, "Lax")
    assert cookie["max-age"] == 12 * 60 * 60
    assert not cookie["secure"]
    assert ticket.NAME not in known.get("health/").cookies


@pytest.mark.parametrize("path", ["", "health", "health/", "stats/"])
def test_its_path_is_that_of_the_website_wherever_the_page_stands(browser: Browser, staff: User, path: str) -> None:
    browser.log_in(staff)
    assert browser.get(path).cookies[ticket.NAME]["path"] == "/status/"


def test_it_is_renewed_when_it_is_an_hour_old(known: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    later = (timezone.now() + timedelta(minutes=61)).timestamp()
    monkeypatch.setattr("django.core.signing.time.time", lambda: later)
    assert ticket.NAME in known.get("health/").cookies


def test_over_https_or_with_secure_sessions_it_is_secure(browser: Browser, staff: User) -> None:
    browser.log_in(staff)
    with override_settings(SESSION_COOKIE_SECURE=True):
        assert browser.get().cookies[ticket.NAME]["secure"]


def test_nobody_else_gets_it(browser: Browser, customer: User) -> None:
    assert ticket.NAME not in browser.get().cookies
    browser.log_in(customer)
    assert ticket.NAME not in browser.get().cookies


def test_scripts_do_not(browser: Browser, staff: User) -> None:
    browser.log_in(staff)
    assert ticket.NAME not in browser.get("api/stats").cookies


def test_when_sessions_cannot_be_read_it_is_enough_and_the_page_says_so(
    known: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    unreadable(monkeypatch)
    page = known.get("stats/")
    assert page.status_code == 200
    assert b"Your login could not be checked now; you see this because you were here before." in page.content
    assert known.get("api/stats").status_code == 200


def test_without_it_the_caller_is_a_stranger_and_the_page_says_why(
    browser: Browser, staff: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser.log_in(staff)
    unreadable(monkeypatch)
    page = browser.get()
    assert page.status_code == 200
    assert b"Your login could not be checked now, so this is what everyone sees." in page.content
    assert b"Answered by" not in page.content
    refused = browser.get("stats/")
    assert refused.status_code == 401
    assert b"your login could not be read" in refused.content


@pytest.mark.parametrize("value", ["0" * 64, "", "a:b:c", ":::", "\u00e9"])
def test_a_forged_one_is_none(known: Browser, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    known.cookies[ticket.NAME] = value
    unreadable(monkeypatch)
    assert known.get("stats/").status_code == 401


def test_with_another_session_it_is_none(known: Browser, customer: User, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = known.cookies[ticket.NAME].value
    known.log_out()
    known.log_in(customer)
    known.cookies[ticket.NAME] = kept
    unreadable(monkeypatch)
    assert known.get("stats/").status_code == 401


def test_without_a_session_it_is_none(known: Browser, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    del known.cookies[settings.SESSION_COOKIE_NAME]
    unreadable(monkeypatch)
    assert known.get("stats/").status_code == 401


def test_after_twelve_hours_it_is_none(known: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    unreadable(monkeypatch)
    later = (timezone.now() + timedelta(hours=12, minutes=1)).timestamp()
    monkeypatch.setattr("django.core.signing.time.time", lambda: later)
    assert known.get("stats/").status_code == 401


def test_who_turns_out_not_to_be_staff_any_more_loses_it(known: Browser, staff: User) -> None:
    User.objects.update(is_staff=False)
    assert known.get().cookies[ticket.NAME]["max-age"] == 0


def test_under_debug_nobody_gets_it(browser: Browser, staff: User) -> None:
    browser.log_in(staff)
    with override_settings(DEBUG=True):
        assert ticket.NAME not in browser.get().cookies


@pytest.mark.parametrize("path", ["", "stats/", "api/health", "assets/0/none"])
def test_no_session_is_saved_on_the_way_out(
    known: Browser, settings: Any, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """That would hang in the request's own thread; and a page that refreshes itself would keep it alive for ever."""
    unreadable(monkeypatch)

    def refuse(session: object, must_create: bool = False) -> None:
        raise AssertionError("it was saved")

    monkeypatch.setattr("django.contrib.sessions.backends.db.SessionStore.save", refuse)
    with override_settings(SESSION_SAVE_EVERY_REQUEST=True):
        assert settings.SESSION_COOKIE_NAME not in known.get(path).cookies


class _Refusing:
    """A backend that answers, and refuses everybody: as one does whose account was suspended."""

    def get_user(self, user_id: object) -> None:
        raise PermissionDenied


def test_it_does_not_stand_in_for_an_answer(known: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.contrib.auth.backends.ModelBackend.get_user", _Refusing.get_user)
    assert known.get("stats/").status_code == 401
    assert known.get("api/stats").status_code == 401


def test_it_does_not_stand_in_where_too_many_ask(known: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    class Asked:
        """As of a lane with a long line."""

        def is_answered(self, within_s: float) -> bool:
            return True

        async def ais_answered(self, within_s: float) -> bool:
            return True

        def wait(self) -> None:
            raise Unasked

        async def await_(self) -> None:
            raise Unasked

    monkeypatch.setattr("status.core.lane.Lane.put", lambda *args: Asked())
    assert known.get("stats/").status_code == 401


@pytest.mark.parametrize(("host", "good"), [("one.example", True), ("two.example", False)])
def test_it_is_good_at_its_own_host_alone(settings: Any, host: str, good: bool) -> None:
    """Another site of the project may have the same key, and other staff."""
    cookies = {settings.SESSION_COOKIE_NAME: "key"}
    response = HttpResponse()
    ticket.issue(_asked_at("one.example", cookies), response, "/")
    assert ticket.is_shown(_asked_at(host, {**cookies, ticket.NAME: response.cookies[ticket.NAME].value})) is good


def _asked_at(host: str, cookies: dict[str, str]) -> HttpRequest:
    request = HttpRequest()
    request.META["HTTP_HOST"] = host
    request.COOKIES = cookies
    return request
