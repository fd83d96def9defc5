"""What stands under a secret's name and is none: nothing, yes and no, amounts, and what software says of a secret.

Whatever is not known for that is a secret. The phrases are told whole, since a passphrase may begin with their words.
"""

from __future__ import annotations

import re

from .masking import compiled
from .names import is_measure

_LONGEST = 80
_NOTHING = frozenset(
    ("", "none", "null", "nil", "undefined", "unset", "n/a", "true", "false", "yes", "no", "on", "off", "-", "...", "…")
)
_NOTHING_THERE = r"""\[\]|\{\}|\(\)|(?:none|null|true|false)(?=[,)\]}]|[ \t]*(?:\Z|\n))"""
_AMOUNT = r"-?\d{1,15}(?:\.\d{1,15})?"
# "pass" is also a turn and a state: `first_pass=3`, `pass: 200`.
_SMALL = r"\d{1,3}(?:\.\d{1,3})?%?"
_PASS = re.compile(r"pass[\W\d_]*\Z", re.IGNORECASE)

_STATED = (
    "required|missing|invalid|incorrect|wrong|expired|revoked|rejected|empty|blank|unset|unknown|malformed|mandatory"
    "|too (?:short|long|common)|(?:not|never) (?:set|given|provided|supplied|found|configured|valid|allowed|specified"
    "|required|present|empty|blank|null)"
)
_BEING = (
    "set|given|provided|supplied|specified|changed|a string|a valid string|unique|present|longer|shorter|stronger"
    "|(?:blank|null|empty|none|omitted)(?: or (?:blank|null|empty|none))?"
    "|at (?:least|most) [0-9]{1,4} characters?(?: long)?|(?:longer|shorter) than [0-9]{1,4} characters?"
)
# Of Django, REST framework, pydantic, click, argparse and the like.
_PHRASE = (
    rf"(?:(?:this |the )?(?:field|value|password|token|key|option|argument|setting) )?(?:"
    rf"(?:(?:is|are|was|were|has|have)(?: been)? )?(?:{_STATED})(?: (?:or|and) (?:{_STATED}))?"
    rf"|(?:must|may|can|should|cannot|can't)(?: not)? be (?:{_BEING})"
    r"|(?:is )?too (?:short|common|similar to the [a-z ]{1,20})|expected (?:one|at least one) argument"
    r"|none is not an allowed value|none given|no such option|input should be a valid string|field required"
    r"|not a valid string|invalid (?:value|format|length|type|input|signature|header|padding))"
    r"""(?=["'`.!]?(?:[\s.!]*(?:\Z|\n)|[.!,;)\]}"'`<]))"""
)
# Of curl, requests, servers and shells, of the path before the colon.
_OF_A_PATH = (
    r"[1-5][0-9][0-9] [a-z][a-z]|no such file or directory|permission denied|is a directory|not a directory"
    r"|file exists|read-only file system|connection (?:refused|reset|timed out|aborted)|timed out|not found\b"
)
_PLAIN_WORD = r"[^\W\d_]{1,24}(?:[\u2019'][^\W\d_]{1,4})?[.,:;!]?(?=[ \t]+[^\W\d_]|[ \t]*(?:\Z|\n))"


def says_nothing(text: str) -> bool:
    """Whether this whole value is none, or a well-known phrase about one that is missing or wrong."""
    if len(text) > _LONGEST:
        return False
    said = text.strip(" \t\n.!").lower()
    return said in _NOTHING or (" " in said and is_phrase(said, 0))


def is_nothing(lowered: str, start: int) -> bool:
    """Whether nothing stands there, whatever follows: the rest of a line that is JSON, or a bracket and its end."""
    return compiled(_NOTHING_THERE).match(lowered, start) is not None


def is_amount(name: str, text: str) -> bool:
    """Whether the value is a number under a name of amounts, or a small one under one that ends in "pass"."""
    if not text[-1:].isalnum() and not text.endswith("%"):
        return False
    if compiled(_AMOUNT).fullmatch(text) and is_measure(name):
        return True
    return compiled(_SMALL).fullmatch(text) is not None and _PASS.search(name) is not None


def is_phrase(lowered: str, start: int) -> bool:
    """Whether one of the well-known phrases stands there, up to the end of its sentence."""
    return compiled(_PHRASE).match(lowered, start) is not None


def is_of_a_path(lowered: str, start: int) -> bool:
    """Whether what is said there is said of a path: `…/token: 503 Service Unavailable`."""
    return compiled(_OF_A_PATH).match(lowered, start) is not None


def is_plain_speech(lowered: str, start: int) -> bool:
    """Whether words of letters alone stand there."""
    return compiled(_PLAIN_WORD).match(lowered, start) is not None
