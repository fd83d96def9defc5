"""Which names are those of secrets."""

from __future__ import annotations

import re
from functools import lru_cache

KINDS_OF_KEY = (
    *("api", "app", "application", "access", "account", "private", "secret", "shared", "service", "session", "storage"),
    *("ssl", "tls", "ssh", "cert", "certificate", "encryption", "signing", "signature", "hmac", "fernet", "sas"),
    *("master", "deploy", "deployment", "consumer", "subscription", "license", "licence", "webhook"),
)
"""A key of one of these kinds is a secret; a key as such is not."""

_LONGEST_NAME = 200
_CAMEL_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_PLAIN_WORDS = re.compile(r"[a-z]+")
_KINDS = "|".join(KINDS_OF_KEY)
# Searched in " the words of a name ". Some words are in use grown together. The files are those of libpq, Redis and
# Celery that hold nothing but a password or a private key: where they lie is nobody's business either. "pass" is a
# secret's as the last word alone: `pass_after` and `pass_rate` are no passwords.
_SECRET_WORDS = re.compile(
    r"[ ](?:[a-z]*pass(?:word|wd|phrase|code|key)s?|pwds?|(?:bind|root|user|db)?pw|pass[ ]?file|[a-z]*requirepass"
    r"|(?!(?:by|(?:en|gyro)?com|tres|over|under|sur)pass)[a-z]*pass(?=[ ](?:\||$))"
    r"|credentials?|authori[sz]ations?|(?:basic|http|master)[ ]?auth|auth[ ]basic|cookies?|jwts?"
    r"|(?:client|app)?secrets?|(?:auth|csrf|csrfmiddleware|access|refresh)?tokens?"
    r"|(?:php|j|asp|net)?sess(?:ion)?[ ]?ids?|connect[ ]sid|connection[ ]?strings?|shared[ ]?access[ ]?signature"
    rf"|(?:{_KINDS})[ ]?keys?|(?:ssl[ ]?)?key[ ]?file)[ ]"
)
# What tells of a secret, and is none: `InvalidTokenError`, `password_errors`.
_FAULT = re.compile(r"[a-z](?:_?errors?|_?exception|_?warning)\Z|(?:Errors?|Exception|Warning)\Z")
# An amount of tokens, a length, an age: where this comes last a number is no secret.
_MEASURE = re.compile(
    r"(?:(?:^|[_.-])(?:tokens|count|length|len|size|limit|max|min|total|age|timeout|ttl|expiry|expires|expires_in"
    r"|seconds|days|hours|minutes|attempts|retries|version|port)"
    r"|(?<=[a-z])(?:Tokens|Count|Length|Size|Limit|Age|Timeout|Expiry|ExpiresIn|Seconds))\Z"
)


def is_secret_name(name: str) -> bool:
    """Whether what goes by this name is a secret: it has a secret's word in it, as a whole word."""
    # The end says what it is: "settings.databases.default.password". The cut also bounds what the cache holds.
    return _is_secret(name[-_LONGEST_NAME:])


@lru_cache(maxsize=4096)
def _is_secret(name: str) -> bool:
    words = [*_CAMEL_WORDS.findall(name), "|", *_PLAIN_WORDS.findall(name.lower())]
    return _SECRET_WORDS.search(f" {' '.join(words).lower()} ") is not None and not _FAULT.search(name)


def tells_of_fault(name: str) -> bool:
    """Whether it is the name of an error, as `InvalidTokenError` or `password_errors`."""
    return _FAULT.search(name[-_LONGEST_NAME:]) is not None


def is_measure(name: str) -> bool:
    """Whether a number by this name counts or measures something: `max_tokens`, `SESSION_COOKIE_AGE`."""
    return _is_measure(name[-_LONGEST_NAME:])


@lru_cache(maxsize=1024)
def _is_measure(end: str) -> bool:
    return _MEASURE.search(end) is not None or _MEASURE.search(end.lower()) is not None
