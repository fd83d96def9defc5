"""Signals that a project may listen to."""

from __future__ import annotations

from django.dispatch import Signal

state_changed = Signal()
"""A provider or component became another state; sent once a process, from the telling thread.

Arguments: `reference` ("health/databases/default"), `previous` (a `State`, or None at the first observation), `state`,
and `observation` (`status.core.observation.Observation`). A receiver that is slow delays other receivers alone.
"""
