"""What a project's own files ask to be installed."""

from __future__ import annotations

from .asked import Asked, Listing, Unreadable
from .found import find, read

__all__ = ["Asked", "Listing", "Unreadable", "find", "read"]
