"""Secrets in a text.

Every pattern is linear in its input: it starts at a literal or at the start of a word, so that its runs can't overlap,
and once past the point where a secret is certain nothing that follows can fail, so that it never goes back.
"""

from __future__ import annotations

import re

from ..values import shorten
from .commands import COMMANDS, command_secrets, option_secrets
from .complaints import COMPLAINTS, complaint_secrets
from .encoded import decoded
from .marks import (
    PROMPT_FOR_PASSWORD,
    SCHEMES,
    cut_private_key,
    private_keys,
    scheme_secrets,
    smtp_secrets,
    without_marked,
)
from .masking import MAX_TEXT, Allowance, lowered, mask
from .named import STEMS, named_secrets
from .records import login_secrets, pair_secrets, value_first_secrets
from .statements import REDIS_AUTH, STATEMENTS, redis_secrets, statement_secrets
from .urls import JDBC_ORACLE, authority_secrets, oracle_secrets, query_secrets, url_secrets

# The shortest shape that gives a secret away without any of `:`, `=`, `@`, quotes and spaces has 15 characters.
_HARMLESS = re.compile(r"[\w.-]{0,14}")


def redact_text(text: str) -> str:
    """The text, cut to MAX_TEXT, with whatever looks like a secret masked.

    Where it holds one that was encoded, as a URL in the query of another, it comes out decoded.
    """
    text = shorten(text, MAX_TEXT)
    if _HARMLESS.fullmatch(text):
        return text
    allowance = Allowance()
    text = _redacted(text, allowance)
    plain = decoded(text)
    if plain == text:
        return text
    redacted = _redacted(plain, allowance)
    return text if redacted == plain else redacted


# What is looked for where the lower-cased text has one of these, which takes far less time than to look for it. In this
# order: each begins with the text that the one before it has left.
_FINDERS = (
    (("private",), private_keys),
    (("private",), cut_private_key),
    (("://",), url_secrets),
    ((JDBC_ORACLE,), oracle_secrets),
    (("@",), authority_secrets),
    (("=",), query_secrets),
    (STEMS, named_secrets),
    (("-",), option_secrets),
    (("('", '("', "(b"), pair_secrets),
    (("auth",), login_secrets),
    (("value=", "value ="), value_first_secrets),
    (COMMANDS, command_secrets),
    (STATEMENTS, statement_secrets),
    (REDIS_AUTH, redis_secrets),
    (COMPLAINTS, complaint_secrets),
    (SCHEMES, scheme_secrets),
    (("auth", PROMPT_FOR_PASSWORD), smtp_secrets),
)


def _redacted(text: str, allowance: Allowance) -> str:
    small = lowered(text)
    for literals, find in _FINDERS:
        for literal in literals:
            if literal in small:
                secrets = list(find(text, small, allowance))
                if secrets:
                    text = mask(text, secrets)
                    small = lowered(text)
                break
    return without_marked(text)
