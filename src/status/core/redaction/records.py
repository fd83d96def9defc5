"""Secrets that are the second of two, by a name or a user: `('token', 'x')`, `{"Name": "token", "Value": "x"}`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from .harmless import says_nothing
from .masking import MASK, Allowance, Secret, compiled
from .names import is_secret_name
from .notation import QUOTED, VALUE, content, masked_value

_PAIR = r"""\(b?["'](?P<pair>[\w.-]+)["'],[ \t]{0,4}(?=b?["'])"""
# `auth=('user', 'x')`, `HTTPBasicAuth("user", "x")`, `"auth": ["user", "x"]`.
_LOGIN = r"""auth["']?[ ]{0,4}(?:[=:][ ]{0,4})?[\[(]\s{0,40}b?(?:"[^"\n]{0,200}"|'[^'\n]{0,200}'),\s{0,40}(?=b?["'])"""
_CLOSED = r""",?\s{0,40}[\])]"""
# In XML the value may come first.
_VALUE_FIRST = (
    r"""value(?<![\w.-]value)[ ]?=[ ]?["'](?P<value>[^"'<>\n]{1,400})["']"""
    r"""[ ](?:key|name)[ ]?=[ ]?["'](?P<name>[\w.:-]{1,200})["']"""
)
_FIELDS_OF_NAME = frozenset(
    ("name", "key", "parameterkey", "parametername", "optionname", "variable", "variablename", "header", "setting")
)
_FIELDS_OF_VALUE = frozenset(("value", "values", "parametervalue", "stringvalue", "valuestring"))


def pair_secrets(text: str, lowered: str, allowance: Allowance) -> Iterator[Secret]:
    """The second of a pair whose first is named as a secret."""
    done = 0
    for found in compiled(_PAIR).finditer(lowered):
        name = text[found.start("pair") : found.end("pair")]
        is_candidate = found.start() >= done and is_secret_name(name)
        if allowance.is_spent(candidate=is_candidate):
            yield max(done, found.start()), len(text), MASK
            return
        value = VALUE.match(lowered, found.end()) if is_candidate else None
        if value and not says_nothing(content(value)):
            done = value.end()
            yield value.start(), done, masked_value(value)


def login_secrets(text: str, lowered: str, allowance: Allowance) -> Iterator[Secret]:
    """The password of a user and password that stand as a pair under `auth`."""
    done = 0
    for found in compiled(_LOGIN).finditer(lowered):
        if allowance.is_spent():
            yield max(done, found.start()), len(text), MASK
            return
        value = compiled(QUOTED, re.VERBOSE | re.DOTALL).match(lowered, found.end()) if found.start() >= done else None
        if value and content(value) and compiled(_CLOSED).match(lowered, value.end()):
            done = value.end()
            yield value.start(), done, masked_value(value)


def value_first_secrets(text: str, lowered: str, allowance: Allowance) -> Iterator[Secret]:
    """Of `value="x" key="Password"` the value."""
    for found in compiled(_VALUE_FIRST).finditer(lowered):
        is_candidate = is_secret_name(text[found.start("name") : found.end("name")])
        if allowance.is_spent(candidate=is_candidate):
            yield found.start(), len(text), MASK
            return
        if is_candidate and not says_nothing(found["value"]):
            yield (*found.span("value"), MASK)


def names_secret_value(record: Mapping[str, object]) -> bool:
    """Whether the mapping is a record of a secret's name and its value."""
    return any(
        isinstance(name, str) and field.lower() in _FIELDS_OF_NAME and is_secret_name(name)
        for field, name in record.items()
    )


def is_field_of_value(field: str) -> bool:
    """Whether a record of name and value has its value there."""
    return field.lower() in _FIELDS_OF_VALUE


def is_login(name: str, value: Sequence[object]) -> bool:
    """Whether it is a user and a password under `auth`."""
    return len(value) == 2 and name.lower().endswith("auth") and all(isinstance(each, str) for each in value)
