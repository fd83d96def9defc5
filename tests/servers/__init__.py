"""Real servers for the tests: each private to the run, on a free port of 127.0.0.1, ended with it."""

from __future__ import annotations
