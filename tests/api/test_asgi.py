"""Sync under WSGI, a coroutine under ASGI: no event loop a request in the one, no thread a request in the other."""

from __future__ import annotations

import asyncio
import threading
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any

import pytest
from django.core.handlers.asgi import ASGIHandler
from django.test import AsyncClient, Client, RequestFactory, override_settings
from django.urls import include, re_path, resolve

from status.providers.base import Provider
from tests.api import checks
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.http import HttpRequest

CALLERS = 100

PATHS = [
    "/status/",
    "/status/health/",
    "/status/api",
    "/status/api/health",
    "/status/api/health/ping",
    "/status/api/nope",
    "/status/assets/0/none.css",
]


async def _asked(path: str) -> Any:
    return await AsyncClient().get(path)


async def _asked_sync(path: str) -> Any:
    """As a test does that is a coroutine for other reasons, and any sync handler called on a loop's thread."""
    return Client().get(path)


async def _resolved(path: str) -> Any:
    return resolve(path)


async def _asks(request: HttpRequest) -> Any:
    """A view of the project's own that asks its site."""
    return Client().get("/status/api/health/ping")


urlpatterns = [re_path("^asks$", _asks), re_path("^status/", include("status.urls"))]


def _passes(get_response: Callable[..., Any]) -> Callable[..., Any]:
    """A middleware that knows of no coroutines."""

    def middleware(request: HttpRequest) -> Any:
        return get_response(request)

    return middleware


@pytest.mark.parametrize("middleware", [[], [f"{__name__}._passes"]], ids=["none", "sync"])
@pytest.mark.parametrize("path", PATHS)
def test_the_async_handler_gets_a_coroutine_and_the_sync_one_a_plain_function(path: str, middleware: list[str]) -> None:
    with override_settings(MIDDLEWARE=middleware):
        awaited = asyncio.run(_asked(path)).asgi_request.resolver_match
        called = [Client().get(path).wsgi_request, asyncio.run(_asked_sync(path)).wsgi_request]
    assert iscoroutinefunction(awaited.func)
    for request in called:
        match = request.resolver_match
        assert not iscoroutinefunction(match.func)
        assert (match.view_name, match.kwargs, match.route) == (awaited.view_name, awaited.kwargs, awaited.route)


@pytest.mark.parametrize("path", PATHS)
def test_a_sync_handler_on_the_thread_of_a_loop_answers_as_off_it(path: str) -> None:
    on, off = asyncio.run(_asked_sync(path)), Client().get(path)
    assert on.status_code == off.status_code
    assert on.status_code in (200, 404)
    if "/api/" in path:
        assert on.json() == off.json()


def test_a_sync_handler_within_the_view_of_an_async_one_answers() -> None:
    """The nearest handler on the stack counts."""
    with override_settings(ROOT_URLCONF=__name__):
        assert asyncio.run(_asked("/asks")).content == b'{"pong": true}'


@pytest.mark.parametrize("depth", [0, 5, 500])
def test_who_resolves_by_itself_in_a_loop_gets_what_it_can_call(depth: int) -> None:
    def deeper(left: int) -> Any:
        return deeper(left - 1) if left else resolve("/status/api/health/ping")

    async def call() -> Any:
        match = deeper(depth)
        return match.func(RequestFactory().get("/status/api/health/ping"), **match.kwargs)

    assert asyncio.run(call()).status_code == 200


@pytest.mark.parametrize("path", PATHS)
def test_who_resolves_by_itself_gets_the_same_in_a_loop_and_off_it(path: str) -> None:
    off, on = resolve(path), asyncio.run(_resolved(path))
    assert (off.func, off.view_name, off.kwargs, off.route) == (on.func, on.view_name, on.kwargs, on.route)


def test_under_wsgi_no_event_loop_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise AssertionError("an event loop was made for a request")

    monkeypatch.setattr(asyncio, "new_event_loop", refuse)
    for path in PATHS:
        assert Client().get(path).status_code in (200, 404)
    assert Client().get("/status/api/health/ping").json() == {"pong": True}


@pytest.mark.usefixtures("_released")
@pytest.mark.parametrize("path", ["/status/api/health", "/status/health/"])
def test_callers_that_wait_for_a_hanging_check_take_no_threads(path: str) -> None:
    asked: list[int] = []

    def hangs() -> bool:
        asked.append(1)
        return checks.hangs()

    async def ask(client: AsyncClient) -> int:
        return int((await client.get(path)).status_code)

    async def ask_at_once() -> tuple[list[int], int]:
        client = AsyncClient()
        callers = [asyncio.create_task(ask(client)) for _ in range(CALLERS)]
        most = threading.active_count()
        while any(not caller.done() for caller in callers):
            most = max(most, threading.active_count())
            await asyncio.sleep(0.02)
        return [caller.result() for caller in callers], most

    before = threading.active_count()
    entries = [Provider("hangs", hangs, timeout=1.0), ("ping", "status.providers.health.ping")]
    with override_settings(STATUS_PROVIDERS={"health": entries}):
        codes, most = asyncio.run(ask_at_once())
    assert codes == [503 if "api" in path else 200] * CALLERS
    # The checks' own, the telling one, and the few that Django hands its middleware to.
    assert most - before < 10
    # One run, and one more behind those who came after the deadline.
    assert len(asked) <= 3


@pytest.mark.usefixtures("_released")
def test_the_loop_goes_on_while_a_check_hangs() -> None:
    async def ask() -> tuple[int, bool, int]:
        client = AsyncClient()
        waiting = asyncio.create_task(client.get("/status/api/health/hangs"))
        while not any(thread.name == "status:health/hangs" for thread in threading.enumerate()):
            await asyncio.sleep(0.01)
        other = await client.get("/status/api/health/ping")
        early = not waiting.done()
        return other.status_code, early, (await waiting).status_code

    entries = [Provider("hangs", checks.hangs, timeout=3.0), ("ping", "status.providers.health.ping")]
    with override_settings(STATUS_PROVIDERS={"health": entries}):
        assert asyncio.run(ask()) == (200, True, 503)


def test_a_caller_who_goes_leaves_nothing_behind() -> None:
    """The server cancels the request of a client that hung up; the run that it waited for goes on for the others."""
    run, finished = threading.Event(), threading.Event()

    def slow() -> bool:
        run.set()
        finished.wait(20)
        return True

    async def ask_and_go() -> None:
        task = asyncio.create_task(AsyncClient().get("/status/api/health"))
        while not run.is_set():
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    with override_settings(STATUS_PROVIDERS={"health": [Provider("slow", slow, timeout=20.0)]}):
        asyncio.run(ask_and_go())
        finished.set()
        assert wait_until(lambda: Client().get("/status/api/health").json() == {"slow": True})


def test_the_application_answers_as_a_server_asks_it() -> None:
    """Through Django's ASGI handler itself, not through its test client."""
    sent: list[Mapping[str, Any]] = []
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "path": "/status/api/health/ping",
        "query_string": b"",
        "headers": [(b"host", b"testserver")],
        "server": ("testserver", 80),
        "client": ("127.0.0.1", 1234),
    }

    async def run() -> None:
        application = ASGIHandler()
        requests = iter([{"type": "http.request", "body": b"", "more_body": False}])

        async def receive() -> dict[str, Any]:
            for message in requests:
                return message
            await asyncio.Event().wait()
            raise AssertionError

        async def send(message: Mapping[str, Any]) -> None:
            sent.append(message)

        await application(scope, receive, send)

    asyncio.run(run())
    assert sent[0]["status"] == 200
    assert b"".join(message.get("body", b"") for message in sent[1:]) == b'{"pong": true}'
