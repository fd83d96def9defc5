"""What this process runs in and on: its container, its machine, its web server."""

from __future__ import annotations
