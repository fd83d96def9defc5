"""Secrets that stand under their names in a text: `password=…`, `"token": "…"`, `Cookie: …`, `invalid token …`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .harmless import is_amount, is_nothing, is_of_a_path, is_phrase, is_plain_speech, says_nothing
from .masking import MASK, Allowance, Secret, compiled
from .names import KINDS_OF_KEY, is_secret_name, tells_of_fault
from .notation import LINE_BELOW, MORE_WORDS, REST_OF_LINE, TAGGED, VALUE, content, masked_value

_WORDS = ("pass", "pwd", "pw", "secret", "token", "credential", "auth", "cookie", "sess", "key", "jwt")
_STRINGS = ("connectionstring", "connection_string", "connection-string", "connection string")
STEMS = (*_WORDS, *_STRINGS, "connect.sid")
_LONGEST_NAME = 200
_NAME_CHARACTERS = "abcdefghijklmnopqrstuvwxyz0123456789_.-"
_AFTER_NAME = "\\\"'`]) \t\xa0"
_KINDS_BEFORE_KEY = tuple(f"{kind} " for kind in KINDS_OF_KEY)
_LONGEST_KIND = max(map(len, _KINDS_BEFORE_KEY))

# From a stem to the end of its name, in lower-cased text, and what stands between the name and a value: `a=`,
# `"a": "`, `a 'x'`, `<a>`, `a provided: x`, `"name": "a", "value": "x"`, `a 0123456789abcdef`. Every part of that may
# be missing: so a stem's match never fails and never goes back far, and the next begins behind it.
_STEM = re.compile(
    rf"""(?:{"|".join(_WORDS)}|connect(?:ion[ _-]?string|\.sid))[\w.-]*
    [\\"'`\])]{{0,12}} [ \t\xa0]{{0,40}}
    (?: (?P<mark>=>|->|:=|[=:]) [ \t\xa0]{{0,40}}
      | (?P<blank>(?<=[ \t])) (?=[bru]{{0,2}}["'`])
      | (?P<tag>(?<=[\w.-])>)
      | (?P<said>(?<=[ \t])(?:provided|supplied|given|received|specified|used)[ ]?:) [ \t]{{0,40}}
      | (?=(?P<record>[,;]?\s{{0,40}}(?=[\w"'\\])
          (?:["'\\]{{0,4}}(?!\w{{0,20}}value)\w{{1,20}}["'\\]{{0,4}}[ ]?[:=][ ]?
            ["'\\]{{0,4}}[\w.-]{{1,40}}["'\\]{{0,4}}[,;]?\s{{1,40}})?
          ["'\\]{{0,4}}(?:parameter)?value["'\\]{{0,4}}[ ]?[:=][ \t]{{0,40}}))
      | (?P<bare>(?<=[ \t])) (?=[\w+/=-]{{16}})
    )?""",
    re.VERBOSE,
)
_FIELD = r"""(?:name|key|variable|header|setting)["'\\]{0,4}[ ]{0,4}[:=][ ]{0,4}["'\\]{0,4}[/\w:-]{0,40}\Z"""
_REST_OF_LINE_STEMS = ("auth", "cookie", "connect")
_REST_OF_LINE_NAME = re.compile(r"(?:authorization|cookies?|connection[ _-]?string)(?![\w.-])")
_CLOSED = r"""["'`)\]][ \t]*\Z"""
# With the bars that a traceback draws beside the errors of a group.
_BEGINS_LINE = r"""(?:\A|\n)[\s"'|-]*\Z"""
# A Kubernetes secret's name.
_ABSENT = r"""["'`](?: (?:was |is )?(?:not found|forbidden)| already exists| does not exist| in (?:the )?namespace)"""
_RANDOM = r"(?=[A-Za-z_+/=-]*[0-9])(?=[0-9_+/=-]*[A-Za-z])[\w+/=-]{16,}"
_REFUSED = (
    r"(?:invalid|incorrect|bad|wrong|unknown|expired|revoked|malformed|rejected|unauthori[sz]ed)[ ](?:\w{1,12}[ ])?\Z"
)
_CAMEL_FAULT = (
    r"(?:[\w.]*\.)?(?:(?:Invalid|Missing|Expired|Bad|Unknown|Wrong|Incorrect|Malformed|No)[A-Z][A-Za-z]*"
    r"|[A-Z][A-Za-z]*(?:Invalid|Missing|Expired|Required|NotFound|Failed|Denied|Rejected))"
)
_WORD_BEFORE = r"(?:\A|\s)[a-z]{1,20}[ ]\Z"
_PHRASED = ("pass", "pwd")


def named_secrets(text: str, lowered: str, allowance: Allowance) -> Iterator[Secret]:
    """What stands under a secret's name."""
    done = 0
    for found in _STEM.finditer(lowered):
        separator = found.lastgroup
        is_candidate = separator is not None and found.start() >= done
        if allowance.is_spent(candidate=is_candidate):
            yield max(done, found.start()), len(text), MASK
            return
        secret = _secret(text, lowered, found, separator, done) if separator and is_candidate else None
        if secret:
            done = secret[1]
            yield secret


def _secret(text: str, lowered: str, found: re.Match[str], separator: str, done: int) -> Secret | None:
    """What the name with this stem has for a value, if it is a secret's name and has one."""
    stem = found.start()
    start = stem
    if stem > done and lowered[stem - 1] in _NAME_CHARACTERS:
        before = lowered[max(stem - _LONGEST_NAME, done) : stem]
        start -= len(before) - len(before.rstrip(_NAME_CHARACTERS))
    end = found.start(separator)
    name = text[start:end].rstrip(_AFTER_NAME)
    if not _names_secret(text, start, name):
        told = separator == "mark" and tells_of_fault(name)
        return _token(text, found.end(), refused=True) if told else None
    if separator == "bare":
        refused = compiled(_REFUSED).search(lowered, max(start - 40, 0), start) is not None
        return _token(text, found.end(), refused=refused)
    if separator == "record" and not compiled(_FIELD).search(lowered, max(start - 60, 0), start):
        return None
    value = _value(text, lowered, found, start, end)
    if value is None or _is_prose(name, value, lowered, found, start):
        return None
    stop = value.end()
    if not value["quote"] and _may_have_blanks(text, name, value, found):
        more = compiled(MORE_WORDS, re.VERBOSE).match(lowered, stop)
        stop = more.end() if more else stop
    said = content(value)
    if is_amount(name, said) or (stop == value.end() and (says_nothing(said) or is_nothing(lowered, value.start()))):
        return None
    return value.start(), stop, masked_value(value)


def _value(text: str, lowered: str, found: re.Match[str], start: int, end: int) -> re.Match[str] | None:
    at = found.end("record") if found["record"] else found.end()
    if found["blank"] is not None and compiled(_CLOSED).search(text, max(end - 50, start), end):
        return None  # a list of names, as "'token' 'host'"
    if found["tag"] is not None:
        return compiled(TAGGED).match(lowered, at) if text.endswith("<", 0, start) else None
    stem = found.start()
    if lowered.startswith(_REST_OF_LINE_STEMS, stem) and _REST_OF_LINE_NAME.match(lowered, stem):
        return compiled(REST_OF_LINE, re.VERBOSE | re.DOTALL).match(lowered, at)
    if lowered.startswith("\n", at) and not compiled(_BEGINS_LINE).search(text, max(start - 80, 0), start):
        return None  # prose, as "Invalid token:" above something indented
    return VALUE.match(lowered, at) or compiled(LINE_BELOW).match(lowered, at)


def _is_prose(name: str, value: re.Match[str], lowered: str, found: re.Match[str], start: int) -> bool:
    """Whether it is something said of a secret."""
    at = value.start()
    if found["blank"] is not None:
        ends = max(value.end() - 1, 0)
        return name.lower() in ("secret", "secrets") and compiled(_ABSENT).match(lowered, ends) is not None
    if found["mark"] != ":" or value["quote"]:
        return False
    if is_phrase(lowered, at):
        return True
    if lowered.startswith("/", start - 1) and start and is_of_a_path(lowered, at):
        return True
    in_prose = compiled(_CAMEL_FAULT).fullmatch(name) or (
        name.lower() == "pass" and compiled(_WORD_BEFORE).search(lowered, max(start - 22, 0), start)
    )
    return bool(in_prose) and is_plain_speech(lowered, at)


def _may_have_blanks(text: str, name: str, value: re.Match[str], found: re.Match[str]) -> bool:
    """Whether a bare value may be a passphrase: not in DSNs and queries, where a blank ends it."""
    mark = found["mark"]
    if mark is None or value[0][-1:] in "\n)]}" or not any(part in name.lower() for part in _PHRASED):
        return False
    return mark == ":" or (mark == "=" and text[found.start("mark") - 1] in " \t")


def _token(text: str, start: int, *, refused: bool) -> Secret | None:
    """What looks like a token and nothing else; with dashes in it only where it is said to be refused."""
    token = compiled(_RANDOM).match(text, start)
    if token is None or not (refused or token[0].rstrip("=").isalnum()):
        return None
    return token.start(), token.end(), MASK


def _names_secret(text: str, start: int, name: str) -> bool:
    if is_secret_name(name):
        return True
    if text.endswith("\\", 0, start) and is_secret_name(name[1:]):
        return True  # in a repr a new line is a backslash and an "n", which seems to be the name's first letter
    # Of two words, as "Invalid API key".
    before = text[max(start - _LONGEST_KIND, 0) : start].lower()
    return before.endswith(_KINDS_BEFORE_KEY) and is_secret_name(f"api {name}")
