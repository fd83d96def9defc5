"""The headers that guard every answer of ours; knows nothing of Django, which may not be loaded yet.

Not among them: X-Frame-Options, which browsers ignore beside `frame-ancestors` (CSP level 3, 6.4.2);
Cross-Origin-Opener-Policy and Strict-Transport-Security, which are the site's word (`SecurityMiddleware`) and which
browsers ignore, the first with a complaint, without HTTPS; Permissions-Policy, as no script of ours asks for anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_GUARDS = {
    # A text is a text, whatever is in it (Fetch standard).
    "X-Content-Type-Options": "nosniff",
    # The host of a runbook need not learn where the status page is.
    "Referrer-Policy": "same-origin",
    # No other site's page loads it as an image, script or style, to learn of it by a side channel (Fetch
    # standard). What asks by CORS is not concerned.
    "Cross-Origin-Resource-Policy": "same-origin",
    # The three that do not follow `default-src` are said, too (CSP level 3, 6.1.3).
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
}

ANSWER_HEADERS: Mapping[str, str] = MappingProxyType(
    {
        **_GUARDS,
        "Cache-Control": "no-store",
        # What a cache goes by that has been told to keep it all the same. It depends on the caller's address, too: that
        # only "*" could say, and no more.
        "Vary": "Accept, Authorization, Cookie",
    }
)
"""Of all that is no page, asset or probe: the API, refusals, redirects."""

PAGE_HEADERS: Mapping[str, str] = MappingProxyType(
    {
        **ANSWER_HEADERS,
        "Vary": "Authorization, Cookie, Accept-Encoding",
        # 'self' for scripts and frames: ours have none, but a project's templates that extend them may.
        "Content-Security-Policy": (
            "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; connect-src 'self'; "
            "form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
        ),
    }
)

ASSET_HEADERS: Mapping[str, str] = MappingProxyType(
    {
        # An SVG may be opened as a page of its own: the policy is for that.
        **_GUARDS,
        # One year: what RFC 2616 had as the longest, and what nginx and browsers take for "for ever".
        "Cache-Control": "public, max-age=31536000, immutable",
        "Vary": "Accept-Encoding",
    }
)

# A probe reads no cookie. A token decides which names it tells; that is said on "ok" as well, since a cache goes by
# what it has kept, and a header costs less than finding out (0.7 µs through Django, 0.03 µs below it).
PROBE_HEADERS: Mapping[str, str] = MappingProxyType({**ANSWER_HEADERS, "Vary": "Authorization"})

EMBEDDED_HEADERS: Mapping[str, str] = MappingProxyType(
    {
        "Cross-Origin-Resource-Policy": "cross-origin",
        # By no header but what a site's own middleware may compress it for: every caller gets the same.
        "Vary": "Accept-Encoding",
    }
)
"""Of a badge that everybody may see, over those of every answer: made to stand on other sites' pages, and to be kept by
caches for all."""
