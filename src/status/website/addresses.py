"""Where our pages are, as seen from one of them: relative, so right wherever, and however often, we are included."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

LONGEST = 300
"""Characters of a reference that has a page."""


@dataclass(frozen=True, slots=True)
class Address:
    """Of one page: `path` is that of the request, `below` what of it stands below the overview's."""

    path: str
    below: str = ""

    @property
    def overview(self) -> str:
        """The path of the overview, whichever page this is."""
        path = self.path if self.path.endswith(self.below) else self.path[:-1]
        return path.removesuffix(self.below)

    @property
    def home(self) -> str:
        """The folder of the overview: all pages are below it, also where they are included without a slash."""
        return self.overview[: self.overview.rindex("/") + 1]

    @property
    def root(self) -> str:
        """What stands before every URL of ours: "./", or as many "../" as this page is below the overview."""
        depth = self.path[len(self.overview) :].count("/")
        # We may be included without a slash: then our names go on where that text ends.
        return ("../" * depth or "./") + quote(self.overview.rpartition("/")[2])


def path_of(reference: str) -> str:
    """A check's page below the root, quoted; empty for what is too long, or what browsers take for another folder."""
    misleading = {"", ".", ".."} & set(reference.split("/"))
    return "" if misleading or len(reference) > LONGEST else quote(reference)
