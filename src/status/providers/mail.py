"""Servers that mail is handed to."""

from __future__ import annotations

import smtplib
import socket
from collections.abc import Sequence
from contextlib import suppress
from time import monotonic
from typing import Any

import django
from django.core import mail as django_mail
from django.core.mail.backends.base import BaseEmailBackend

from ..core.bounds import cut_off, remaining_s
from ..core.observation import Component
from ..core.states import State
from . import arguments
from .arguments import Limits
from .forms import each

DEFAULT = "default"
SAYS = {"console": "it prints", "dummy": "it drops", "filebased": "it files", "locmem": "it keeps in memory"}
"""What Django's backends that send nothing do with a message instead, by their modules."""


def _names(
    aliases: Sequence[str] | None = None, *, warn_ms: float | None = None, fail_ms: float | None = None
) -> Sequence[str]:
    arguments.limits("ms", warn_ms, fail_ms)
    there = _mailers()
    return there if aliases is None else arguments.aliases(aliases, there, "MAILERS")


@each(_names)
def mail(
    alias: str,
    aliases: Sequence[str] | None = None,
    *,
    warn_ms: float | None = None,
    fail_ms: float | None = None,
) -> Component:
    """Each of MAILERS takes mail, or those of `aliases`; without that setting, what `EMAIL_…` says is "default".

    Connects and greets, with TLS and login as the site does, and sends NOOP and QUIT: no mail. One connection a run. A
    backend that sends nothing passes and says so; one that is not of SMTP is opened and closed.
    """
    limits = arguments.limits("ms", warn_ms, fail_ms)
    backend = _backend(alias)
    if saying := _saying(backend):
        return Component(State.PASS, detail=f"{saying} what it is given, and sends nothing")
    from django.core.mail.backends.smtp import EmailBackend

    if isinstance(backend, EmailBackend):
        return _greet(backend, limits)
    backend.open()
    backend.close()
    return Component(State.PASS, detail="opened and closed: its backend is not of SMTP, and greets nobody")


def _mailers() -> tuple[str, ...]:
    mailers: Any = getattr(django_mail, "mailers", None)  # from Django 6.1 on
    configured = tuple(mailers or ())
    return configured or (DEFAULT,)


def _backend(alias: str) -> BaseEmailBackend:
    """A new instance of it."""
    if django.VERSION >= (6, 1):
        mailers: Any = getattr(django_mail, "mailers")  # noqa: B009 - not in the oldest Django's types
        backend: BaseEmailBackend = mailers[alias]
        return backend
    return django_mail.get_connection()


def _saying(backend: BaseEmailBackend) -> str | None:
    package, _, module = type(backend).__module__.rpartition(".")
    return SAYS.get(module) if package == "django.core.mail.backends" else None


def _greet(backend: Any, limits: Limits) -> Component:
    opened: list[smtplib.SMTP] = []
    _note_what_opens(backend, opened)
    backend.timeout = remaining_s()
    backend.fail_silently = False
    started = monotonic()
    with cut_off(lambda: _cut(opened)):
        try:
            backend.open()
            code, said = backend.connection.noop()
            took_ms = 1000 * (monotonic() - started)
        except smtplib.SMTPAuthenticationError as error:
            # The server's words may repeat what was sent.
            return Component(State.FAIL, detail=f"the login is refused: {error.smtp_code}")
        finally:
            _close(opened)
    if code != 250:
        return Component(State.FAIL, detail=f"it answers NOOP with {code} {said.decode(errors='replace')}")
    return Component(limits.judge(took_ms), round(took_ms, 1), "ms", f"greeted in {took_ms:,.0f} ms")


def _note_what_opens(backend: Any, opened: list[smtplib.SMTP]) -> None:
    """Have its connection noted before it connects: so it can be cut off while it waits for a greeting, too."""

    class Noted(backend.connection_class):  # type: ignore[misc]
        def connect(self, *args: Any, **kwargs: Any) -> Any:
            opened.append(self)
            return super().connect(*args, **kwargs)

    class Bounded(type(backend)):  # type: ignore[misc]
        connection_class = Noted

    backend.__class__ = Bounded


def _cut(opened: Sequence[smtplib.SMTP]) -> bool:
    """False, so that it is called again: it may be connecting still."""
    for each_ in opened:
        if each_.sock is not None:
            with suppress(OSError):
                # The method of plain sockets: that of TLS ones takes the session away under the thread that reads.
                socket.socket.shutdown(each_.sock, socket.SHUT_RDWR)
    return False


def _close(opened: Sequence[smtplib.SMTP]) -> None:
    for each_ in opened:
        with suppress(Exception):
            if each_.sock is not None:
                each_.sock.settimeout(remaining_s())
                each_.quit()
        with suppress(Exception):
            each_.close()
