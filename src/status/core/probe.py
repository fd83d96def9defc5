"""What a probe is for, told by its path."""

from __future__ import annotations

import re
from enum import Enum

PROBES: dict[str, tuple[str, ...]] = {"livez": (), "readyz": (), "startupz": ()}
"""The probes of a project that names none: they ask nothing outside the process."""


class Kind(Enum):
    """What whoever asks does with a "no": restart the process, send it no traffic, or wait for it to start."""

    LIVENESS = "liveness"
    READINESS = "readiness"
    STARTUP = "startup"

    @classmethod
    def of(cls, path: str) -> Kind:
        """By the last of the path's words that says it; without any it is about traffic."""
        for word in reversed(re.findall("[A-Z]?[a-z]+|[A-Z]+", path)):
            for pattern, kind in _WORDS.items():
                if pattern.fullmatch(word.lower()):
                    return kind
        return cls.READINESS


_WORDS = {
    re.compile(".*live(z|ness)?"): Kind.LIVENESS,  # "isalive", and neither "delivery" nor "livestock"
    re.compile("read(y|yz|iness)"): Kind.READINESS,
    re.compile("start(z|ed|up|upz)?"): Kind.STARTUP,
}
