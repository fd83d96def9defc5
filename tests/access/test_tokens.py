"""Which `Authorization` headers carry a token of the site's."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator

import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from status import conf
from status.access import tokens
from status.access.tokens import holder
from status.reading.tokens import MAX_AUTHORIZATION

PLAIN = "a-token-that-is-long-enough"
DIGESTED = "another-token-that-is-long"
ACCENTED = "jetón-de-más-de-veinte-letras-à"  # its last byte is a blank in Latin-1


@pytest.fixture(autouse=True, scope="module")
def _site() -> Iterator[None]:
    digest = hashlib.sha256(DIGESTED.encode()).hexdigest()
    with override_settings(STATUS_TOKENS={"old": PLAIN, "new": f"sha256:{digest.upper()}", "accented": ACCENTED}):
        yield


@pytest.mark.parametrize(
    ("header", "name"),
    [
        (f"Bearer {PLAIN}", "old"),
        (f"bearer {PLAIN}", "old"),
        (f"BEARER   {PLAIN}  ", "old"),
        (f"Bearer {DIGESTED}", "new"),
        # The bytes of UTF-8, as WSGI hands them over.
        (f"Bearer {ACCENTED.encode().decode('latin-1')}", "accented"),
        (f"Bearer {PLAIN}x", None),
        (f"Bearer {PLAIN[:-1]}", None),
        (f"Bearer {PLAIN.upper()}", None),
        (f"Bearer {PLAIN} {PLAIN}", None),
        (f"Basic {PLAIN}", None),
        (f"Bearer{PLAIN}", None),
        (f"Bearer sha256:{hashlib.sha256(DIGESTED.encode()).hexdigest()}", None),
        (PLAIN, None),
        ("Bearer", None),
        ("Bearer ", None),
        ("", None),
    ],
)
def test_a_token_is_known_by_its_name(header: str, name: str | None) -> None:
    assert holder(header) == name


def test_what_is_longer_than_any_token_is_none() -> None:
    assert holder(f"Bearer {PLAIN}{' ' * MAX_AUTHORIZATION}") is None


@pytest.mark.parametrize("sent", ["\udc80" * 30, "\0" * 30, "Ā" * 30, "\x85", "\xa0"])
def test_what_no_server_hands_over_is_no_token(sent: str) -> None:
    assert holder(f"Bearer {sent}") is None


@pytest.mark.parametrize("sent", [PLAIN, DIGESTED, "none-of-them"])
def test_every_token_is_compared_so_that_time_tells_nothing(sent: str, monkeypatch: pytest.MonkeyPatch) -> None:
    compared = []

    def counting(given: bytes, known: bytes) -> bool:
        compared.append(known)
        return hmac.compare_digest(given, known)

    monkeypatch.setattr(tokens, "compare_digest", counting)
    holder(f"Bearer {sent}")
    assert compared == [token.digest for token in conf.current().tokens]
    assert len(compared) == 3


@given(st.text() | st.text().map("Bearer {}".format))
def test_whatever_the_header_it_is_no_token_and_no_error(header: str) -> None:
    assert holder(header) is None


@pytest.mark.parametrize("listed", [[PLAIN, DIGESTED], (PLAIN, DIGESTED)])
def test_in_a_list_tokens_go_by_their_numbers(listed: object) -> None:
    with override_settings(STATUS_TOKENS=listed):
        assert holder(f"Bearer {DIGESTED}") == "2"


def test_the_token_itself_is_not_kept() -> None:
    assert PLAIN not in repr(conf.current())
    digest = hashlib.sha256(PLAIN.encode()).digest()
    assert repr(digest) not in repr(conf.current().tokens)  # of a short one it is as good as the token


def test_without_tokens_nobody_has_one() -> None:
    with override_settings(STATUS_TOKENS=[]):
        assert holder(f"Bearer {PLAIN}") is None
