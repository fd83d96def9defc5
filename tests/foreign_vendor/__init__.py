"""A database backend of a vendor that nobody here knows: SQLite under another name."""

from __future__ import annotations
