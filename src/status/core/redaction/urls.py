"""Secrets in URLs: passwords and tokens before an "@", and what queries and JDBC carry under names of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .masking import MASK, Allowance, Secret, compiled

_TOKEN_LENGTH = 20
# Whose paths may hold an "@". In a URL of a database or a broker it ends a password, whatever that holds.
_WEB = ("http", "https", "ws", "wss", "ssh", "git", "ftp")
_LOWEST_FREE_PORT = 1024
_WELL_KNOWN_PORTS = (21, 22, 80, 443)
JDBC_ORACLE = "jdbc:oracle:"

# What a URL may hold: anything up to a space, a closing quote, or the next URL of a list.
_RUN = re.compile(
    r"""(?: [^\s"'`,;|&=]+
      | ["'`] (?![\s,;:)\]}>"'`] | \Z)
      | [,;|&=] (?![a-zA-Z][a-zA-Z0-9+.-]{0,20}://)
    )*""",
    re.VERBOSE,
)
_USER = re.compile(r"\[[^\s\]@]*\]|[^\s:/?#\[\]]*")
_PORT = re.compile(r":(\d{1,5})(?=[/?#])")
_NEXT_OF_LIST = re.compile(r"(?<=[,;])[ \t]{1,4}(?=[^\s:/?#@,;]{0,64}:)")
# In a query alone: elsewhere these are words of prose, of code and of other things.
_QUERY = r"""(?x)[?&;](?: (?:pass|key|sig|auth|otp|(?:[\w-]{1,20}-)?signature) = (?P<value>[^\s&\#"'<>]+)
      | code = (?P<code>[^\s&\#"'<>]{16,})
    )"""

# Without a scheme: a user that stands for a token, or what a port, a path or Go's `tcp(` shows to be a host, or a
# password that can be nothing else.
_TOKEN_USERS = ("oauth2", "x-token-auth", "x-access-token", "x-oauth-basic", "gitlab-ci-token", "__token__")
_AUTHORITY = r""":(?://[^\s"'`<>,;]{0,512}|(?P<password>[^\s:"'`<>]{1,256})@(?:(?P<certain>(?:tcp|unix|udp)\(|[\w.-]{1,255}:[0-9]{1,5}(?![\w.-]))
  |(?P<likely>[a-zA-Z][\w.-]{0,255}/)|(?P<bare>[a-zA-Z0-9])))"""
_LONGEST_USER = 100
_SHORTEST_RANDOM = 8
# What is left of a scheme that was misspelt: `redis//u:…`, `redis:/u:…`, `//u:…`.
_MISSPELT = re.compile(r"[a-zA-Z][\w+.-]{0,20}(?:://?|//)|//")
_WORD_SIGNS = dict.fromkeys(map(ord, "._-"))
_ENDS = str.maketrans(dict.fromkeys("\t\r\n\"'`<>,;=()[]{}|", " "))
# What stands before an address that is no user's: `mailto:ann@example.org`.
_LABELS = frozenset(
    ("mailto", "sip", "sips", "xmpp", "acct", "im", "from", "to", "cc", "bcc", "by", "user", "email", "jdbc")
)


def authority_secrets(text: str, lowered: str, allowance: Allowance) -> Iterator[Secret]:
    """Of `user:password@host:port` and the like, where no scheme stands before, the password."""
    done = 0
    for found in compiled(_AUTHORITY, re.VERBOSE).finditer(lowered):
        if found.start() < done or found["password"] is None:
            continue  # the latter is a URL
        is_candidate = found["bare"] is None or not found["password"].isalpha()
        if allowance.is_spent(candidate=is_candidate):
            yield max(done, found.start()), len(text), MASK
            return
        if lowered.endswith(_TOKEN_USERS, done, found.start()):
            done = found.end("password")
            yield found.start("password"), done, MASK
        elif is_candidate:
            before = text[max(found.start() - _LONGEST_USER, done) : found.start()].translate(_ENDS).rpartition(" ")[2]
            scheme = _MISSPELT.match(before)
            user, colon, rest = before[scheme.end() if scheme else 0 :].partition(":")
            start = found.start("password") - len(rest + colon)
            if _is_authority(user, text[start : found.end("password")], found, misspelt=scheme is not None):
                done = found.end("password")
                yield start, done, MASK


def _is_authority(user: str, password: str, found: re.Match[str], *, misspelt: bool) -> bool:
    if "/" in user or password.isdigit():
        return False
    if not user[:1].isalpha() and not (misspelt and not user):
        return False
    if user.lower() in _LABELS or found.string.startswith("sha", found.end("password") + 1):
        return False  # the latter is an image and its digest
    if misspelt and "." in user and _PORT.match(f":{password}"):
        return False  # `//cdn.example.org:8080/@x`
    if found["bare"] is not None and not misspelt:
        return _seems_random(password)
    return bool(found["certain"]) or not password.translate(_WORD_SIGNS).isalpha()


def _seems_random(password: str) -> bool:
    """Whether it can't well be the first half of an address or a version: of three kinds of signs."""
    kinds = (str.isdigit, str.islower, str.isupper, lambda sign: not sign.isalnum() and sign not in "._-+")
    return len(password) >= _SHORTEST_RANDOM and sum(any(map(kind, password)) for kind in kinds) >= 3


def url_secrets(text: str, lowered: str, allowance: Allowance) -> Iterator[Secret]:
    """Of every URL in the text what is before its last "@", less the user's name."""
    run_end = last_at = 0
    colon = text.find("://")
    start = colon + 3
    while colon >= 0:
        if allowance.is_spent():
            yield colon, len(text), MASK
            return
        if start > run_end:  # else it is within the run that was looked at: not twice
            run_end = _end_of(_RUN, text, start)
            last_at = text.rfind("@", start, run_end)
        secret = _userinfo_secret(text, colon, start, last_at)
        if secret:
            yield secret
            start = secret[1]
        if secret and start == last_at and (following := _NEXT_OF_LIST.match(text, run_end)):
            colon, start = run_end, following.end()
        else:
            colon = text.find("://", start if start < last_at else run_end)
            start = colon + 3


def _userinfo_secret(text: str, colon: int, start: int, last_at: int) -> Secret | None:
    """The secret of an authority. A password may hold anything, so it goes to the last "@"."""
    if last_at < start:
        return None
    user_end = _end_of(_USER, text, start)
    if text.startswith(":", user_end, last_at):
        if _is_host(text, colon, start, user_end):
            return None
        if user_end + 1 < last_at:
            user_is_long = user_end - start >= _TOKEN_LENGTH and "@" not in text[start:user_end]
            return (start, last_at, f"{MASK}:{MASK}") if user_is_long else (user_end + 1, last_at, MASK)
        user_end = last_at + 1  # an empty password: the user may be the token
    at = text.rfind("@", start, user_end)
    users = text[start : max(at, start)].split("@")
    longest = max(len(user) - 1 - max(user.rfind(","), user.rfind(";")) for user in users)
    return (start, at, MASK) if longest >= _TOKEN_LENGTH else None


def _is_host(text: str, colon: int, start: int, end: int) -> bool:
    """Whether host, port and path come before the "@", as in `https://example.org:8443/@vite`.

    A password that begins with digits and a slash looks the same: so it is a host only where it can't well be a user.
    """
    port = _PORT.match(text, end)
    if port is None or not text.endswith(_WEB, 0, colon):
        return False
    number = int(port[1])
    host = text[start:end].rpartition("@")[2]
    seems_port = number in _WELL_KNOWN_PORTS or number >= _LOWEST_FREE_PORT
    return seems_port and (host == "localhost" or "." in host or host.startswith("["))


def query_secrets(text: str, lowered: str, allowance: Allowance) -> Iterator[Secret]:
    """In a query: `?key=…`, `&sig=…`."""
    for found in compiled(_QUERY).finditer(lowered):
        if allowance.is_spent():
            yield found.start(), len(text), MASK
            return
        group = "code" if found["value"] is None else "value"
        yield (*found.span(group), MASK)


def oracle_secrets(text: str, lowered: str, allowance: Allowance) -> Iterator[Secret]:
    """Of `jdbc:oracle:thin:user/password@host` the password."""
    start = lowered.find(JDBC_ORACLE)
    while start >= 0:
        if allowance.is_spent():
            yield start, len(text), MASK
            return
        run_end = _end_of(_RUN, text, start)
        at = text.rfind("@", start, run_end)
        slash = text.find("/", start, max(at, start))
        if slash >= 0:
            yield slash + 1, at, MASK
        start = lowered.find(JDBC_ORACLE, run_end)


def _end_of(pattern: re.Pattern[str], text: str, start: int) -> int:
    return match.end() if (match := pattern.match(text, start)) else start
