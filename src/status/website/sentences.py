"""What is said of states: words and whole sentences, in the language of the page."""

from __future__ import annotations

from django.utils.translation import npgettext, pgettext

from ..core.states import State
from .language import figure


def word(state: State) -> str:
    """The state itself, as "fail"."""
    if state is State.FAIL:
        return pgettext("state", "fail")
    return pgettext("state", "warn") if state is State.WARN else pgettext("state", "pass")


def does(name: str, state: State) -> str:
    """Of one check: "databases/replica fails"."""
    said = {
        State.PASS: pgettext("status", "%(name)s passes"),
        State.WARN: pgettext("status", "%(name)s warns"),
        State.FAIL: pgettext("status", "%(name)s fails"),
    }[state]
    return said % {"name": name}


def headline(those: int, total: int, state: State) -> str:
    """Of all checks: "2 of 9 checks fail"."""
    if total == 1:
        return _only(state)
    if those == total:
        return _all(total, state)
    return _some(those, total, state)


def count(those: int, state: State) -> str:
    """In a summary: "2 fail"."""
    said = {
        State.PASS: npgettext("status", "%(count)s passes", "%(count)s pass", those),
        State.WARN: npgettext("status", "%(count)s warns", "%(count)s warn", those),
        State.FAIL: npgettext("status", "%(count)s fails", "%(count)s fail", those),
    }[state]
    return said % {"count": figure(f"{those:,}")}


def more_warn(those: int) -> str:
    """Beside failures: "1 more warns"."""
    return npgettext("status", "%(count)s more warns", "%(count)s more warn", those) % {"count": figure(f"{those:,}")}


def more(those: int, *, all_pass: bool = False) -> str:
    """What there was no room for."""
    said = (
        npgettext("status", "… %(count)s more, which passes", "… %(count)s more, all passing", those)
        if all_pass
        else npgettext("status", "… %(count)s more", "… %(count)s more", those)
    )
    return said % {"count": figure(f"{those:,}")}


def _only(state: State) -> str:
    return {
        State.PASS: pgettext("status", "The only check passes"),
        State.WARN: pgettext("status", "The only check warns"),
        State.FAIL: pgettext("status", "The only check fails"),
    }[state]


def _all(total: int, state: State) -> str:
    said = {
        State.PASS: npgettext("status", "All %(count)s checks pass", "All %(count)s checks pass", total),
        State.WARN: npgettext("status", "All %(count)s checks warn", "All %(count)s checks warn", total),
        State.FAIL: npgettext("status", "All %(count)s checks fail", "All %(count)s checks fail", total),
    }[state]
    return said % {"count": figure(f"{total:,}")}


def _some(those: int, total: int, state: State) -> str:
    said = {
        State.PASS: npgettext(
            "status", "%(count)s of %(total)s checks passes", "%(count)s of %(total)s checks pass", those
        ),
        State.WARN: npgettext(
            "status", "%(count)s of %(total)s checks warns", "%(count)s of %(total)s checks warn", those
        ),
        State.FAIL: npgettext(
            "status", "%(count)s of %(total)s checks fails", "%(count)s of %(total)s checks fail", those
        ),
    }[state]
    return said % {"count": figure(f"{those:,}"), "total": figure(f"{total:,}")}
