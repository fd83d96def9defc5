"""Secrets in statements of SQL and Redis."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .masking import MASK, Allowance, Secret, compiled, places
from .notation import VALUE, masked_value

STATEMENTS = ("identified ", "requirepass", "masterauth", "set password for ")
_SAID_OF = r"is|was|are|not|and|or|has|have|in|to|for|with|must|may|can|should|directive|option|setting|config\w*|value"
_STATEMENT = rf"""identified[ ]{{1,4}}(?:with[ ][^\s;]{{1,60}}[ ]{{1,4}})?(?:by|as)[ ]{{1,4}}(?:password[ ]{{1,4}})?
    (?: (?P<quoted>(?=["'`])) | (?P<bare>(?=\S)) )
  | (?:requirepass|masterauth)(?=["'\s])["']?,?[ \t]{{1,20}} (?!(?:{_SAID_OF})\b)
  | set[ ]password[ ]for[ ](?:[^=\n]{{1,160}})=[ ]?(?:password\()? (?P<set>(?=["'`]))"""
_OF_A_USER = r"\b(?:user|role)[ ]"

# Redis's AUTH with one or two arguments, as a whole line, a quotation, or what redis-py says of a pipeline's command;
# mechanisms and states of mail servers are told apart by their words. The end is optional, so that a match never fails
# and goes back.
REDIS_AUTH = ("auth ", "auth'", 'auth"')
_AUTH_SAYS = (
    r"(?:login|plain|failed|required|error|errors|tls|ssl|external|gssapi|ntlm|is|was|not|command|mechanisms?|token"
    r"|cram-md5|digest-md5|xoauth2|oauthbearer|scram-[\w-]+|missing|disabled|enabled|ok|successful|succeeded|rejected)\b"
)
_ARGUMENT = r"""(?:[^\s"')]+|\)(?![\s"']|\Z))+"""
_AUTH = rf"""(?:AUTH|auth)(?P<opened>["']?)[ ]{{1,4}}(?P<quoted>["'])?(?P<first>{_ARGUMENT})["']?
  (?:[ ]{{1,4}}["']?(?P<second>{_ARGUMENT})["']?)?(?P<end>(?=[ \t\r]*(?:\n|\Z|["')\]])))?"""


def statement_secrets(text: str, lowered: str, allowance: Allowance) -> Iterator[Secret]:
    """Of `IDENTIFIED BY 'x'`, `SET PASSWORD FOR 'u' = 'x'`, `requirepass x` what is set."""
    done = 0
    for place in places(lowered, STATEMENTS):
        found = compiled(_STATEMENT, re.VERBOSE).match(lowered, place)
        if allowance.is_spent(candidate=found is not None):
            yield max(done, place), len(text), MASK
            return
        if found is None or (found["bare"] is not None and not _is_sql(lowered, found.start())):
            continue
        value = VALUE.match(lowered, found.end()) if found.start() >= done else None
        if value:
            done = value.end()
            yield value.start(), done, masked_value(value)


def _is_sql(lowered: str, start: int) -> bool:
    return compiled(_OF_A_USER).search(lowered, max(start - 120, 0), start) is not None


def redis_secrets(text: str, lowered: str, allowance: Allowance) -> Iterator[Secret]:
    """Of `AUTH x` and `AUTH user x` the last."""
    done = 0
    for place in places(lowered, REDIS_AUTH):
        found = compiled(_AUTH, re.VERBOSE).match(text, place) if place >= done else None
        is_candidate = found is not None and found["end"] is not None and _is_command(text, found)
        if allowance.is_spent(candidate=is_candidate):
            yield max(place, done), len(text), MASK
            return
        done = found.end() if found else done
        if found is None or not is_candidate or compiled(_AUTH_SAYS, re.IGNORECASE).match(found["first"]):
            continue
        yield (*found.span("second" if found["second"] else "first"), MASK)


def _is_command(text: str, found: re.Match[str]) -> bool:
    start = found.start()
    before = text[start - 1 : start]
    if before in ('"', "'", "("):
        return True
    shouted = found[0].startswith("AUTH")
    return shouted and (before in ("", "\n") or text.endswith(("HELLO 2 ", "HELLO 3 "), 0, start))
