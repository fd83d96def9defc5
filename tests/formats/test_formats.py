"""STATUS_FORMATS: formats of the project's own, and what is wrong with some."""

from __future__ import annotations

import io
import json
import logging
import sys
from typing import Any

import pytest
from django.core.checks import run_checks
from django.core.management import call_command
from django.test import override_settings

from status import Format, Showing, start
from status.formats import registry
from status.formats.leaves import leaves
from tests.asking import SERVERS, Site, body

PING = ("ping", "status.providers.health.ping")
FAILS = ("it", "tests.api.checks.fails")


@pytest.fixture(params=SERVERS)
def site(request: pytest.FixtureRequest) -> Site:
    return Site(request.param)


def write(showing: Showing) -> bytes:
    return "".join(f"{leaf.reference},{leaf.state}\n" for leaf in leaves(showing)).encode()


CSV = Format("csv", "text/csv; charset=utf-8", write, accepted_as=("text/csv",))
PATH = f"{__name__}.CSV"


def configured(*formats: object, **more: Any) -> Any:
    providers = {"health": [PING, FAILS], "stats": [PING]}
    return override_settings(STATUS_FORMATS=[*formats], STATUS_PROVIDERS=providers, **more)


@pytest.mark.parametrize("given", [CSV, PATH], ids=["by object", "by path"])
def test_a_format_of_the_project_is_one_like_any_other(given: object, site: Site) -> None:
    with configured(given):
        for options in ({"query": "?format=csv"}, {"query": "", "headers": {"Accept": "text/csv"}}):
            response = site(f"api/health{options.pop('query')}", **options)
            assert response.status_code == 503
            assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
            assert response.content == b"health/ping/pong,pass\nhealth/it/one,pass\nhealth/it/other,fail\n"
        assert body(site("api/health?format=nope"))["formats"][-1] == "csv"
        assert "csv" in site.json("api/openapi.json")["components"]["parameters"]["format"]["schema"]["enum"]
    assert site("api/health?format=csv").status_code == 400


def test_the_command_has_it_too() -> None:
    out = io.StringIO()
    with configured(CSV):
        call_command("status", "stats", format="csv", stdout=out)
    assert out.getvalue() == "stats/ping,None\n"


def test_one_of_a_shipped_name_takes_its_place(site: Site) -> None:
    own = Format("text", "text/plain; charset=utf-8", lambda showing: b"mine\n", accepted_as=("text/plain",))
    with configured(own):
        assert [*registry.current().by_name] == ["json", "health+json", "openmetrics", "text", "yaml", "table"]
        assert site("api/health?format=text").content == b"mine\n"
        assert site("api/health", headers={"Accept": "text/plain"}).content == b"mine\n"
    assert site("api/health?format=text").content != b"mine\n"


def test_what_it_adds_to_the_headers_is_sent(site: Site) -> None:
    def headers(showing: Showing) -> dict[str, str]:
        return {"Cache-Control": "private", "X-State": showing.state.value, "Content-Type": "text/html"}

    with configured(Format("csv", "text/csv", write, headers=headers)):
        told = site("api/health?format=csv").headers
    assert (told["Cache-Control"], told["X-State"], told["Content-Type"]) == ("private", "fail", "text/csv")


def test_one_that_is_always_ok_is_200(site: Site) -> None:
    with configured(Format("csv", "text/csv", write, is_always_ok=True)):
        assert site("api/health?format=csv").status_code == 200
        assert site("api/health").status_code == 503


@pytest.mark.parametrize("is_lasting", [True, False])
def test_what_lasts_is_written_once_a_report(is_lasting: bool, site: Site) -> None:
    written = []

    def note(showing: Showing) -> bytes:
        written.append(showing)
        return b"x"

    with configured(Format("csv", "text/csv", note, is_lasting=is_lasting), STATUS_TTL=60):
        for _ in range(3):
            site("api/health?format=csv")
    assert len(written) == (1 if is_lasting else 3)


# --- that can't write ---------------------------------------------------------------------------------------------


def raising(showing: Showing) -> bytes:
    raise ValueError("no route to postgres://app:hunter2@db/shop")


def exiting(showing: Showing) -> bytes:
    sys.exit(3)


def half(showing: Showing) -> Any:
    return "\ud800"


@pytest.mark.parametrize("render", [raising, exiting, half])
def test_one_that_can_not_write_has_json_sent_instead(
    render: Any, site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    with configured(Format("csv", "text/csv", render, is_always_ok=True)):
        response = site("api/health?format=csv")
    assert (response.status_code, response.headers["Content-Type"]) == (503, "application/json")
    assert body(response) == {"ping": {"pong": True}, "it": {"one": True, "other": False}}
    [record] = [record for record in caplog.records if "csv" in record.getMessage()]
    assert record.levelno == logging.ERROR
    assert "the format csv could not write: json was sent instead" in record.getMessage()
    assert "hunter2" not in caplog.text


def test_a_text_is_as_good_as_bytes(site: Site) -> None:
    with configured(Format("csv", "text/csv; charset=utf-8", lambda showing: "é")):  # type: ignore[arg-type, return-value]
        assert site("api/health?format=csv").content == "é".encode()


@pytest.mark.parametrize(
    "headers", [{"X-A": "a\r\nSet-Cookie: b=c"}, {"X\r\nA": "a"}, {"é": "a"}, 3, None], ids=lambda given: repr(given)
)
def test_headers_that_can_not_be_sent_are_left_out(headers: Any, site: Site, caplog: pytest.LogCaptureFixture) -> None:
    with configured(Format("csv", "text/csv", write, headers=lambda showing: headers)):
        response = site("api/health?format=csv")
    assert (response.status_code, response.headers["Content-Type"]) == (503, "text/csv")
    assert response.headers["Cache-Control"] == "no-store"
    assert not {"X-A", "Set-Cookie"} & {*response.headers}
    assert "the format csv could not tell its headers" in caplog.text


def lacking() -> None:
    import no_such_package  # type: ignore[import-not-found] # noqa: F401


def stumbling() -> None:
    raise ValueError("no route to postgres://app:hunter2@db/shop")


def test_one_that_lacks_a_package_says_so_before_anything_is_observed(site: Site) -> None:
    runs: list[None] = []
    given = {"health": [("it", lambda: runs.append(None))]}
    with override_settings(STATUS_FORMATS=[Format("csv", "text/csv", write, check=lacking)], STATUS_PROVIDERS=given):
        response = site("api/health?format=csv")
    assert (response.status_code, runs) == (501, [])
    assert body(response) == {"error": "No module named 'no_such_package'"}


def test_one_whose_check_fails_otherwise_is_tried(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    with configured(Format("csv", "text/csv", write, check=stumbling)):
        response = site("api/health?format=csv")
    assert (response.status_code, response.headers["Content-Type"]) == (503, "text/csv")
    assert "the format csv could not check itself" in caplog.text
    assert "hunter2" not in caplog.text


# --- that are none ------------------------------------------------------------------------------------------------

JSON: Any = Format


async def awaited(showing: Showing) -> bytes:
    return b""


WRONG: dict[str, tuple[object, str]] = {
    "nothing": (None, "it is a NoneType, not a Format"),
    "a function": (write, "it is a function, not a Format"),
    "a path to nothing": (f"{__name__}.NOTHING", "NOTHING"),
    "a path to no module": ("no.such.module", "No module named"),
    "no path": ("csv", "doesn't look like a module path"),
    "a path to what is none": (f"{__name__}.PING", "it is a tuple, not a Format"),
    "no name": (Format("", "text/csv", write), "'' is no name"),
    "a name that is none": (JSON(3, "text/csv", write), "3 is no name"),
    "a name of two lines": (Format("a\nb", "text/csv", write), "is no name"),
    "a long name": (Format("a" * 101, "text/csv", write), "is no name"),
    "no media type": (Format("csv", "", write), "'' is no media type"),
    "half a media type": (Format("csv", "csv", write), "'csv' is no media type"),
    "a media type that is none": (JSON("csv", None, write), "None is no media type"),
    "a header in the media type": (Format("csv", "text/csv\r\nX: y", write), "is no media type"),
    "a media type beyond ASCII": (Format("csv", "text/é", write), "is no media type"),
    "a text to be accepted as": (JSON("csv", "text/csv", write, "text/csv"), "its accepted_as is a str, not a list"),
    "a wildcard": (Format("csv", "text/csv", write, ("text/*",)), "'text/*' is no media type that could be accepted"),
    "no type to be accepted as": (JSON("csv", "text/csv", write, (3,)), "3 is no media type that could be accepted"),
    "no function": (JSON("csv", "text/csv", "write"), "its render is a str, not a function"),
    "no check": (JSON("csv", "text/csv", write, check="here"), "its check is a str, not a function"),
    "headers": (JSON("csv", "text/csv", write, headers={"a": "b"}), "its headers is a dict, not a function"),
    "a coroutine": (JSON("csv", "text/csv", awaited), "its render is async, and nobody would await it"),
    "a schema": (Format("csv", "text/csv", write, schema="nope"), "'nope' is no schema of ours"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_format_is_found_at_start(name: str, site: Site, caplog: pytest.LogCaptureFixture) -> None:
    given, text = WRONG[name]
    with configured(CSV, given):
        [message] = [message for message in run_checks() if message.id == "status.E016"]
        start.resolve()
        assert site("api/health?format=csv").content.startswith(b"health/")
        assert len(registry.current().by_name) == 7
    assert message.msg.startswith("STATUS_FORMATS[1]: ")
    assert text in message.msg
    assert message.hint == "Name a status.Format, as shop.formats.CSV."
    assert [record for record in caplog.records if record.getMessage().startswith("STATUS_FORMATS[1]: ")]


@pytest.mark.parametrize("given", ["csv", 3, {"csv": CSV}, None])
def test_the_setting_is_a_list(given: object, site: Site) -> None:
    with override_settings(STATUS_FORMATS=given):
        [message] = [message for message in run_checks() if message.id == "status.E016"]
        assert site("api/health/ping").status_code == 200
    assert "not a list" in message.msg


def test_a_secret_in_an_entry_is_not_told() -> None:
    given = Format("password=hunter2", "password=hunter2", write)
    with configured(given, "redis://:hunter2@host.module"):
        told = str([(message.msg, message.hint) for message in run_checks()])
    assert told.count("E016") == 0
    assert "hunter2" not in told


def test_what_is_written_is_made_of_what_may_be_seen(site: Site) -> None:
    def dump(showing: Showing) -> bytes:
        return json.dumps([[leaf.reference, leaf.value, leaf.error] for leaf in leaves(showing)]).encode()

    with configured(Format("dump", "application/json", dump)):
        told = json.loads(site("api/?format=dump").content)
    assert told == [[name, None, None] for name in ("health/ping/pong", "health/it/one", "health/it/other")]
