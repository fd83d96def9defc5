"""The units of what checks measure that are known, and what they are of the base units that Prometheus goes by.

https://prometheus.io/docs/practices/naming/#base-units. Those of the Monitoring Plugins' guidelines are among them,
but for `c`, which is no unit. Of bytes `KB` is 1,000, as the SI has it, and `KiB` is 1,024 (IEC 80000-13).
"""

from __future__ import annotations

SECONDS, BYTES, RATIO = "seconds", "bytes", "ratio"

_KNOWN: dict[str, tuple[str, float]] = {
    "s": (SECONDS, 1),
    "seconds": (SECONDS, 1),
    "ms": (SECONDS, 1e-3),
    "us": (SECONDS, 1e-6),
    "µs": (SECONDS, 1e-6),  # the micro sign, as on keyboards
    "μs": (SECONDS, 1e-6),  # the Greek letter, as Unicode would rather have it
    "minutes": (SECONDS, 60),
    "hours": (SECONDS, 3_600),
    "days": (SECONDS, 86_400),
    "B": (BYTES, 1),
    "bytes": (BYTES, 1),
    "KB": (BYTES, 10**3),
    "kB": (BYTES, 10**3),
    "MB": (BYTES, 10**6),
    "GB": (BYTES, 10**9),
    "TB": (BYTES, 10**12),
    "KiB": (BYTES, 2**10),
    "MiB": (BYTES, 2**20),
    "GiB": (BYTES, 2**30),
    "TiB": (BYTES, 2**40),
    "ratio": (RATIO, 1),
    "%": (RATIO, 1e-2),
}


def of_base(unit: str) -> tuple[str, float]:
    """The base unit, and how much of it this one is; one that is not known stays as it is."""
    return _KNOWN.get(unit, (unit, 1))
