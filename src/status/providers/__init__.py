"""What is looked at. A provider is a function that looks at one thing and returns a JSON-serialisable value."""

from __future__ import annotations

from .base import Provider, Resource
from .forms import batch, each

__all__ = ["Provider", "Resource", "batch", "each"]
