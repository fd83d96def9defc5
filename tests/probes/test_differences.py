"""Where the doors differ: Django has read a request before its middleware and views come to it."""

from __future__ import annotations

import pytest

from tests.probes.doors import DOORS


def by(kind: str) -> list[str]:
    """The doors of this kind."""
    return [name for name in DOORS if kind in name]


BEHIND_DJANGO = [*by("middleware"), *by("URLs")]


@pytest.mark.parametrize(
    ("door", "status", "body"),
    [
        *((door, 503, "health/half/bad") for door in (*by("wrapper"), "middleware, WSGI", "URLs, WSGI")),
        *((door, 400, "") for door in ("middleware, ASGI", "URLs, ASGI")),
    ],
)
def test_a_query_of_raw_bytes_that_are_no_utf8_is_refused_by_django_under_asgi(
    door: str, status: int, body: str
) -> None:
    """Percent-encoded, as any client sends them, they are answered by all: `test_answers` has these."""
    reply = DOORS[door]("/readyz", query="\xff\xfe")
    assert (reply.status, reply.body) == (status, body)


@pytest.mark.parametrize(
    ("door", "status"), [*((door, 405) for door in by("wrapper")), *((door, 200) for door in BEHIND_DJANGO)]
)
def test_a_method_in_lower_case_is_another_one_but_for_django(door: str, status: int) -> None:
    """Methods are case-sensitive (RFC 9110, 9.1); Django takes them in capitals."""
    assert DOORS[door]("/livez", "get").status == status
