"""What is looked at of caches, each through connections of the check's own."""

from __future__ import annotations
