"""The wrappers while Django loads, when it has loaded, and when it can't."""

from __future__ import annotations

import asyncio
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from status import asgi, wsgi
from status.core.probe import Kind
from tests.probes.doors import Reply, aask, ask_asgi, ask_wsgi
from tests.waiting import wait_until

LOADERS = "status-loading"


class Site:
    """An application of both kinds whose loading goes on until it is let go."""

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.error: BaseException | None = None
        self.loads = 0
        self.loaded_in = ""

    def load(self, application: Any) -> Any:
        self.loads += 1
        self.loaded_in = threading.current_thread().name
        assert self.go_on.wait(30)
        if self.error:
            raise self.error
        return application

    def load_wsgi(self) -> Any:
        def application(environ: Any, start_response: Any) -> Any:
            start_response("200 OK", [("X-From", "site")])
            return [b"the site"]

        return self.load(application)

    def load_asgi(self) -> Any:
        async def application(scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] == "websocket":
                await send({"type": "websocket.accept"})
                return
            await send({"type": "http.response.start", "status": 200, "headers": [(b"x-from", b"site")]})
            await send({"type": "http.response.body", "body": b"the site"})

        return self.load(application)


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    yield site
    site.go_on.set()
    wait_until(lambda: not any(thread.name == LOADERS for thread in threading.enumerate()))


@pytest.fixture(params=["WSGI", "ASGI"])
def made(request: pytest.FixtureRequest, site: Site) -> tuple[Any, Callable[..., Reply]]:
    """The wrapper around the site, and how it is asked."""
    if request.param == "WSGI":
        return wsgi.Probes(site.load_wsgi, ["livez", "readyz", "startupz", "up/live"]), ask_wsgi
    return asgi.Probes(site.load_asgi, ["livez", "readyz", "startupz", "up/live"]), ask_asgi


@pytest.mark.parametrize("module", ["status.wsgi", "status.asgi"])
def test_importing_a_wrapper_imports_neither_django_nor_the_project(module: str) -> None:
    code = f"import {module}, sys; print([name for name in sys.modules if name.split('.')[0] in ('django', 'asgiref')])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "[]\n"


def test_nothing_is_loaded_before_the_first_request(site: Site, made: Any) -> None:
    assert (site.loads, site.loaded_in) == (0, "")


@pytest.mark.parametrize(
    ("path", "method", "status", "body"),
    [
        ("/livez", "GET", 200, "ok"),
        ("/livez/", "GET", 200, "ok"),
        ("/livez", "HEAD", 200, ""),
        ("/up/live", "GET", 200, "ok"),
        ("/livez", "POST", 405, "method not allowed"),
        ("/readyz", "GET", 503, "starting"),
        ("/readyz/health/databases", "GET", 503, "starting"),
        ("/startupz", "GET", 503, "starting"),
    ],
)
def test_probes_are_answered_while_the_site_is_loading(
    site: Site, made: Any, path: str, method: str, status: int, body: str
) -> None:
    application, ask = made
    for _ in range(3):
        reply = ask(application, path, method)
        assert (reply.status, reply.body) == (status, body)
    wait_until(lambda: site.loads == 1)
    assert site.loaded_in == LOADERS


def test_the_sites_requests_wait_until_it_has_loaded(site: Site, made: Any) -> None:
    application, ask = made
    replies: list[Reply] = []
    waiting = [threading.Thread(target=lambda: replies.append(ask(application, "/page"))) for _ in range(3)]
    for thread in waiting:
        thread.start()
    assert ask(application, "/livez").status == 200
    assert replies == []
    site.go_on.set()
    for thread in waiting:
        thread.join(10)
    assert [reply.body for reply in replies] == ["the site"] * 3
    assert site.loads == 1


def test_a_request_without_what_the_protocol_leaves_out_is_answered(site: Site) -> None:
    site.go_on.set()
    sent: list[Any] = []

    async def ask(query: object) -> None:
        async def send(message: Any) -> None:
            sent.append(message)

        scope = {"type": "http", "method": "GET", "path": "/readyz", "query_string": query}
        await asgi.Probes(site.load_asgi, [])(scope, None, send)  # type: ignore[arg-type]

    asyncio.run(ask(b"verbose"))
    asyncio.run(ask(None))
    assert b"health/half/bad: fail" in sent[1]["body"]
    assert sent[3]["body"] == b"health/half/bad"


@pytest.mark.parametrize(
    ("path", "status", "body"),
    [("/startupz", 200, "ok"), ("/livez", 200, "ok"), ("/readyz", 503, "health/half/bad"), ("/fine", 200, "ok")],
)
def test_each_probe_answers_for_itself_when_the_site_has_loaded(
    site: Site, made: Any, path: str, status: int, body: str
) -> None:
    application, ask = made
    site.go_on.set()
    assert ask(application, "/page").headers["x-from"] == "site"
    reply = ask(application, path)
    assert (reply.status, reply.body) == (status, body)
    # What the settings say of the probes counts from now on.
    assert ask(application, "/sides").body == "health/sides/right\nhealth/workers/w2"
    assert ask(application, "/up/live").body == "the site"


@pytest.mark.parametrize("kind", [RuntimeError, SystemExit])
def test_when_it_can_not_load_every_probe_says_so_and_every_request_raises_it(
    site: Site, made: Any, kind: type[BaseException], caplog: pytest.LogCaptureFixture
) -> None:
    application, ask = made
    error = site.error = kind("no such setting")
    site.go_on.set()
    lengths = set()
    for _ in range(5):
        with pytest.raises(kind) as raised:
            ask(application, "/page")
        assert raised.value is error
        lengths.add(_length(raised.tb))
    assert len(lengths) == 1, "the traceback grows at every request"
    for path in ("/livez", "/readyz", "/startupz"):
        assert (ask(application, path).status, ask(application, path).body) == (503, "failed to load")
    assert site.loads == 1
    errors = [record for record in caplog.records if record.levelno == logging.ERROR]
    [told] = [record.getMessage().splitlines() for record in errors]
    assert (told[0], told[-1]) == ("the application could not be loaded", f"{kind.__name__}: no such setting")


def _length(traceback: Any) -> int:
    return 0 if traceback is None else 1 + _length(traceback.tb_next)


def test_where_no_thread_can_be_had_the_next_request_tries_again(
    site: Site, made: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    application, ask = made

    def no_more(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", no_more)
        with pytest.raises(RuntimeError, match="new thread"):
            ask(application, "/livez")
    assert ask(application, "/livez").status == 200
    site.go_on.set()
    assert ask(application, "/page").body == "the site"


def test_a_server_that_tells_that_it_starts_has_the_site_load(site: Site) -> None:
    async def lifespan() -> list[str]:
        told = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])
        sent: list[str] = []

        async def receive() -> Any:
            return next(told)

        async def send(message: Any) -> None:
            sent.append(message["type"])

        await asgi.Probes(site.load_asgi)({"type": "lifespan"}, receive, send)
        return sent

    assert asyncio.run(lifespan()) == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    wait_until(lambda: site.loads == 1)


def test_requests_that_wait_do_not_block_the_loop(site: Site) -> None:
    async def ask_all() -> tuple[Reply, Reply]:
        application = asgi.Probes(site.load_asgi)
        page = asyncio.ensure_future(aask(application, "/page"))
        await asyncio.sleep(0)
        probe = await aask(application, "/livez")
        site.go_on.set()
        return probe, await page

    probe, page = asyncio.run(ask_all())
    assert (probe.body, page.body) == ("ok", "the site")


def test_one_that_gives_up_waiting_takes_nothing_from_the_others(site: Site) -> None:
    async def ask_all() -> Reply:
        application = asgi.Probes(site.load_asgi)
        impatient = asyncio.ensure_future(aask(application, "/page"))
        patient = asyncio.ensure_future(aask(application, "/page"))
        await asyncio.sleep(0)
        impatient.cancel()
        await asyncio.wait([impatient])
        site.go_on.set()
        return await patient

    assert asyncio.run(ask_all()).body == "the site"


def test_other_protocols_are_the_sites(site: Site) -> None:
    site.go_on.set()
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def connect() -> None:
        application = asgi.Probes(site.load_asgi)
        for _ in range(2):  # when it is loading, and when it has loaded
            await application({"type": "websocket", "path": "/livez", "headers": []}, None, send)  # type: ignore[arg-type]

    asyncio.run(connect())
    assert [message["type"] for message in sent] == ["websocket.accept"] * 2


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on this system")
def test_before_a_fork_the_site_is_loaded_in_the_thread_that_forks() -> None:
    code = """
import os, threading
from status.wsgi import Probes

loaded = []
def load():
    loaded.append((os.getpid(), threading.current_thread() is threading.main_thread()))
    import django.conf
    django.conf.settings.configure()
    return lambda environ, start_response: [b"the site"]

application = Probes(load)
child = os.fork()
if child:
    os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
assert loaded == [(os.getppid(), True)], loaded
assert application({"PATH_INFO": "/", "REQUEST_METHOD": "GET"}, None) == [b"the site"]
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on this system")
def test_a_child_that_is_forked_while_another_thread_loads_is_not_alive() -> None:
    code = """
import os, threading
from status.wsgi import Probes

stuck = threading.Event()
application = Probes(stuck.wait)
told = []
def ask():
    application({"PATH_INFO": "/livez", "REQUEST_METHOD": "GET"}, lambda status, headers: told.append(status))
ask()
child = os.fork()
if child:
    os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
ask()
assert told == ["200 OK", "503 Service Unavailable"], told
try:
    application({"PATH_INFO": "/", "REQUEST_METHOD": "GET"}, None)
except RuntimeError as error:
    assert "forked" in str(error)
    os._exit(0)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("livez", Kind.LIVENESS),
        ("health/Live", Kind.LIVENESS),
        ("start/livez", Kind.LIVENESS),
        ("startupz", Kind.STARTUP),
        ("live/started", Kind.STARTUP),
        ("alive", Kind.LIVENESS),
        ("delivery/readyz", Kind.READINESS),
        ("delivery", Kind.READINESS),
        ("api/live/readyz", Kind.READINESS),
        ("shop-livez", Kind.LIVENESS),
        ("restart", Kind.READINESS),
        ("isAlive", Kind.LIVENESS),
        ("islive", Kind.LIVENESS),
        ("appLiveness", Kind.LIVENESS),
        ("LIVEZ", Kind.LIVENESS),
        ("isReady", Kind.READINESS),
        ("livestock/healthz", Kind.READINESS),
        ("readyz", Kind.READINESS),
        ("healthz", Kind.READINESS),
        ("up", Kind.READINESS),
    ],
)
def test_what_a_probe_is_for_is_told_by_its_path(path: str, kind: Kind) -> None:
    assert Kind.of(path) is kind
