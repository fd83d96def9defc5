"""PostgreSQL's own statistics: one module a group of figures, one question each."""

from __future__ import annotations
