"""Health, stats and status of a Django site.

The public names are imported when they are used: `import status.core` imports no Django.
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False  # typing's own takes its time, and `python -m status.ask` starts anew at every look
if TYPE_CHECKING:
    from .core.observation import Component, Observation, Report
    from .core.states import State
    from .engine import aobserve, observe
    from .formats.format import Format, Showing
    from .providers.base import Provider, Resource
    from .providers.forms import batch, each

__version__ = "3.0.0"

_HOMES = {
    "Component": "core.observation",
    "Format": "formats.format",
    "Observation": "core.observation",
    "Provider": "providers.base",
    "Report": "core.observation",
    "Resource": "providers.base",
    "Showing": "formats.format",
    "State": "core.states",
    "aobserve": "engine",
    "batch": "providers.forms",
    "each": "providers.forms",
    "observe": "engine",
}

__all__ = [
    "Component",
    "Format",
    "Observation",
    "Provider",
    "Report",
    "Resource",
    "Showing",
    "State",
    "__version__",
    "aobserve",
    "batch",
    "each",
    "observe",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)
