"""Which format a request is answered in, whatever it says it accepts."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as some

from status import Format
from status.formats import negotiation, registry
from status.formats.accept import MAX_ACCEPT
from status.formats.negotiation import UnknownFormat, chosen, preferred
from tests.asking import SERVERS, Site, body

NAMES = ["json", "health+json", "openmetrics", "text", "yaml", "table"]
FAILS, PING = ("it", "tests.api.checks.fails"), ("ping", "status.providers.health.ping")


@pytest.fixture(params=SERVERS)
def site(request: pytest.FixtureRequest) -> Site:
    return Site(request.param)


def configured(**resources: Any) -> Any:
    return override_settings(STATUS_PROVIDERS=resources)


# --- Accept -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accept", "name"),
    [
        ("", "json"),
        ("*/*", "json"),
        ("application/*", "json"),
        ("text/*", "text"),
        ("application/json", "json"),
        ("application/health+json", "health+json"),
        ("application/openmetrics-text; version=1.0.0", "openmetrics"),
        ("text/plain", "text"),
        ("application/yaml", "yaml"),
        ("text/yaml", "yaml"),
        ("application/x-yaml", "yaml"),
        ("APPLICATION/Health+JSON", "health+json"),
        (" application/yaml ;q=0.5 , text/plain;q=0.4", "yaml"),
        ("application/yaml;q=0.4, text/plain;q=0.5", "text"),
        ("application/yaml;q=0.1, */*;q=0.9", "json"),
        ("*/*;q=0.1, application/yaml", "yaml"),
        ("application/yaml;q=0, text/plain;q=0.1", "text"),
        # What is refused is not what a wildcard takes, the more precise entry counting wherever it stands.
        ("application/json;q=0, */*", "health+json"),
        ("*/*, application/json;q=0.000", "health+json"),
        ("Application/JSON;Q=0, */*", "health+json"),
        ("*/*;q=0.1, APPLICATION/*;q=0", "text"),
        ("application/*;q=0, text/plain;q=0, */*;q=0.1", "yaml"),
        ("application/*;q=0, Application/YAML;q=0.1, text/*;q=0, */*", "yaml"),
        ("application/*, application/json;q=0, application/health+json;q=0", "openmetrics"),
        ("application/yaml;q=0, */*;q=0.1", "json"),
        ("*/*;q=0, text/plain;q=0.1", "text"),
        ("text/plain;level=1;q=0, text/*", "yaml"),
        # The same range twice: to accept it once is enough.
        ("application/json;q=0, application/json, */*;q=0.1", "json"),
        # All of it refused, one by one or at once: the default.
        ("application/json;q=0", "json"),
        ("application/*;q=0, text/*;q=0, */*", "json"),
        ("text/*;q=0, */*;q=0", "json"),
        ("application/json;q=0, image/png", "json"),
        # What a browser sends, and what Prometheus 3 does.
        ("text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8", "json"),
        ("application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,*/*;q=0.2", "openmetrics"),
        # Nothing fits: a 406 would read as down.
        ("image/png", "json"),
        ("*/*;q=0", "json"),
        # No quality is as the highest (RFC 9110, 12.4.2), and so is what is none.
        ("application/yaml;q=2, text/plain;q=0.9", "yaml"),
        ("application/yaml;q=-1, text/plain;q=0.9", "yaml"),
        ("application/yaml;q=nan", "yaml"),
        ("application/yaml;q=1e999", "yaml"),
        ("application/yaml;q=", "yaml"),
        ("application/yaml;q=0x1", "yaml"),
        # No media types at all.
        ("yaml", "json"),
        ("/", "json"),
        ("*", "json"),
        (",,,;;;===", "json"),
        ("\x00\xff", "json"),
        # A parameter that nobody knows; in an encoding that there is not, or of no use for it (RFC 8187).
        ("application/yaml;level=1;Q=0.5;b, text/plain;q=0.4", "yaml"),
        ("application/yaml;level=1;q=0.4, text/plain;q=0.5", "text"),
        ("text/html;a*=nope''%41, application/yaml", "yaml"),
        ("text/html;a*=idna''%ff", "json"),
        ("text/html;a*=\x00''%ff", "json"),
    ],
)
def test_the_header_is_read_as_django_reads_it(accept: str, name: str) -> None:
    assert preferred(accept).name == name


@given(some.text(max_size=200) | some.lists(some.text("a/*;q=0.1+ ,\"'%\x00", max_size=20)).map(",".join))
def test_no_header_is_too_odd(accept: str) -> None:
    assert preferred(accept).name in NAMES


ranges = some.sampled_from(["*/*", "application/*", "text/*", "image/png", *registry.current().by_media_type])
wanted = some.sampled_from(["", ";q=1", ";q=0.5", ";q=0.001", ";q=2", ";q=x"])


@given(some.lists(some.tuples(ranges, wanted), max_size=8))
def test_what_is_chosen_is_accepted_where_anything_is(entries: list[tuple[str, str]]) -> None:
    found = preferred(", ".join(f"{media_type}{quality}" for media_type, quality in entries))
    accepted = {media_type for media_type, _ in entries}
    wildcards = {"*/*", *(f"{each.partition('/')[0]}/*" for each in found.accepted_as)}
    fits = {*found.accepted_as} & accepted or wildcards & accepted
    assert fits or (found is registry.DEFAULT and accepted <= {"image/png"})


@given(
    some.lists(some.tuples(ranges, some.sampled_from(["", ";q=0.5", ";Q=0", ";q=0.0"])), max_size=8), some.booleans()
)
def test_what_is_refused_is_chosen_only_where_nothing_is_left(entries: list[tuple[str, str]], is_loud: bool) -> None:
    header = ", ".join(f"{media_type}{quality}" for media_type, quality in entries)
    found = preferred(header.upper() if is_loud else header)
    acceptable = {each.name for name, each in registry.current().by_media_type.items() if accepts(entries, name)}
    assert found.name in (acceptable or {registry.DEFAULT.name})


def accepts(entries: list[tuple[str, str]], media_type: str) -> bool:
    """By RFC 9110, 12.5.1: what names it most precisely counts."""
    for precise in (media_type, f"{media_type.partition('/')[0]}/*", "*/*"):
        said = [quality in ("", ";q=0.5") for media_range, quality in entries if media_range == precise]
        if said:
            return any(said)
    return not entries


LONG = {
    "a thousand entries": ", ".join(f"a/b{number}" for number in range(1_000)),
    "64 KB": "a/b;q=0.5," * 6_554,
    "64 KB of the shortest entries": "*," * 32_768,
    "64 KB without a comma": "a" * 65_536,
    "64 KB of quotes": '"' * 65_536,
    "64 KB that refuse": "text/plain;q=0," * 4_369,
    "64 KB of parameters": "a/b" + ";a=b" * 16_384,
}


@pytest.mark.parametrize("name", LONG)
def test_a_long_header_costs_bounded_work(name: str) -> None:
    assert preferred(f"application/yaml;q=0.9,{LONG[name]}").name in ("json", "yaml")
    # In processor time, of what no cache has: the last entry is another each time.
    begun = time.process_time()
    for number in range(5):
        preferred(f"a/{number},{LONG[name]}")
    assert (time.process_time() - begun) / 5 < 0.05


def test_what_is_beyond_the_first_kibibyte_is_not_read() -> None:
    assert preferred(f"application/yaml;q=0.5,{'a/b,' * 1_000}text/plain").name == "yaml"
    # Nor what is cut in its midst, which would be another type, or of a higher quality.
    start = "a/b," * ((MAX_ACCEPT - len("text/plain")) // 4)
    assert preferred(f"{start}text/plain;q=0.1,application/yaml").name == "json"


# --- ?format= -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "name"),
    [
        *((f"format={name}", name) for name in NAMES if "+" not in name),
        ("format=health+json", "health+json"),
        ("format=health%2Bjson", "health+json"),
        ("format=health%20json", "health+json"),
        ("format=json&format=yaml", "yaml"),
        ("format=nope&format=yaml", "yaml"),
        ("a=1&format=yaml&b=2", "yaml"),
        ("a=format=yaml", "text"),
        ("formats=yaml", "text"),
        ("", "text"),
        ("format", "text"),
        (f"{'a=b&' * 2_000}format=yaml", "text"),
    ],
)
def test_the_last_one_in_the_query_counts_before_the_header(query: str, name: str) -> None:
    assert chosen(query, "text/plain").name == name


@pytest.mark.parametrize("query", ["format=", "format=nope", "format=JSON", "format=yaml&format=nope", "format=%FF%00"])
def test_an_unknown_one_is_told(query: str) -> None:
    with pytest.raises(UnknownFormat):
        chosen(query, "*/*")


@given(some.text(some.characters(exclude_categories=["Cs"]), max_size=50))
def test_no_query_is_too_odd(query: str) -> None:
    for each in (query, f"format={query}"):
        try:
            assert chosen(each, "").name in NAMES
        except UnknownFormat as error:
            assert "format=" in each
            str(error).encode()


# --- through the API ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["api/", "api/health", "api/health/ping"])
@pytest.mark.parametrize(
    ("query", "content_type"),
    [
        ("json", "application/json"),
        ("health+json", "application/health+json"),
        ("text", "text/plain; charset=utf-8"),
        ("yaml", "application/yaml"),
        ("table", "text/plain; charset=utf-8"),
    ],
)
def test_each_is_sent_as_what_it_is(path: str, query: str, content_type: str, site: Site) -> None:
    with configured(health=[PING, FAILS]):
        for method in ("GET", "POST", "HEAD"):
            response = site(f"{path}?format={query}", method)
            assert response.headers["Content-Type"] == content_type
            assert response.status_code == (200 if path.endswith("ping") else 503)
            assert "Accept" in response.headers["Vary"]
            assert bool(response.content) is (method != "HEAD")
            assert int(response.headers.get("Content-Length") or 1) > 0


@pytest.mark.parametrize("name", ["nope", "", "<script>", "a" * 5_000, "%0D%0ASet-Cookie:%20a=b", "%ED%A0%80"])
def test_an_unknown_format_is_a_400_with_the_list(name: str, site: Site) -> None:
    with configured(health=[PING]):
        response = site(f"api/health?format={name}", headers={"Accept": "text/plain"})
    assert response.status_code == 400
    assert response.headers["Content-Type"] == "application/json"
    assert body(response)["formats"] == NAMES
    assert body(response)["error"].startswith("Unknown format: ")
    assert len(response.content) < 1_000
    assert "Set-Cookie" not in response.headers


def test_a_header_that_nothing_fits_gets_json(site: Site) -> None:
    with configured(health=[PING]):
        response = site("api/health", headers={"Accept": "image/png;q=0.7, text/html;a*=nope''%41"})
    assert (response.status_code, body(response)) == (200, {"ping": {"pong": True}})


@pytest.mark.parametrize(("path", "code"), [("api/stats", 401), ("api/nope", 404), ("api/health/nope", 404)])
def test_refusals_are_json_whatever_is_accepted(path: str, code: int, site: Site) -> None:
    with configured(health=[PING], stats=[PING]):
        for query in ("", "?format=text", "?format=nope"):
            response = site(f"{path}{query}", headers={"Accept": "text/plain"})
            assert response.status_code == code
            assert response.headers["Content-Type"] == "application/json"
            assert "error" in body(response)


def test_what_is_hidden_has_no_formats(site: Site) -> None:
    with configured(secret=[PING]), override_settings(STATUS_ACCESS={"*": "hidden"}):
        told = [site(f"api/{name}?format=nope").content.decode() for name in ("secret", "absent")]
    assert told[0] == told[1].replace("absent", "secret")


def test_options_are_json(site: Site) -> None:
    with configured(health=[PING]):
        assert body(site("api/health?format=nope", "OPTIONS", headers={"Accept": "text/plain"}))


# --- of the project -----------------------------------------------------------------------------------------------


def test_a_default_of_the_project_is_what_is_sent_where_nothing_fits() -> None:
    own = Format("json", "application/vnd.shop+json", lambda showing: b"{}")
    with override_settings(STATUS_FORMATS=[own]):
        for accept in ("", "*/*", "image/png", "application/json", "application/*"):
            assert preferred(accept) is own
        assert preferred("text/plain").name == "text"


def test_of_two_for_the_same_media_type_the_last_is_chosen() -> None:
    own = Format("mine", "text/plain", lambda showing: b"", accepted_as=("text/plain",))
    with override_settings(STATUS_FORMATS=[own]):
        assert preferred("text/plain") is own
        assert preferred("text/*") is own
    assert negotiation.preferred("text/plain").name == "text"
