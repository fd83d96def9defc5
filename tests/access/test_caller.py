"""Who asks, by a request's headers and connection, whichever door it comes through."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler
from django.test import AsyncRequestFactory, RequestFactory, override_settings

from status.access import Caller, is_trusted
from status.probes import asgi, wsgi
from tests.asking import SERVERS
from tests.probes.doors import MIDDLEWARE, Reply, ask_asgi, ask_wsgi

TOKEN = "a-token-that-is-long-enough"
PROXY = "192.0.2.7"
FAILING = [("it", "tests.access.checks.failing")]


@pytest.fixture(autouse=True)
def _site(django_db_blocker: Any) -> Iterator[None]:
    """Handlers look after each of the process's connections, which other tests may have opened."""
    with (
        django_db_blocker.unblock(),
        override_settings(
            STATUS_TOKENS=[TOKEN],
            STATUS_NETWORKS=["10.0.0.0/8"],
            STATUS_TRUSTED_PROXIES=[PROXY],
            STATUS_PROVIDERS={"inner": FAILING},
            STATUS_JUDGED=["inner"],
            STATUS_ACCESS={"*": "private"},
            ALLOWED_HOSTS=["*"],
            STATUS_PROBES={"private": ["inner/it"]},
        ),
    ):
        yield


def scope(*headers: tuple[bytes, bytes], client: object = (PROXY, 4711)) -> dict[str, Any]:
    return {"headers": list(headers), "client": client}


def test_an_asgi_connection_says_who_asks() -> None:
    caller = Caller.of_scope(scope((b"Authorization", b"Bearer t\xc3\xb6ken"), (b"x-forwarded-for", b"10.1.2.3")))
    assert caller == Caller("Bearer tÃ¶ken", PROXY, "10.1.2.3")


@pytest.mark.parametrize("client", [None, (), ("", 0), (None, None)])
def test_a_socket_without_an_address_has_an_empty_one(client: object) -> None:
    assert Caller.of_scope(scope(client=client)) == Caller("", "", "")
    assert Caller.of({"REMOTE_ADDR": None}) == Caller.of({}) == Caller("", "", "")


def test_lines_of_a_forwarded_header_are_one_list() -> None:
    header = b"x-forwarded-for"
    caller = Caller.of_scope(scope((header, b"10.1.2.3"), (b"host", b"x"), (header, b"8.8.8.8, 9.9.9.9")))
    assert caller.forwarded == "10.1.2.3,8.8.8.8, 9.9.9.9"


def test_a_token_said_twice_is_none() -> None:
    header = (b"authorization", f"Bearer {TOKEN}".encode())
    assert is_trusted(Caller.of_scope(scope(header)))
    assert not is_trusted(Caller.of_scope(scope(header, header)))


def test_what_was_sent_as_a_token_is_not_shown() -> None:
    assert TOKEN not in repr(Caller(f"Bearer {TOKEN}", PROXY, ""))


@pytest.mark.parametrize(
    ("options", "trusted"),
    [
        ({}, False),
        ({"HTTP_AUTHORIZATION": f"Bearer {TOKEN}"}, True),
        ({"REMOTE_ADDR": "10.1.2.3"}, True),
        ({"REMOTE_ADDR": "10.1.2.3", "HTTP_X_FORWARDED_FOR": "8.8.8.8"}, False),
        ({"REMOTE_ADDR": PROXY, "HTTP_X_FORWARDED_FOR": "10.1.2.3"}, True),
        ({"REMOTE_ADDR": PROXY, "HTTP_X_FORWARDED_FOR": "10.1.2.3, 8.8.8.8"}, False),
    ],
)
def test_a_projects_own_function_may_ask_with_its_request(options: dict[str, Any], trusted: bool) -> None:
    assert is_trusted(RequestFactory().get("/", **options)) is trusted


def test_it_may_under_asgi_as_well() -> None:
    request = AsyncRequestFactory().get("/", headers={"Authorization": f"Bearer {TOKEN}"})
    assert is_trusted(request)


FORWARDED = [
    (PROXY, "10.1.2.3", True),
    (PROXY, "10.1.2.3, 8.8.8.8", False),
    (PROXY, "", False),
    ("10.0.0.9", "", True),
    ("10.0.0.9", "10.0.0.9", True),
    ("10.0.0.9", "10.1.2.3, 8.8.8.8", False),
    ("8.8.8.8", "10.1.2.3", False),
]


def _nothing(*args: Any) -> Any:
    raise AssertionError("the site was asked")


def _handed_on(application: Any, forwarded: str) -> Any:
    """The application behind a proxy that says this."""

    async def proxied(scope: Any, receive: Any, send: Any) -> None:
        headers = [*scope["headers"], *([(b"x-forwarded-for", forwarded.encode())] if forwarded else [])]
        await application({**scope, "headers": headers}, receive, send)

    return proxied


def _by_wsgi(application: Any, path: str, peer: str, forwarded: str) -> Reply:
    headers: dict[str, Any] = {"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {}
    return ask_wsgi(application, path, REMOTE_ADDR=peer, **headers)


def _by_asgi(application: Any, path: str, peer: str, forwarded: str) -> Reply:
    return ask_asgi(_handed_on(application, forwarded), path, REMOTE_ADDR=peer)


PROBED: dict[str, Callable[..., Reply]] = {
    "middleware, WSGI": lambda *asked: _by_wsgi(WSGIHandler(), *asked),
    "middleware, ASGI": lambda *asked: _by_asgi(ASGIHandler(), *asked),
    "wrapper, WSGI": lambda *asked: _by_wsgi(wsgi.Probed(_nothing), *asked),
    "wrapper, ASGI": lambda *asked: _by_asgi(asgi.Probed(_nothing), *asked),
}


@pytest.mark.parametrize("door", PROBED)
@pytest.mark.parametrize(("peer", "forwarded", "trusted"), FORWARDED)
def test_a_probe_goes_by_the_forwarded_address(door: str, peer: str, forwarded: str, trusted: bool) -> None:
    with override_settings(MIDDLEWARE=[MIDDLEWARE]):
        reply = PROBED[door]("/private", peer, forwarded)
    assert (reply.status, reply.body.strip()) == (503, "inner/it" if trusted else "fail")


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize(("peer", "forwarded", "trusted"), FORWARDED)
def test_the_api_goes_by_the_forwarded_address(server: str, peer: str, forwarded: str, trusted: bool) -> None:
    asked = ("/status/api/inner", peer, forwarded)
    reply = _by_wsgi(WSGIHandler(), *asked) if server == "wsgi" else _by_asgi(ASGIHandler(), *asked)
    assert reply.status == (503 if trusted else 401)
