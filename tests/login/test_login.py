"""Who is logged in, and what that lets them see."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.http import HttpRequest
from django.test import Client, override_settings
from django.urls import set_script_prefix

from status import testing
from tests.login.conftest import Browser


def sees_details(browser: Browser) -> bool:
    return bool(browser.get("api/stats").status_code == 200)


def test_staff_see_details(browser: Browser, staff: User) -> None:
    assert not sees_details(browser)
    browser.log_in(staff)
    assert sees_details(browser)
    page = browser.get("stats/")
    assert page.status_code == 200
    assert b"Answered by" in page.content


def test_who_logs_out_does_not_any_more(browser: Browser, staff: User) -> None:
    browser.log_in(staff)
    assert sees_details(browser)
    browser.log_out()
    assert not sees_details(browser)


def test_a_session_that_is_gone_is_nobodys(browser: Browser, staff: User) -> None:
    browser.log_in(staff)
    browser.get()
    Session.objects.all().delete()
    assert not sees_details(browser)


def test_who_has_the_permission_sees_details(browser: Browser, permitted: User) -> None:
    browser.log_in(permitted)
    assert sees_details(browser)


@pytest.mark.parametrize("wrong", [{"is_active": False}, {"is_staff": False}])
def test_who_is_not_staff_any_more_or_not_active_sees_none(
    browser: Browser, staff: User, wrong: dict[str, bool]
) -> None:
    browser.log_in(staff)
    assert sees_details(browser)
    User.objects.update(**wrong)
    assert not sees_details(browser)


def test_who_is_logged_in_and_not_allowed_is_told_so_and_not_sent_to_the_login(
    browser: Browser, customer: User
) -> None:
    browser.log_in(customer)
    with override_settings(ROOT_URLCONF="tests.login.urls_with_login", LOGIN_URL="enter"):
        page = browser.get("stats/")
    assert page.status_code == 403
    assert b"You are logged in" in page.content
    assert browser.get("api/stats").status_code == 401


def test_the_permission_brings_no_table(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("dumpdata", "status")
    assert capsys.readouterr().out.strip() == "[]"
    call_command("makemigrations", "--check", "--dry-run")
    call_command("migrate", "--run-syncdb", verbosity=0)


LOGINS = [
    pytest.param("tests.login.urls_with_login", "enter", "/enter/?next=/status/stats/", id="by name"),
    pytest.param("tests.login.urls_with_login", "/enter/", "/enter/?next=/status/stats/", id="by path"),
    pytest.param("tests.login.urls_with_login", "/enter/?a=1", "/enter/?a=1&next=/status/stats/", id="with query"),
    pytest.param("tests.urls", "https://sso.example/in", "https://sso.example/in?next=/status/stats/", id="elsewhere"),
    pytest.param("tests.urls", "//sso.example/in", "//sso.example/in?next=/status/stats/", id="elsewhere, same scheme"),
    pytest.param("tests.login.urls_with_admin", "/accounts/login/", "/admin/login/?next=/status/stats/", id="admin"),
    pytest.param("tests.login.urls_with_admin", "no-such-name", "/admin/login/?next=/status/stats/", id="no such name"),
    pytest.param("tests.urls", "/accounts/login/", None, id="none"),
]
ADMIN = ["django.contrib.admin", "django.contrib.messages"]


@pytest.mark.parametrize(("urls", "login", "leads_to"), LOGINS)
def test_a_browser_is_sent_to_the_login_there_is(
    browser: Browser, settings: Any, urls: str, login: str, leads_to: str | None
) -> None:
    with override_settings(ROOT_URLCONF=urls, LOGIN_URL=login, INSTALLED_APPS=[*settings.INSTALLED_APPS, *ADMIN]):
        page = browser.get("stats/")
    if leads_to is None:
        assert page.status_code == 401
        assert page["WWW-Authenticate"] == 'Bearer realm="status"'
    else:
        assert (page.status_code, page["Location"]) == (302, leads_to)


@pytest.mark.parametrize("login", ["enter", "/shop/enter/"])
def test_below_a_prefix_it_is_sent_to_the_login_below_it_too(login: str) -> None:
    urls = "tests.login.urls_with_login"
    set_script_prefix("/shop/")  # as the handlers do, and the client does not
    try:
        with override_settings(ROOT_URLCONF=urls, LOGIN_URL=login, FORCE_SCRIPT_NAME="/shop"):
            page = Client().get("/status/stats/")
    finally:
        set_script_prefix("/")
    assert page["Location"] == "/shop/enter/?next=/shop/status/stats/"


def test_where_to_return_to_is_left_out_where_it_is_long(browser: Browser) -> None:
    with override_settings(ROOT_URLCONF="tests.login.urls_with_login", LOGIN_URL="enter"):
        assert browser.get(f"stats/?a={'x' * 20_000}")["Location"] == "/enter/"


@pytest.mark.parametrize("path", ["api/stats", "api/stats/code", "api/stats/nothing"])
def test_a_script_is_told_to_show_a_token(browser: Browser, path: str) -> None:
    with override_settings(ROOT_URLCONF="tests.login.urls_with_login", LOGIN_URL="enter"):
        answer = browser.get(path)
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Bearer realm="status"')


@pytest.mark.parametrize("path", ["stats/", "api/stats", "api/stats/code"])
def test_what_is_hidden_is_not_there_but_for_the_trusted(browser: Browser, staff: User, path: str) -> None:
    with override_settings(STATUS_ACCESS={"stats": "hidden"}):
        assert browser.get(path).status_code == 404
        assert "stats" not in browser.get("api/").content.decode()
        browser.log_in(staff)
        assert browser.get(path).status_code == 200


@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS", "PATCH", "TRACE"])
@pytest.mark.parametrize("path", ["{}/", "api/{}", "api/{}/code"])
def test_what_is_hidden_is_told_from_what_is_missing_by_nothing(browser: Browser, method: str, path: str) -> None:
    def headers_of(resource: str) -> Any:
        answer = browser.get(path.format(resource), method, headers={"Cookie": "theme=dark"})
        assert answer.status_code == 404
        return {name: value for name, value in answer.headers.items() if name != "Content-Length"}

    with override_settings(STATUS_ACCESS={"stats": "hidden"}, SESSION_SAVE_EVERY_REQUEST=True):
        assert headers_of("stats") == headers_of("mists")


@pytest.mark.parametrize("login", [None, "", "http://[x/", 7])
def test_a_login_that_is_no_url_is_none(browser: Browser, login: Any) -> None:
    with override_settings(LOGIN_URL=login):
        assert browser.get("stats/").status_code == 401


class _Bare:
    """A project's own user that has next to nothing."""

    is_authenticated = True


class _WithBare:
    def __init__(self, get_response: Any) -> None:
        self._get_response = get_response

    def __call__(self, request: Any) -> Any:
        request.user = _Bare()
        request.session = {}
        return self._get_response(request)


def test_a_user_without_the_usual_attributes_is_no_staff_and_no_error(settings: Any) -> None:
    with override_settings(MIDDLEWARE=[f"{__name__}._WithBare"]):
        assert Client().get("/status/api/stats").status_code == 401
        assert Client().get("/status/").status_code == 200


def test_nobody_at_all_costs_no_thread_and_no_session(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object) -> None:
        raise AssertionError("a question was put")

    monkeypatch.setattr("status.core.lane.Lane.put", refuse)
    assert browser.get("api/health").status_code in (200, 503)
    assert "Set-Cookie" not in browser.get().headers


def test_a_project_without_logins_has_no_staff(browser: Browser, settings: Any) -> None:
    middleware = [path for path in settings.MIDDLEWARE if "sessions" not in path and "auth" not in path]
    with override_settings(MIDDLEWARE=middleware, ROOT_URLCONF="tests.login.urls_with_login", LOGIN_URL="enter"):
        assert browser.get("stats/").status_code == 401
        assert browser.get("health/").status_code == 200


class _Known:
    """A middleware that has looked at the user already, as for a header of a proxy that logs people in."""

    def __init__(self, get_response: Any) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> Any:
        name = request.headers.get("X-Person")
        request.user = User.objects.get(username=name) if name else AnonymousUser()
        return self._get_response(request)


@pytest.mark.parametrize(("person", "code"), [("staff", 200), ("permitted", 200), ("customer", 401), (None, 401)])
def test_a_user_that_the_project_has_looked_at_itself_counts(
    staff: User, permitted: User, customer: User, settings: Any, person: str | None, code: int
) -> None:
    with override_settings(MIDDLEWARE=[*settings.MIDDLEWARE, f"{__name__}._Known"]):
        headers = {"X-Person": person} if person else {}
        assert Client().get("/status/api/stats", headers=headers).status_code == code


def test_in_a_test_case_a_login_that_is_not_committed_counts_inline(browser: Browser, staff: User) -> None:
    browser.log_in(staff)
    with testing.inline():
        assert sees_details(browser)


def by_user(request: HttpRequest, resource: str) -> str:
    """A project's own rule, which asks the database."""
    return "details" if request.user.is_authenticated and resource != "health" else "states"


def test_a_callable_may_ask_for_the_user(browser: Browser, customer: User) -> None:
    with override_settings(STATUS_ACCESS=f"{__name__}.by_user"):
        assert browser.get("api/stats").json()["code"] is None
        browser.log_in(customer)
        assert browser.get("api/stats").json()["code"] is not None
        assert browser.get("api/health").json()["ping"] == {"pong": True}


def raising(request: HttpRequest, resource: str) -> str:
    raise ValueError("password=hunter22")


def test_a_callable_that_raises_shows_nothing_and_tells_no_secret(
    browser: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    with override_settings(STATUS_ACCESS=f"{__name__}.raising"):
        assert browser.get("api/health").status_code == 404
    assert "STATUS_ACCESS raised: the caller sees nothing of health" in caplog.text
    assert "ValueError" in caplog.text
    assert "hunter22" not in caplog.text
