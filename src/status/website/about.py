"""What a provider's configuration says of it, in words that may be shown."""

from __future__ import annotations

from dataclasses import dataclass

from ..core.redaction import redact_text
from ..providers.base import Provider
from . import wording


@dataclass(frozen=True, slots=True)
class About:
    """What a provider looks at and what to do when it fails, in the words of its configuration."""

    provider: str
    description: str = ""
    runbook: str = ""
    """A safe URL."""
    advice: str = ""
    """The runbook where it is no URL."""


def about_of(provider: Provider | None, name: str) -> About:
    """What is said of the provider; of one that there is not any more, its name."""
    if provider is None:
        return About(wording.name(name))
    # A project may have them translated lazily: so they are texts only now.
    runbook = redact_text(str(provider.runbook or ""))
    url = wording.safe_url(runbook)
    return About(
        wording.name(redact_text(str(provider.label or name))),
        wording.shown(redact_text(str(provider.description or ""))),
        url,
        "" if url else wording.shown(runbook),
    )
