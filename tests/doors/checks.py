"""Names that would be markup, were they taken for it."""

from __future__ import annotations

SCRIPT = "<script>alert(1)</script>"


def well() -> dict[str, bool]:
    return {"one": True}


def scripts() -> dict[str, bool]:
    return {SCRIPT: False}
