"""One measurement: a site under load, what it holds meanwhile, and how it does while all is well, or while it hangs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from time import monotonic

from tests.faults import promises
from tests.faults.census import Census, census_of
from tests.faults.dependencies import Dependency
from tests.faults.load import CLIENTS, Load, load_on
from tests.faults.promises import Usual
from tests.servers.web import WebServer


@dataclass(frozen=True)
class Trial:
    """What is measured of this site."""

    server: WebServer
    load: Load
    census: Census
    usual: Usual


@contextmanager
def trial_of(server: WebServer, port: int | None = None, clients: Sequence[str] = CLIENTS) -> Iterator[Trial]:
    """Begins when the site is well, and lasts while the block does; connections to `port` are counted."""
    with census_of(server, port) as census, load_on(server.port, clients) as load:
        load.become_well()
        census.forget()
        load.more(10)
        yield Trial(server, load, census, promises.usual(load, census))


def hangs_and_recovers(
    server: WebServer,
    dependency: Dependency,
    frozen: AbstractContextManager[object],
    views: Callable[..., None] = promises.views_wait_once,
) -> None:
    """What hangs within `frozen` is named, the views do as `views` asserts, and when it is back all is as it was."""
    with trial_of(server, dependency.port) as trial:
        with frozen:
            broken_at = monotonic()
            trial.load.more(25)
            mended_at = monotonic()
        back_at = monotonic()
        trial.load.more(20)
    promises.everybody_is_answered_in_time(trial.load, trial.usual.view_s)
    promises.it_is_told(trial.load, dependency.reference, since=broken_at, until=mended_at)
    views(trial, since=broken_at, until=mended_at)
    promises.it_holds_little(trial)
    promises.it_has_recovered(trial.load, back_at)
