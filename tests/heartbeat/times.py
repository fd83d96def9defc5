"""How often the tests' workers beat, and how long that counts; apart from their application, which no test imports."""

from __future__ import annotations

EVERY_S = 0.25
VALID_S = 3.0
"""Long enough for a busy machine, short enough to wait for its end."""
