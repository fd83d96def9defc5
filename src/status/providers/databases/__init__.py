"""Databases: connections of a check's own, whether they answer, and their figures, one module a vendor."""

from __future__ import annotations
