"""Style sheet, script and icons, read and compressed once, at start: no page of ours needs staticfiles or a CDN.

The style sheet is kept in a file a part of the page, and served as one. So is the script, after the htmx that
django-htmx brings.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import django_htmx

STYLE = (
    "tokens",
    "base",
    "frame",
    "states",
    "verdict",
    "sections",
    "rows",
    "past",
    "facts",
    "cards",
    "stats",
    "tree",
    "wall",
    "media",
)
"""The parts of the style sheet, in the order in which they count."""
SCRIPT = ("live", "find", "copy")
CONTENT_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True)
class Asset:
    """A file, under the digest of what is in it."""

    name: str
    content: bytes
    compressed: bytes
    content_type: str
    digest: str

    @property
    def path(self) -> str:
        """Where it is served, below the website's root."""
        return f"assets/{self.digest}/{self.name}"


def _asset(name: str, content: bytes) -> Asset:
    # No time in it, so that every process sends the same bytes.
    compressed = gzip.compress(content, mtime=0)
    content_type = CONTENT_TYPES[name[name.rindex(".") :]]
    return Asset(name, content, compressed, content_type, hashlib.sha256(content).hexdigest()[:16])


def _read_all(folder: Path) -> Mapping[str, Asset]:
    style = (folder / "style" / f"{part}.css" for part in STYLE)
    script = (_HTMX, *(folder / "script" / f"{part}.js" for part in SCRIPT))
    found = [
        _asset("status.css", _joined(style)),
        _asset("status.js", _joined(script)),
        *(_asset(icon.name, icon.read_bytes()) for icon in folder.glob("*.svg")),
    ]
    return MappingProxyType({asset.name: asset for asset in sorted(found, key=lambda asset: asset.name)})


def _joined(paths: Iterable[Path]) -> bytes:
    return b"\n".join(path.read_bytes() for path in paths)


_HTMX = Path(django_htmx.__file__).parent / "static" / "django_htmx" / "htmx-4.min.js"
ASSETS = _read_all(Path(__file__).resolve().parent.parent / "assets")
"""By name. A request's path is looked up here and nowhere else."""
