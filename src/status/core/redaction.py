"""Secrets never leave: what is masked in plain values, texts and errors.

Every pattern is linear in its input: it starts at a literal or at the start of a word, so that its runs can't overlap,
and once past the point where a secret is certain nothing that follows can fail, so that it never goes back.
"""

from __future__ import annotations

import re
from collections import deque
from functools import lru_cache
from traceback import TracebackException
from typing import TYPE_CHECKING

from .states import as_state
from .values import encodable, free_key, shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .observation import Json

MASK = "********"
MAX_TEXT = 64 * 1024
MAX_LINE = 500
MAX_TRACEBACK = 16 * 1024
_LONGEST_NAME = 200
_TOKEN_LENGTH = 20
# A URL or a secret's name every 32 characters is no message to anyone: what follows goes whole, and costs no time.
_MOST_CANDIDATES = MAX_TEXT // 32

_KEYS = "api|access|private|secret|ssl|session|account|encryption|signing|master"
_CAMEL_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_PLAIN_WORDS = re.compile(r"[a-z]+")
# Searched in " the words of a name ". Some words are in use grown together.
_SECRET_WORDS = re.compile(
    r"[ ](?:[a-z]*pass(?:word|wd|phrase)s?|pwds?|credentials?|authori[sz]ations?|cookies?"
    r"|(?:client|app)?secrets?|(?:auth|csrf|csrfmiddleware|access|refresh)?tokens?|session[ ]?ids?"
    rf"|(?:{_KEYS})[ ]?keys?)[ ]"
)


def is_secret_name(name: str) -> bool:
    """Whether what goes by this name is a secret: it has a secret's word in it, as a whole word."""
    # The end says what it is: "settings.databases.default.password". The cut also bounds what the cache holds.
    return _is_secret(name[-_LONGEST_NAME:])


@lru_cache(maxsize=4096)
def _is_secret(name: str) -> bool:
    words = [*_CAMEL_WORDS.findall(name), "|", *_PLAIN_WORDS.findall(name.lower())]
    return _SECRET_WORDS.search(f" {' '.join(words).lower()} ") is not None


# The shortest shape that gives a secret away without any of `:`, `=`, `@`, quotes and spaces has 15 characters.
_HARMLESS = re.compile(r"[\w.-]{0,14}")

_PRIVATE_KEY = re.compile(
    r"-{4,5} ?BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY.*?(?:-{4,5} ?END [A-Z0-9 ]{0,60}(?:-{4,5})?|\Z)", re.DOTALL
)

# What a URL may hold: anything up to a space, a closing quote, or the next URL of a list.
_URL_RUN = re.compile(
    r"""(?: [^\s"'`,;|&=]+
      | ["'`] (?![\s,;:)\]}>"'`] | \Z)
      | [,;|&=] (?![a-zA-Z][a-zA-Z0-9+.-]{0,20}://)
    )*""",
    re.VERBOSE,
)
_USER = re.compile(r"[^\s:/?#\[\]]*")
_PORT = re.compile(r":\d{1,5}(?=[/?#,;])")

_STEMS = ("passw", "passphrase", "pwd", "secret", "token", "credential", "authori", "cookie", "session", "key")
# A name and what stands between it and its value, in lower-cased text: `a=`, `"a": "`, `a 'x'`, `--a x`, `a)=(`.
_NAME = re.compile(
    rf"""(?<![\w.-]) (?=(?:{_KEYS})[ ]key|[\w.-]*?(?:{"|".join(_STEMS)}))
    (?P<name> (?P<option>--)? (?:(?:{_KEYS})[ ])? [\w.-]+ (?P<rest>(?<=authorization)|(?<=cookie)|(?<=cookies))? )
    (?: [\\"'\])]{{0,4}}[ \t]{{0,40}} (?:=>|:=|[=:]) [ \t]{{0,40}}
      | [ \t]{{1,40}} (?=["'])
      | (?(option)["']?,?[ \t]{{1,40}}|(?!))
    )""",
    re.VERBOSE,
)


def _body(quote: str) -> str:
    # Within an escaped quotation, as of JSON in a repr, the quotes inside have more than one backslash.
    return rf"""(?<=\\{quote}) (?:[^\\{quote}]+|\\{{2,}}{quote}?|\\(?![\\{quote}]))* (?:\\?{quote})?
      | (?<={quote}) (?:[^\\{quote}]+|\\.)* {quote}?"""


_QUOTED = rf"""(?P<quote>[bru]{{0,2}}\\?["']) (?:{_body('"')}|{_body("'")})"""
# A closing quote, bracket or comma ends a bare value only where the next thing seems to begin: passwords have commas.
_VALUE = re.compile(
    rf"""{_QUOTED}
    | [\[{{(\\][^\n]*
    | (?:(?:bearer|basic|digest|negotiate|token)[ ]{{1,4}})?
      (?: [^\s,;&)\]}}>"'`]+
        | [,;&] (?![\s,;&)\]}}>"'`] | \Z | [\w.-]{{1,40}}["']?[ ]?[=:])
        | [)\]}}>"'`] (?![\s,;:&)\]}}>"'`] | \Z)
      )+
    """,
    re.VERBOSE | re.DOTALL,
)
# Authorization and cookies hold spaces and semicolons: unquoted, the rest of the line goes.
_REST_OF_LINE = re.compile(rf"{_QUOTED} | [^\n]+", re.VERBOSE | re.DOTALL)

# Tokens without a name; the words of prose ("bearer token missing", "basic check") are none.
_BEARER = re.compile(
    r"""(?<!\w) (?P<scheme> [Bb]earer|BEARER | (?:[Bb]asic|BASIC)(?=[ \t]+[\w+/-]*[A-Z0-9=]) ) [ \t]{1,8}
    (?!(?i:auth\w*|tokens?|schemes?|realm|headers?|errors?|credentials?|is|was|not|and|or|missing|required)\b)
    [^\s"',;]+""",
    re.VERBOSE,
)
# Keys that carry their maker's mark: Amazon, JWT, GitHub, GitLab, Stripe, Slack, SendGrid, Google, npm.
_SHAPE_MARKS = ("AKIA", "ASIA", "eyJ", "gh", "hub_pat_", "glpat-", "k_live_", "k_test_", "xox", "SG.", "AIza", "npm_")
_SHAPES = re.compile(
    r"""(?<![A-Za-z0-9])(?:
        A[KS]IA[A-Z0-9]{16}(?![A-Za-z0-9])
      | (?<![\w-])eyJ[\w-]{5,}\.[\w-]{5,}\.[\w-]*
      | gh[pousr]_\w{20,} | github_pat_\w{20,} | glpat-[\w-]{16,}
      | [sr]k_(?:live|test)_\w{10,} | xox[abeoprs]-[\w-]{10,}
      | (?<![\w-])SG\.[\w-]{10,}\.[\w-]{10,} | AIza[\w-]{30,} | npm_\w{30,}
    )""",
    re.VERBOSE,
)


def redact_text(text: str) -> str:
    """The text, cut to MAX_TEXT, with whatever looks like a secret masked."""
    text = shorten(text, MAX_TEXT)
    if _HARMLESS.fullmatch(text):
        return text
    if "PRIVATE KEY" in text:
        text = _PRIVATE_KEY.sub(MASK, text)
    if "://" in text:
        text = _masked_at(text, _url_secrets(text))
    lowered = _lowered(text)
    if any(stem in lowered for stem in _STEMS):
        text = _masked_at(text, _named_secrets(text, lowered))
    if "bearer" in lowered or "basic" in lowered:
        text = _BEARER.sub(rf"\g<scheme> {MASK}", text)
    return _SHAPES.sub(MASK, text) if any(mark in text for mark in _SHAPE_MARKS) else text


def _masked_at(text: str, secrets: Iterator[tuple[int, int, str]]) -> str:
    parts: list[str] = []
    done = 0
    for start, end, mask in secrets:
        parts += text[done:start], mask
        done = end
    return "".join([*parts, text[done:]])


def _lowered(text: str) -> str:
    # As long as the text, so that positions agree: the dotted capital I is the one character that grows.
    return text.replace("\u0130", "I").lower()


def _url_secrets(text: str) -> Iterator[tuple[int, int, str]]:
    run_end = last_at = 0
    colon = text.find("://")
    for _ in range(_MOST_CANDIDATES):
        if colon < 0:
            return
        start = colon + 3
        if start > run_end:  # else it is within the run that was looked at: not twice
            run_end = _end_of(_URL_RUN, text, start)
            last_at = text.rfind("@", start, run_end)
        secret = _userinfo_secret(text, start, last_at)
        if secret:
            yield (*secret, MASK)
            start = secret[1]
        colon = text.find("://", start if start < last_at else run_end)
    if colon >= 0:
        yield colon, len(text), MASK


def _userinfo_secret(text: str, start: int, last_at: int) -> tuple[int, int] | None:
    """Where the secret of an authority begins and ends. A password may hold anything, so it goes to the last "@"."""
    if last_at < start:
        return None
    user_end = _end_of(_USER, text, start)
    if text.startswith(":", user_end, last_at):
        if _PORT.match(text, user_end):
            return None
        if user_end + 1 < last_at:
            return user_end + 1, last_at
        user_end = last_at + 1  # an empty password: the user may be the token
    at = text.find("@", start, user_end)
    return (start, at) if at - start >= _TOKEN_LENGTH else None


def _end_of(pattern: re.Pattern[str], text: str, start: int) -> int:
    return match.end() if (match := pattern.match(text, start)) else start


def _named_secrets(text: str, lowered: str) -> Iterator[tuple[int, int, str]]:
    done = 0
    for count, name in enumerate(_NAME.finditer(lowered)):
        if name.start() < done:
            continue
        if count >= _MOST_CANDIDATES:
            yield name.end(), len(text), MASK
            return
        if not _names_secret(text, *name.span("name")):
            continue
        value = (_VALUE if name["rest"] is None else _REST_OF_LINE).match(lowered, name.end())
        if value:
            quote = value["quote"] or ""
            done = value.end()
            yield value.start(), done, quote + MASK + quote.lstrip("bru")


def _names_secret(text: str, start: int, end: int) -> bool:
    if is_secret_name(text[start:end]):
        return True
    # In a repr a new line is a backslash and an "n", which seems to be the name's first letter.
    return text[start - 1 : start] == "\\" and is_secret_name(text[start + 1 : end])


def redact(tree: Json) -> Json:
    """The plain tree with its secrets masked: the same shape, the same numbers, booleans and nulls."""
    return _redacted(tree, secret=False)


def _redacted(tree: Json, *, secret: bool) -> Json:
    if isinstance(tree, str):
        return _masked(tree) if secret else redact_text(tree)
    if isinstance(tree, list):
        return [_redacted(item, secret=secret) for item in tree]
    if isinstance(tree, dict):
        return _redacted_mapping(tree, secret)
    return tree


def _masked(text: str) -> str:
    # A component may be called "token-service": its state tells nothing, nor does an empty string.
    return text if not text or as_state(text) else MASK


def _redacted_mapping(tree: dict[str, Json], secret: bool) -> Json:
    redacted: dict[str, Json] = {}
    repeats: dict[str, int] = {}
    names = [tree.get("name"), tree.get("key")]
    named_secret = any(isinstance(name, str) and is_secret_name(name) for name in names)
    for key, value in tree.items():
        inherited = secret or is_secret_name(key) or (named_secret and key == "value")
        redacted[free_key(redact_text(key), redacted, repeats)] = _redacted(value, secret=inherited)
    return redacted


# Besides spaces and control characters those that turn the direction of what follows: a line of log must stay one.
_BLANKS = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]+")
# The class's own name, whatever its metaclass says of it.
_name_of = type.__dict__["__name__"].__get__


def one_line(text: str, limit: int = MAX_LINE) -> str:
    """The text as one line of at most `limit` characters, which UTF-8 can hold."""
    line = encodable(_BLANKS.sub(" ", text[:MAX_TEXT]).strip())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def describe(error: BaseException) -> str:
    """The error as one redacted line, "ClassName: text". Never raises, whatever the error's own `__str__` does."""
    name = _name_of(type(error))
    try:
        text = redact_text(str.__str__(str(error)))
    except BaseException:  # noqa: BLE001 - SystemExit too: this is the last resort of those who tell of errors
        return one_line(f"{name} (its text can't be read)")
    return one_line(f"{name}: {text}" if text.strip() else name)


def describe_traceback(error: BaseException, frames: int = 20) -> str:
    """The redacted traceback with causes and notes: the last `frames` frames of each, 16 KiB of the end in all.

    Never raises: what can't be formatted is described in one line.
    """
    try:
        # By whole paragraphs (a frame, a message) and then as one text, since a private key has more than one line.
        text = redact_text("".join(_last_paragraphs(error, frames)))
    except BaseException:  # noqa: BLE001 - as above
        return describe(error)
    if len(text) > MAX_TRACEBACK:
        text = "…" + text[1 - MAX_TRACEBACK :]
    return encodable(text)


def _last_paragraphs(error: BaseException, frames: int) -> deque[str]:
    kept: deque[str] = deque()
    size = 0
    told = TracebackException(type(error), error, error.__traceback__, limit=-frames)
    for paragraph in told.format():
        kept.append(shorten(paragraph, MAX_TRACEBACK))
        size += len(kept[-1])
        while size > MAX_TEXT:
            size -= len(kept.popleft())
    return kept
