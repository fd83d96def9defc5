"""Which code was deployed: by the repository, by the platform, by files beside it."""

from __future__ import annotations
