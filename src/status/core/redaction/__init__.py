"""Secrets never leave: what is masked in plain values, texts, errors and the log."""

from __future__ import annotations

from .errors import MAX_LINE, MAX_TRACEBACK, describe, describe_traceback, log_exception, one_line
from .masking import MASK, MAX_TEXT
from .names import is_secret_name
from .text import redact_text
from .tree import redact

__all__ = [
    "MASK",
    "MAX_LINE",
    "MAX_TEXT",
    "MAX_TRACEBACK",
    "describe",
    "describe_traceback",
    "is_secret_name",
    "log_exception",
    "one_line",
    "redact",
    "redact_text",
]
