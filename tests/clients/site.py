"""A site that is well, fails or hangs as it is told, served by gunicorn as `docs/deployment.md` says."""

from __future__ import annotations

from tests.deployment.backends import DocumentedGunicorn
from tests.servers.ports import HOST
from tests.waiting import wait_until

TOKEN = "token-of-the-clients"
_SETTINGS = """
STATUS_PROVIDERS = {{
    "health": [("ping", "status.providers.health.ping"), ("told", "tests.clients.checks.told", [{word!r}])],
    "stats": [],
}}
STATUS_PROBES = {{"livez": [], "readyz": ["health/told"], "startupz": ["health/told"]}}
STATUS_TTL = 0.05
STATUS_TOKENS = [{token!r}]
"""


class Site(DocumentedGunicorn):
    """In one process, so that each answer is the next one's, too."""

    arguments_here = f"{DocumentedGunicorn.arguments_here} --workers 1"

    def __init__(self, settings: str = "") -> None:
        super().__init__()
        self.word = self.directory / "word"
        self.word.write_text("pass")
        with (self.directory / "site_settings.py").open("a") as file:
            file.write(_SETTINGS.format(word=str(self.word), token=TOKEN) + settings)

    @property
    def origin(self) -> str:
        return f"http://{HOST}:{self.port}"

    def says(self, word: str, code: int) -> None:
        """From now on its check says "pass", "warn" or "fail", raises ("raise") or hangs ("hang").

        When this returns, readiness has the code that comes of it, of a hang as often as it will.
        """
        next_to_it = self.word.with_suffix(".new")
        next_to_it.write_text(word)
        next_to_it.replace(self.word)  # at once: nobody reads half a word
        wait_until(lambda: self.get("/readyz").code == code and self._tells(word), 20, message=self.last_words)

    def _tells(self, word: str) -> bool:
        """Whether that is what is told by now, as pass and warn have one code; of another word the code says it."""
        if word not in ("pass", "warn"):
            return True
        return f"health/told/it: {word}\n" in self.get("/status/api/health?format=text").text
