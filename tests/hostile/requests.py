"""Generated requests: near enough to good ones to get far, and wrong in ways that have broken others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import strategies as st

from status.website.assets import ASSETS
from tests.conftest import THOROUGH
from tests.hostile.asking import Asked
from tests.hostile.site import TOKEN

EXAMPLES = 2_500 if THOROUGH else 100
"""Requests a test and door."""

GOOD_PATHS = (
    b"/status/",
    b"/status/health/",
    b"/status/health/well/",
    b"/status/health/odd/%3Cb%3E",
    "/status/health/odd/<b>\u202e/".encode(),
    b"/status/health/well/one",
    b"/status/stats",
    b"/status/secret/",
    b"/status/api",
    b"/status/api/",
    b"/status/api/health",
    b"/status/api/health/well/",
    b"/status/api/stats/measured",
    b"/status/api/secret",
    b"/status/api/nope",
    b"/status/api/openapi.json",
    f"/status/{ASSETS['status.css'].path}".encode(),
    b"/status/feed",
    b"/status/badge/health.svg",
    b"/status/badge/health/odd.json",
    b"/status/badge/health/odd/<b>.svg",
    b"/status/badge/stats/raises.svg",
    b"/status/badge/secret.json",
    b"/livez",
    b"/readyz",
    b"/readyz/health/well/one",
    b"/fine/",
    b"/private",
    b"/private/stats/measured",
)
STANDARD = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PATCH")
METHODS = (*STANDARD, "get", "", "\xff")


@dataclass(frozen=True)
class Many:
    """Long bytes, shown short."""

    unit: bytes
    times: int
    begins: bytes = b""

    def __bytes__(self) -> bytes:
        return self.begins + self.unit * self.times


def _one_of(values: Sequence[bytes | Many]) -> st.SearchStrategy[bytes]:
    return st.sampled_from(values).map(bytes)


_JUNK = _one_of(
    [
        b"\x00",
        b"..",
        b"/../../etc/passwd",
        b"//",
        b"\\",
        b"%",
        b"%zz",
        b"%00",
        b"%2e%2e%2f",
        b"%FF%FE",
        b"\xff\xfe",
        b"\xed\xb0\x80",  # half a surrogate pair
        b"\xc3\xa9",
        b"\xe2\x80\xae",  # right to left
        b"\xe2\x80\xa8",  # a line separator
        b"\n",
        b"\r\nSet-Cookie: a=b",
        b"\x1b[31m",
        b" ",
        b";a=b",
        b"<script>alert(1)</script>",
        b"{{ 7 * 7 }}{% now 'Y' %}",
        b"'\"`$(id)",
        Many(b"a", 9_000),
        Many(b"/a", 10_000),
        Many(b"\x00", 9_000),
        Many(b"\xf0\x9f\x92\xa9", 4_000),
    ]
) | st.binary(max_size=20)


@st.composite
def _paths(draw: st.DrawFn) -> bytes:
    path = draw(st.sampled_from(GOOD_PATHS))
    change = draw(st.sampled_from(["none"] * 4 + ["end", "below", "within", "case", "slash", "all"]))
    if change == "end":
        path += draw(_JUNK)
    elif change == "below":
        path = path.rstrip(b"/") + b"/" + draw(_JUNK)
    elif change == "within":
        at = draw(st.integers(0, len(path)))
        path = path[:at] + draw(_JUNK) + path[at:]
    elif change == "case":
        path = path.upper() if draw(st.booleans()) else path.title()
    elif change == "slash":
        path = path.replace(b"/", b"//")
    elif change == "all":
        path = draw(_JUNK)
    return path


_QUERY_PARTS = st.sampled_from(
    [
        b"verbose",
        b"verbose=1",
        b"view=wall",
        b"exclude=health/odd",
        b"exclude=%3Cscript%3E",
        b"exclude=stats/measured",
        b"format=json",
        b"format=health+json",
        b"format=text",
        b"format=yaml",
        b"format=table",
        b"format=../../x",
        b"format=",
        b"format=json&format=yaml",
        b"label=%3Csvg%20onload%3Dalert(1)%3E",
        b"label=%00%0D%0A%FF&label=%E2%80%AE%22",
        b"next=//evil.example",
        b"=",
        b"&&",
        b"%",
        b"%FF",
        b"+",
        b"a[]=1",
    ]
)
_QUERIES = st.one_of(
    st.just(b""),
    st.lists(_QUERY_PARTS | _JUNK, max_size=6).map(b"&".join),
    _one_of(
        [
            Many(b"a", 65_536),
            Many(b"&exclude=health/odd", 5_000),
            Many(b"verbose&", 5_000),
            Many(b"%", 20_000),
            Many(b"%F0%9F%92%A9", 5_000, b"label="),
            Many(b"%E2%80%AE", 5_000, b"exclude="),
        ]
    ),
)

_CLAIMS = _one_of(
    [
        b"",
        b"Bearer",
        b"Bearer ",
        b"Bearer \x00",
        b"Bearer \xff\xfe",
        b"Bearer " + TOKEN.encode()[:-1],
        b"Bearer " + TOKEN.encode() + b"x",
        b"Bearer " + TOKEN.upper().encode(),
        b"Bearer sha256:" + b"0" * 64,
        b"Basic " + TOKEN.encode(),
        b"Basic YTpi",
        b"Digest username=a",
        TOKEN.encode(),
        b"Bearer\t\xed\xb0\x80",
        Many(b"a", 65_536, b"Bearer "),
        Many(b"Bearer ", 1_000),
    ]
)
_VALUES = _one_of(
    [
        b"",
        b"*/*",
        b"text/html",
        b"application/json;q=2",
        b"application/health+json, text/plain;q=0.5",
        b"application/yaml;q=0.5, text/*;q=0.4, */*;q=0.1",
        b"text/html;a*=nope''%41",
        b"application/json;q=-1;q=nan",
        Many(b"text/html;level=1, ", 1_000),
        b";;;,,,===",
        Many(b"9", 500, b"gzip;q="),
        b"gzip;q=1e999",
        b"gzip;q=nan",
        Many(b"\xff", 50),
        Many(b"a", 65_536),
        b"no-cache, max-age=0",
        b"%s%n{0}",
    ]
) | st.binary(max_size=30).map(lambda value: value.replace(b"\r", b"").replace(b"\n", b""))
_COOKIES = _one_of(
    [
        b"",
        b"=",
        b";;;",
        b"sessionid",
        b"sessionid=",
        b"sessionid=" + b"a" * 32,
        b"sessionid=../../x",
        b"sessionid=\xff\x00",
        b'sessionid="; a=b',
        b"status_staff=x",
        b"status_staff=a:b:c; sessionid=abc",
        b"status_staff=\xff:1:\xff",
        Many(b"a=b; ", 3_000),
    ]
)
_ADDRESSES = _one_of(
    [b"10.1.2.3", b"unknown", b"10.1.2.3, 10.1.2.3", b"[::1]:1", b"10.1.2.3\x00", b"127.0.0.1", Many(b",", 5_000)]
)
_HEADERS = st.lists(
    st.one_of(
        st.tuples(st.just("authorization"), _CLAIMS),
        st.tuples(st.sampled_from(["accept", "accept-encoding", "accept-language", "cache-control", "x-a"]), _VALUES),
        st.tuples(st.just("cookie"), _COOKIES),
        st.tuples(st.sampled_from(["x-forwarded-for", "x-real-ip", "forwarded"]), _ADDRESSES),
        st.tuples(
            st.just("host"),
            _one_of([b"", b"evil.example", b"127.0.0.1:x", b"[::1", b"\xff", Many(b"a", 5_000)]),
        ),
        st.tuples(
            st.just("content-length"), st.sampled_from([b"", b"-1", b"abc", b"9999999999999999999", b"0x10", b"+5"])
        ),
        st.tuples(
            st.just("content-type"),
            st.sampled_from([b"multipart/form-data", b"application/json; charset=nope", b"\xff", b"a/b;;;;"]),
        ),
        st.tuples(st.sampled_from(["if-none-match", "if-modified-since", "range", "expect", "upgrade"]), _VALUES),
    ),
    max_size=4,
)

_METHODS = st.sampled_from(METHODS) | st.just("GET") | st.just("GET") | st.integers(1, 3_000).map("X".__mul__)
_BODIES = _one_of([b"", b"a=b", b'{"a": 1}', Many(b"\xff", 1_000_000)])
_CLIENTS = st.sampled_from(["203.0.113.9", "", "::1", "not an address", "203.0.113.9%eth0"])


@st.composite
def requests(draw: st.DrawFn) -> Asked:
    """Not by `builds`, whose account of a failure would show all of the longest bytes."""
    return Asked(draw(_METHODS), draw(_paths()), draw(_QUERIES), draw(_HEADERS), draw(_BODIES), draw(_CLIENTS))
