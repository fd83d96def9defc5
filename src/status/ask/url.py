"""Asking a probe by its URL."""

from __future__ import annotations

from time import monotonic

from .connection import connected, encrypted
from .http import MAX_BODY, exchange
from .outcome import Misuse, NotWell, one_line, write

TIMEOUT_S = 1.0  # the kubelet's default
MAX_TIMEOUT_S = 600.0


def ask_url(url: str, options: dict[str, str]) -> None:
    place = _Place(url)
    host, unix = options.get("--host", place.authority), options.get("--unix")
    _no_spaces("--host", host)
    name = _host_and_port(host)[0]
    asked = place.shown if unix is None else f"{place.shown} by {unix}"
    timeout_s = _seconds(options.get("--timeout"))
    until = monotonic() + timeout_s
    try:
        connection = connected(place.host, place.port, unix, until)
        try:
            if place.secure:
                connection = encrypted(connection, name, "--insecure" in options, until)
            code, phrase, location, body = exchange(connection, host, place.target, until)
        finally:
            connection.close()
    except TimeoutError:
        raise NotWell(f"{asked}: no answer in {timeout_s:g} s") from None
    except (OSError, ValueError) as error:  # ValueError: a name that TLS, or a path that the system, can't have
        raise NotWell(f"{asked}: {(isinstance(error, OSError) and error.strerror) or error}") from None
    except NotWell as problem:
        raise NotWell(f"{asked}: {problem}") from None
    write(1, _printable(body))
    if not 200 <= code <= 299:
        # Whoever follows a redirect judges another answer than the one that was asked for.
        redirect = f", a redirect to {location}, which is not followed" if 300 <= code <= 399 and location else ""
        raise NotWell(f"{asked}: answered {code} {phrase}".rstrip() + redirect)


class _Place:
    """A URL, taken apart: all of it printable ASCII, so that nothing in it can become a header of its own."""

    __slots__ = ("authority", "host", "port", "secure", "shown", "target")

    def __init__(self, url: str) -> None:
        scheme, there, rest = url.partition("://")
        if not there or scheme.lower() not in ("http", "https"):
            shown = url if "@" not in url and "?" not in url else "this"  # which may have a password in it
            raise Misuse(f"{shown} is no URL that begins with http:// or https://")
        _no_spaces("the URL", url)
        rest = rest.partition("#")[0]
        end = min(at for at in (rest.find("/"), rest.find("?"), len(rest)) if at >= 0)
        self.secure = scheme.lower() == "https"
        self.authority = rest[:end]
        self.target = rest[end:] if rest[end:].startswith("/") else f"/{rest[end:]}"
        if "@" in self.authority:
            raise Misuse("a user and a password can't be given in the URL")  # nor are they shown
        self.host, port = _host_and_port(self.authority)
        if not self.host:
            raise Misuse(f"{url} names no host")
        self.port = (443 if self.secure else 80) if port is None else port
        # Without the query, which may have a token in it: what is printed ends up in others' logs.
        self.shown = f"{scheme}://{self.authority}{self.target.partition('?')[0]}"


def _host_and_port(authority: str) -> tuple[str, int | None]:
    if authority.startswith("["):
        host, _, rest = authority[1:].partition("]")
        colon, port = rest[:1], rest[1:]
    else:
        host, colon, port = authority.partition(":")
    if colon not in ("", ":") or ("[" in authority and "]" not in authority):
        raise Misuse(f"{authority} is no host and port; an IPv6 address is written as [::1]:8000")
    if not port:
        return host, None
    if not (port.isdecimal() and len(port) <= 5 and 0 < int(port) < 65536):
        raise Misuse(f"{port} is no port; an IPv6 address is written as [::1]:8000")
    return host, int(port)


def _no_spaces(what: str, text: str) -> None:
    if not all("!" <= character <= "~" for character in text):
        raise Misuse(f"{what} has other characters in it than printable ASCII; in a URL they are percent-encoded")


def _seconds(text: str | None) -> float:
    try:
        seconds = TIMEOUT_S if text is None else float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= MAX_TIMEOUT_S:  # so not for NaN either
        raise Misuse(f"--timeout {text}: seconds are a number, more than 0 and at most {MAX_TIMEOUT_S:g}")
    return seconds


def _printable(body: bytes) -> str:
    """The body's beginning, with nothing in it that a terminal would obey, and a line's end."""
    text = body[:MAX_BODY].decode("utf-8", "replace").replace("\r\n", "\n").rstrip("\n")
    shown = "\n".join(one_line(line) for line in text.split("\n"))
    cut = "\n…" if len(body) > MAX_BODY else ""
    return f"{shown}{cut}\n" if shown or cut else ""
