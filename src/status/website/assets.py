"""Style sheet and icons, read and compressed once, at start: a status page must not need staticfiles or a CDN."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

CONTENT_TYPES = {".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}

# One year: what RFC 2616 had as the longest, and what nginx and browsers take for "for ever".
HEADERS = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "Vary": "Accept-Encoding",
    "X-Content-Type-Options": "nosniff",
    # An SVG may be opened as a page of its own.
    "Content-Security-Policy": "default-src 'none'",
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


def _read(path: Path) -> Asset:
    content = path.read_bytes()
    # No time in it, so that every process sends the same bytes.
    compressed = gzip.compress(content, mtime=0)
    return Asset(path.name, content, compressed, CONTENT_TYPES[path.suffix], hashlib.sha256(content).hexdigest()[:16])


def _read_all(folder: Path) -> Mapping[str, Asset]:
    found = (_read(path) for path in sorted(folder.iterdir()) if path.suffix in CONTENT_TYPES)
    return MappingProxyType({asset.name: asset for asset in found})


ASSETS = _read_all(Path(__file__).resolve().parent.parent / "assets")
"""By name. A request's path is looked up here and nowhere else."""
