"""What `docs/deployment.md` says, tried: its very text, run by the programs that it is for."""

from __future__ import annotations
