"""The caller of a page or of the API, and what it may see."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TypeAlias

from django.http import HttpRequest, HttpResponse

from .. import conf
from ..core.lane import Unanswered, Unasked
from ..core.redaction import describe, log_exception
from ..engine import Asked, Choice, begin, engine
from . import login, ticket
from .caller import is_trusted
from .login import Login
from .sight import Sight, of_strangers, understood

logger = logging.getLogger("status")

SOON_S = 0.03
"""A login takes some milliseconds to read: one that takes longer may hang."""

_Answer: TypeAlias = "Login | Mapping[str, Sight]"
"""Of who is logged in, or of the project's own callable for each resource."""


class Visit:
    """One request: begun when it comes, settled when it is known who sent it.

    In between, what this may take a while for is read in another thread, and what is wanted can be observed meanwhile.
    """

    def __init__(self, request: HttpRequest, resources: Iterable[str]) -> None:
        self._request = request
        self._settings = conf.current()
        self._chosen: Mapping[str, Sight] | None = None
        """What the project's own callable says; None where it has none."""
        self._question: Asked[_Answer] | None = None
        self.login = Login.NOBODY
        self.is_trusted = self._settings.debug
        """Whether it may see details."""
        if self._settings.debug:
            return
        if not isinstance(self._settings.access, Mapping):
            self._chosen = {}
            self._ask(partial(_choices, self._settings.access, request, tuple(resources)))
        elif is_trusted(request):
            self.is_trusted = True
        else:
            try:
                asked = login.question(request)
            except Exception as error:  # noqa: BLE001 - of the project's own user
                self._do_without(error)
                return
            if isinstance(asked, Login):
                self._understand(asked)
            else:
                self._ask(asked)

    def settle(self, wanted: Callable[[], Sequence[Choice]] = tuple) -> None:
        """Wait until it is known who asks, at most for a check's deadline.

        Where that takes a while, what is `wanted` is observed meanwhile: both may hang, and then they do together.
        """
        if self._question is None:
            return
        try:
            if not self._question.is_answered(SOON_S):
                begin(wanted(), self._settings.timeout_s)
            self._understand(self._question.wait())
        except Exception as error:  # noqa: BLE001 - whatever a session, a user or a backend raises
            self._do_without(error)

    async def asettle(self, wanted: Callable[[], Sequence[Choice]] = tuple) -> None:
        """As `settle`, without blocking the event loop."""
        if self._question is None:
            return
        try:
            if not await self._question.ais_answered(SOON_S):
                begin(wanted(), self._settings.timeout_s)
            self._understand(await self._question.await_())
        except Exception as error:  # noqa: BLE001 - as above
            self._do_without(error)

    def sight(self, resource: str) -> Sight:
        """How much of the resource this caller sees; of one that isn't settled, how much everybody does."""
        if self.is_trusted and self._chosen is None:
            return Sight.DETAILS
        if isinstance(self._settings.access, Mapping):
            return of_strangers(self._settings.access, resource)
        # A rule that gave no answer may be about to hide it.
        return (self._chosen or {}).get(resource, Sight.HIDDEN)

    def everyones(self, resource: str) -> Sight:
        """How much of the resource everybody sees; of a project's own callable, which may say anything, nothing."""
        access = self._settings.access
        return of_strangers(access, resource) if isinstance(access, Mapping) else Sight.HIDDEN

    @property
    def is_undecided(self) -> bool:
        """Whether the project's own callable was asked and gave no answer: then all is hidden, and nobody knows why."""
        return self._chosen is not None and self.login is Login.UNKNOWN

    def wanted(
        self, resources: Iterable[str], providers: tuple[str, ...] | None = None, *, certain: bool = True
    ) -> tuple[Choice, ...]:
        """Of these, what the caller sees; or, while that isn't certain, well may, as staff who were here before."""
        hopeful = not certain and ticket.is_shown(self._request)
        return tuple((name, providers) for name in resources if hopeful or self.sight(name) >= Sight.STATES)

    def remember(self, response: HttpResponse, path: str) -> None:
        """Give staff, verified just now, the cookie that stands in for their login, below `path`; or take it back."""
        if self.login is Login.STAFF:
            ticket.issue(self._request, response, path)
        elif self.login is not Login.UNKNOWN and not self.is_trusted:
            ticket.withdraw(self._request, response, path)

    def _ask(self, call: Callable[[], _Answer]) -> None:
        self._question = engine().lane.put(call, self._settings.timeout_s)

    def _understand(self, answer: _Answer) -> None:
        self._question = None
        if isinstance(answer, Login):
            self.login = answer
            self.is_trusted = answer is Login.STAFF
        else:
            self._chosen = answer
            self.is_trusted = Sight.DETAILS in answer.values()

    def _do_without(self, error: Exception) -> None:
        """Only where nothing answers: a backend that refuses somebody has answered."""
        self._question = None
        self.login = Login.UNKNOWN
        self.is_trusted = self._chosen is None and _is_of_a_connection(error) and ticket.is_shown(self._request)
        logger.debug("who asks could not be checked: %s", describe(error))


_NOT_CONNECTED = ("ConnectionError", "TimeoutError", "InterfaceError", "OperationalError", "DatabaseError")


def _is_of_a_connection(error: Exception) -> bool:
    """Whether what sessions or users are kept in can't be reached; by name, as each client has classes of its own."""
    if isinstance(error, Unanswered):
        return not isinstance(error, Unasked)
    return isinstance(error, OSError) or any(each.__name__ in _NOT_CONNECTED for each in type(error).__mro__)


def _choices(choose: Callable[..., object], request: HttpRequest, resources: tuple[str, ...]) -> Mapping[str, Sight]:
    """What the project's own callable says of each."""
    own = login.on_its_own(request)

    def chosen(resource: str) -> Sight:
        try:
            return understood(choose(own, resource))
        except BaseException as error:  # noqa: BLE001 - the project's own code, in a thread of its own
            log_exception(logger, f"STATUS_ACCESS raised: the caller sees nothing of {resource}", error)
            return Sight.HIDDEN

    return {resource: chosen(resource) for resource in resources}
