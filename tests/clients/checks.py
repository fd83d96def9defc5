"""What the site of these tests looks at: it does as a file says."""

from __future__ import annotations

import time
from pathlib import Path

STEP_S = 0.02


def told(path: str) -> dict[str, str]:
    """In the state that the file says; it hangs for as long as that says so."""
    while (word := Path(path).read_text()) == "hang":
        time.sleep(STEP_S)
    if word == "raise":
        raise ConnectionError("refused by db.internal")
    return {"it": word}
