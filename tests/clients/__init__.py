"""The clients that ask a site how it is: the real ones where Debian has them, else what they do, step by step."""

from __future__ import annotations
