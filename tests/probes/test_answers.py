"""What probes answer, the same through every door."""

from __future__ import annotations

import logging
from collections.abc import Callable
from time import monotonic

import pytest
from django.conf import settings as site_settings
from django.test import override_settings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from status import start
from tests.probes import checks
from tests.probes.conftest import TIMEOUT_S
from tests.probes.doors import DOORS, Reply

Ask = Callable[..., Reply]

KEPT = {"wrapper, WSGI", "wrapper, ASGI"}
"""The doors that set nothing at each question, so that what is known stays known from one to the next."""
A_MOMENT_S = 1.0
"""Of a busy machine; the check itself would take 20 s."""

WELL = ["health/well/one: pass", "health/well/two: pass"]


def told(reply: Reply) -> tuple[int, list[str]]:
    return reply.status, reply.body.split("\n")


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/startupz", "/livez/", "/readyz/"])
def test_by_default_the_probes_ask_nothing_and_are_ok(ask: Ask, path: str) -> None:
    with override_settings():
        delattr(site_settings, "STATUS_PROBES")
        start.follow_settings(setting="STATUS_PROBES")
        assert told(ask(path)) == (200, ["ok"])


@pytest.mark.parametrize(
    ("path", "status", "body"),
    [
        pytest.param("/fine", 200, ["ok"], id="a warning, and a failing check that isn't critical, pass"),
        pytest.param("/readyz", 503, ["health/half/bad"], id="the failing reference, down to the component"),
        pytest.param("/parts", 200, ["ok"], id="of a component that is asked, nothing else counts"),
        pytest.param("/sides", 503, ["health/sides/right", "health/workers/w2"], id="one a line"),
        pytest.param(
            "/broken",
            503,
            ["health/raises", "health/nowhere", "health/well/three"],
            id="what raises, and what is not there, fails",
        ),
        pytest.param("/readyz/health/well", 200, ["ok"], id="one reference"),
        pytest.param("/readyz/health/well/", 200, ["ok"], id="one reference, with a slash"),
        pytest.param("/readyz/health/half", 503, ["health/half/bad"], id="one reference that fails"),
        pytest.param("/readyz/health/half/good", 200, ["ok"], id="one component of a provider"),
        pytest.param("/readyz/health/half/bad", 503, ["health/half/bad"], id="one component that fails"),
        pytest.param("/sides/health/sides/left", 200, ["ok"], id="one component that is a check"),
        pytest.param("/broken/health/raises/x", 503, ["health/raises/x"], id="a component of what can't tell its own"),
        pytest.param("/fine/health/minor/bad", 200, ["ok"], id="one that isn't critical"),
        pytest.param("/readyz/health/half/nope", 404, ["not found"], id="no such component"),
        pytest.param("/fine/health/bare/nope", 404, ["not found"], id="no component at all"),
        pytest.param("/sides/health/sides/nope", 404, ["not found"], id="no such check"),
        pytest.param("/readyz/health/raises", 404, ["not found"], id="a reference that the probe has not"),
        pytest.param("/readyz/health", 404, ["not found"], id="a resource is no reference"),
        pytest.param("/readyz/nope", 404, ["not found"], id="nothing of that name"),
        pytest.param("/livez/health/well", 404, ["not found"], id="a probe that has none"),
        pytest.param("/group/live", 200, ["ok"], id="a probe below another"),
        pytest.param("/group/health/half/good", 200, ["ok"], id="a reference below the other"),
    ],
)
def test_an_answer_names_what_fails(ask: Ask, path: str, status: int, body: list[str]) -> None:
    assert told(ask(path)) == (status, body)


@pytest.mark.parametrize(
    ("query", "status", "body"),
    [
        (
            "verbose",
            503,
            ["fail", *WELL, "health/half/good: pass", "health/half/bad: fail"],
        ),
        ("verbose=1&exclude=health/half", 200, ["ok", *WELL, "excluded: health/half"]),
        ("verbose=0&exclude=health/half", 200, ["ok"]),
        ("exclude=health%2Fhalf", 200, ["ok"]),
        ("exclude=health/half/bad", 200, ["ok"]),
        ("exclude=health/half&exclude=health/well", 200, ["ok"]),
        ("exclude=health/half&exclude=health/half", 200, ["ok"]),
        ("exclude=health/well", 503, ["health/half/bad"]),
        ("exclude=health/nope", 503, ["health/half/bad", "unknown: health/nope"]),
        ("exclude=health/half&exclude=a+b%0d%0aSet-Cookie:x", 200, ["ok", "unknown: a b??Set-Cookie:x"]),
        ("exclude=%ff%E2%80%AE%1b[31m", 503, ["health/half/bad", "unknown: ���?[31m".replace("���", "\ufffd?")]),
        ("exclude=", 503, ["health/half/bad"]),
        ("exclude", 503, ["health/half/bad"]),
        ("&&=&;verbose", 503, ["health/half/bad"]),
        ("foo=bar", 503, ["health/half/bad"]),
    ],
)  # fmt: skip
def test_the_query_lists_all_or_leaves_out(ask: Ask, query: str, status: int, body: list[str]) -> None:
    assert told(ask("/readyz", query=query)) == (status, body)


def test_what_is_left_out_of_one_reference_leaves_the_rest_of_it(ask: Ask) -> None:
    query = "verbose&exclude=health/half/bad"
    assert told(ask("/readyz/health/half", query=query)) == (
        200,
        ["ok", "health/half/good: pass", "excluded: health/half/bad"],
    )


def test_what_is_left_out_is_not_run(ask: Ask) -> None:
    before = checks.calls
    assert ask("/counted", query="exclude=health/counted").status == 200
    assert checks.calls == before


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "FOO"])
def test_other_methods_are_not_allowed(ask: Ask, method: str) -> None:
    reply = ask("/readyz", method, body=b"x" * 100)
    assert (reply.status, reply.body, reply.headers["allow"]) == (405, "method not allowed", "GET, HEAD")


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/readyz/nope"])
def test_head_is_get_without_the_body(ask: Ask, path: str) -> None:
    got, head = ask(path), ask(path, "HEAD")
    assert (head.status, head.headers, head.body) == (got.status, got.headers, "")


def test_a_body_on_get_is_of_no_interest(ask: Ask) -> None:
    assert told(ask("/livez", body=b"x" * 100_000)) == (200, ["ok"])


def test_nobody_keeps_an_answer_or_takes_it_for_a_page(ask: Ask) -> None:
    assert (
        ask("/readyz").headers.items()
        >= {
            "content-type": "text/plain; charset=utf-8",
            "content-length": "15",
            "cache-control": "no-store",
            "x-content-type-options": "nosniff",
        }.items()
    )


@pytest.mark.parametrize("host", ["10.1.2.3:8000", "", "not a host", "\x00", "a" * 5_000, "[::1"])
def test_the_host_does_not_matter_to_the_middleware(host: str) -> None:
    for door in ("middleware, WSGI", "middleware, ASGI", "wrapper, WSGI", "wrapper, ASGI"):
        assert told(DOORS[door]("/livez", HTTP_HOST=host)) == (200, ["ok"])


@pytest.mark.parametrize(
    "path",
    ["/", "/livez2", "/live", "/xlivez", "//livez", "/LIVEZ", "/status", "/livez%00", "/%FFlivez", "/liv%C3%A9z"],
)
def test_other_paths_are_the_sites(path: str) -> None:
    for door in ("wrapper, WSGI", "wrapper, ASGI"):
        assert DOORS[door](path).body == "the site"
    for door in ("middleware, WSGI", "middleware, ASGI"):  # that turns away a host it does not know
        assert DOORS[door](path).status == 400


@pytest.mark.parametrize(
    "path",
    [
        "/readyz/%FF%FE",
        "/readyz/health/half/%00",
        "/readyz/" + "x" * 65_536,
        "/readyz/" + "/" * 65_536,
        "/readyz/..%2F..%2Fetc/passwd",
        "/readyz/%0d%0aSet-Cookie:%20a=b",
    ],
)
def test_odd_paths_below_a_probe_are_not_found(ask: Ask, path: str) -> None:
    reply = ask(path)
    assert told(reply) == (404, ["not found"])
    assert "set-cookie" not in reply.headers


@pytest.mark.parametrize("name", ["x%0Ay", "x%1B%5B31my", "x%E2%80%A8y", "x%0D%0ASet-Cookie:a"])
def test_a_component_that_is_reflected_is_one_printable_line(ask: Ask, name: str) -> None:
    reply = ask(f"/broken/health/raises/{name}")
    assert reply.status == 503
    assert reply.body.startswith("health/raises/x?")
    assert reply.body.isprintable()


def test_a_components_own_name_is_one_line(ask: Ask) -> None:
    assert told(ask("/odd")) == (503, ["health/odd/a?b"])
    assert told(ask("/odd", query="verbose")) == (503, ["fail", "health/odd/a?b: fail"])


def test_ten_thousand_names_to_leave_out_are_bounded(ask: Ask) -> None:
    query = "&".join(f"exclude=health/{number}" for number in range(10_000))
    reply = ask("/readyz", query=query)
    assert reply.status == 503
    assert len(reply.body.splitlines()) == 101
    assert len(reply.body) < 10_240


def test_a_long_name_is_told_shortened(ask: Ask) -> None:
    assert told(ask("/fine", query="exclude=" + "%C3%A9" * 500)) == (200, ["ok", f"unknown: {'é' * 100}…"])


def test_a_body_stays_below_ten_kibibytes(ask: Ask) -> None:
    for query in ("", "verbose"):
        reply = ask("/many", query=query)
        assert reply.status == 503
        assert 9_000 < len(reply.body.encode()) <= 10_240
        *names, last = reply.body.splitlines()
        hidden = int(last.removeprefix("… and ").removesuffix(" more"))
        assert len(names) + hidden == 500 + bool(query)


@pytest.mark.parametrize(
    ("access", "options", "body"),
    [
        ({"secret": "private"}, {}, "fail"),
        ({"secret": "hidden"}, {}, "fail"),
        ({"secret": "states"}, {}, "secret/half/bad"),
        ({"secret": "public"}, {}, "secret/half/bad"),
        ({"secret": "private"}, {"HTTP_AUTHORIZATION": "Bearer s3cret"}, "secret/half/bad"),
        ({"secret": "private"}, {"HTTP_AUTHORIZATION": "Bearer wrong"}, "fail"),
        ({"secret": "private"}, {"REMOTE_ADDR": "10.1.2.3"}, "secret/half/bad"),
        ("tests.probes.test_answers.not_asked", {}, "fail"),
    ],
)
def test_names_are_shown_to_those_who_may_see_the_resource(
    ask: Ask, access: object, options: dict[str, str], body: str
) -> None:
    with override_settings(STATUS_ACCESS=access, STATUS_TOKENS=["s3cret"], STATUS_NETWORKS=["10.0.0.0/8"]):
        assert told(ask("/private", **options)) == (503, [body])
        named = body != "fail"
        assert told(ask("/private", query="verbose", **options))[1] == (
            [
                "fail",
                "secret/half/good: pass",
                "secret/half/bad: fail",
                "secret/well/one: pass",
                "secret/well/two: pass",
            ]
            if named
            else ["fail"]
        )
        assert told(ask("/private/secret/well", **options)) == ((200, ["ok"]) if named else (404, ["not found"]))
        excluded = told(ask("/private", query="exclude=secret/half", **options))
        assert excluded == ((200, ["ok"]) if named else (503, ["fail", "unknown: secret/half"]))


def not_asked(request: object, resource: str) -> str:
    raise AssertionError("a probe does not ask the project's code")


def test_all_names_are_shown_while_debug_is_on(ask: Ask) -> None:
    with override_settings(DEBUG=True):
        assert told(ask("/private")) == (503, ["secret/half/bad"])


def test_of_several_the_ones_that_may_be_seen_are_named(ask: Ask) -> None:
    assert told(ask("/mixed")) == (503, ["health/half/bad"])
    assert told(ask("/mixed", query="exclude=health/half")) == (503, ["fail"])


def test_no_error_text_is_told(ask: Ask) -> None:
    assert "order" not in ask("/broken", query="verbose").body


@pytest.mark.usefixtures("_released")
def test_a_probe_waits_its_own_timeout_and_only_once_for_a_hang(ask: Ask) -> None:
    started = monotonic()
    assert told(ask("/slow")) == (503, ["health/hangs"])
    assert TIMEOUT_S <= monotonic() - started < TIMEOUT_S + A_MOMENT_S
    if ask not in [DOORS[name] for name in KEPT]:
        return
    took = []
    for _ in range(5):
        started = monotonic()
        assert told(ask("/slow")) == (503, ["health/hangs"])
        took.append(monotonic() - started)
    assert min(took) < TIMEOUT_S, "each has waited, too"


@pytest.mark.usefixtures("_released")
@pytest.mark.parametrize("door", sorted(KEPT))
@pytest.mark.parametrize("path", ["/fire", "/fire-in-parts"])
def test_a_probe_of_which_one_fails_waits_for_no_other(door: str, path: str) -> None:
    checks.released.set()
    assert told(DOORS[door](path)) == (503, ["health/half/bad"])
    checks.released.clear()
    took = []
    for _ in range(5):
        started = monotonic()
        assert told(DOORS[door](path)) == (503, ["health/half/bad"])
        took.append(monotonic() - started)
    assert min(took) < TIMEOUT_S / 2, "each has waited"


@pytest.mark.usefixtures("_released")
@pytest.mark.parametrize("door", sorted(KEPT))
@pytest.mark.parametrize(
    ("path", "query", "body"),
    [
        ("/fire", "verbose", ["fail", "health/hangs: fail", "health/half/good: pass", "health/half/bad: fail"]),
        ("/fire", "exclude=health/nope", ["health/hangs", "health/half/bad", "unknown: health/nope"]),
        ("/fire/health/hangs", "", ["health/hangs"]),
        ("/part-of-a-fire", "", ["health/hangs", "health/half/bad"]),
    ],
)
def test_it_waits_where_it_is_asked_how_each_of_them_is(door: str, path: str, query: str, body: list[str]) -> None:
    checks.released.set()
    assert told(DOORS[door]("/fire")) == (503, ["health/half/bad"])
    checks.released.clear()
    assert told(DOORS[door](path, query=query)) == (503, body)


def test_a_debug_line_is_all_that_a_probe_logs(ask: Ask, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    ask("/sides")
    ask("/readyz/nope")
    lines = [(record.levelname, record.getMessage()) for record in caplog.records if record.name == "status.probes"]
    assert lines == [
        ("DEBUG", "GET /sides: 503 health/sides/right, health/workers/w2"),
        ("DEBUG", "GET /readyz: 404 not found"),
    ]
    assert not [record for record in caplog.records if record.name.startswith("django.request")]


def test_nothing_is_logged_above_debug(ask: Ask, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "status.probes")
    ask("/sides")
    assert not [record for record in caplog.records if record.name == "status.probes"]


def test_whatever_goes_wrong_in_a_probe_is_no_error_of_the_site(
    ask: Ask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*args: object) -> None:
        raise RuntimeError("a mistake of ours")

    monkeypatch.setattr("status.probes.answering._judge", broken)
    assert told(ask("/fine")) == (503, ["fail"])
    assert "a mistake of ours" in caplog.text


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    path=st.text(max_size=50),
    query=st.text(alphabet=st.characters(max_codepoint=255), max_size=200),
    method=st.sampled_from(["GET", "HEAD", "POST", "X"]),
)
def test_no_path_and_no_query_makes_an_error(path: str, query: str, method: str) -> None:
    quoted = "".join(f"%{byte:02X}" for byte in path.encode(errors="surrogatepass"))
    for door in ("wrapper, WSGI", "wrapper, ASGI"):
        reply = DOORS[door](f"/readyz/{quoted}", method, query)
        assert reply.status in (200, 404, 405, 503)
        assert all(each.isprintable() for line in reply.body.split("\n") for each in line)
