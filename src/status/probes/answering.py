"""Answering a question: by 200 or 503, never later than after `STATUS_PROBE_TIMEOUT`."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from ..core.observation import Observation
from ..core.probe import Kind
from ..core.redaction import log_exception, one_line, redact_text
from ..core.states import State
from ..engine import engine
from . import process, table
from .answer import DRAINING, FAILED, METHODS, NOT_ALLOWED, NOT_THERE, OK, Answer
from .question import Question
from .table import Selection
from .verdict import Verdict

logger = logging.getLogger("status.probes")


def answer(question: Question) -> Answer:
    """Observe what is asked, and judge. Whatever goes wrong in that is a 503, not an error of the site."""
    try:
        asked = _understand(question)
        if isinstance(asked, Selection):
            seen = engine().runner.observe(asked.checks, table.current().timeout_s, asked.deciding)
            asked = _judge(question, asked, seen)
    except Exception as error:  # noqa: BLE001 - it is logged
        log_exception(logger, f"the probe /{question.probe.path} raised", error)
        asked = FAILED
    return _logged(question, asked)


async def aanswer(question: Question) -> Answer:
    """As `answer`, without blocking the event loop."""
    try:
        asked = _understand(question)
        if isinstance(asked, Selection):
            seen = await engine().runner.aobserve(asked.checks, table.current().timeout_s, asked.deciding)
            asked = _judge(question, asked, seen)
    except Exception as error:  # noqa: BLE001 - it is logged
        log_exception(logger, f"the probe /{question.probe.path} raised", error)
        asked = FAILED
    return _logged(question, asked)


def _understand(question: Question) -> Selection | Answer:
    """What to observe, or the answer where nothing needs to be observed for it."""
    if question.method not in METHODS:
        return NOT_ALLOWED
    probe = question.probe
    if probe.kind is Kind.READINESS and not question.below and process.is_draining():
        return DRAINING
    if question.below or question.query:
        return Verdict(question).selection() or NOT_THERE
    return probe.whole if probe.references else OK


def _judge(question: Question, selection: Selection, seen: Sequence[Observation]) -> Answer:
    if not question.query and selection.by_check and all(each.weight is not State.FAIL for each in seen):
        return OK  # nearly always: no names are needed
    said = Verdict(question).judge(selection, seen)
    if said is None:
        return NOT_THERE
    state, text = said
    return Answer(503 if state is State.FAIL else 200, text.encode())


def _logged(question: Question, said: Answer) -> Answer:
    if logger.isEnabledFor(logging.DEBUG):
        text = redact_text(said.body.decode().replace("\n", ", "))
        asked = one_line(redact_text(f"{question.method} /{question.probe.path}"))  # the method is the caller's word
        logger.debug("%s: %d %s", asked, said.status, text)
    return said
