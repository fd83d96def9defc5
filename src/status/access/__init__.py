"""Who may see what."""

from __future__ import annotations

from .caller import Caller, is_trusted
from .login import Login, way_to_login
from .probes import shows_details, shows_names
from .sight import Sight
from .visit import Visit

__all__ = ["Caller", "Login", "Sight", "Visit", "is_trusted", "shows_details", "shows_names", "way_to_login"]
