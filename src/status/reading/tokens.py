"""`STATUS_TOKENS`: the bearer tokens whose holders are trusted."""

from __future__ import annotations

import hashlib
import string
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.conf import settings

from .problem import Problems, is_list, type_of

MAX_AUTHORIZATION = 4_096
"""Characters of an `Authorization` header that are looked at; servers allow 4 to 16 KiB a line."""

_SHORTEST = 20
"""Characters of a plain token: 120 bits, where each is one of 64."""
_DIGEST_MARK = "sha256:"
_DIGEST_OF_NOTHING = hashlib.sha256(b"").digest()

_HINT = f'Write the token, or "{_DIGEST_MARK}" and the 64 hexadecimal digits of its digest'
_LONGER = 'Make one with: python -c "import secrets; print(secrets.token_urlsafe(32))"'


@dataclass(frozen=True, slots=True)
class Token:
    """A bearer token. What was sent is compared by its digest, so the token itself is not kept."""

    name: str
    """The project's name for it; its number from "1" on in a list."""
    digest: bytes = field(repr=False)
    """SHA-256."""


def read_tokens(problems: Problems) -> tuple[Token, ...]:
    given = getattr(settings, "STATUS_TOKENS", ())
    if isinstance(given, Mapping):
        named = [*given.items()]
    elif is_list(given):
        named = [(str(number), text) for number, text in enumerate(given, start=1)]
    else:
        text = f"it is a {type_of(given)}, neither a list nor a mapping"
        problems.tell("E013", "STATUS_TOKENS", text, 'Write a list of tokens, or a mapping, as {"grafana": "…"}')
        return ()
    tokens: dict[bytes, Token] = {}
    for at, (name, token) in enumerate(named):
        entry = f"[{at}]"  # by its place in a mapping too: a name and a token are easily swapped
        try:
            read = Token(_name(name), _digest(token))
        except ValueError as error:
            problems.tell("E013", "STATUS_TOKENS", str(error), _HINT, entry)
            continue
        if read.digest in tokens:
            problems.tell("E013", "STATUS_TOKENS", "it is the same token as one before it", "Remove it", entry)
            continue
        tokens[read.digest] = read
        if len(token) < _SHORTEST:
            text = f"a token of less than {_SHORTEST} characters can be guessed"
            problems.warn("W003", "STATUS_TOKENS", text, _LONGER, entry)
    return tuple(tokens.values())


def _name(name: object) -> str:
    if not isinstance(name, str) or not name.strip():
        raise ValueError("it has no name")
    return name


def _digest(token: object) -> bytes:
    """Of the token, or the one that it says; ValueError, which never tells the token, where it can't be one."""
    if not isinstance(token, str):
        raise ValueError(f"it is a {type_of(token)}, not a text")
    if not token:
        raise ValueError("it is empty")
    if token.lower().startswith(_DIGEST_MARK):
        return _said_digest(token[len(_DIGEST_MARK) :])
    if any(sign.isspace() or not sign.isprintable() for sign in token):
        raise ValueError("it has whitespace or an invisible character in it, which can't be sent")
    sent = token.encode()
    if len(sent) > MAX_AUTHORIZATION - len("Bearer "):
        raise ValueError("it is longer than what is read of a header")
    return hashlib.sha256(sent).digest()


def _said_digest(digits: str) -> bytes:
    if len(digits) != 64 or not set(digits) <= set(string.hexdigits):
        raise ValueError(f"after {_DIGEST_MARK} there are not 64 hexadecimal digits")
    digest = bytes.fromhex(digits)
    if digest == _DIGEST_OF_NOTHING:  # as `printf %s "$TOKEN" | sha256sum` gives where no such variable is set
        raise ValueError("it is the digest of the empty text")
    return digest
