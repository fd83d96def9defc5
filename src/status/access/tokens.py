"""Whether a caller holds one of the site's tokens."""

from __future__ import annotations

import hashlib
from hmac import compare_digest

from .. import conf
from ..reading import MAX_AUTHORIZATION


def holder(authorization: str) -> str | None:
    """The name of the token that an `Authorization: Bearer …` header carries; None where it is no token of ours."""
    if len(authorization) > MAX_AUTHORIZATION:
        return None
    scheme, _, sent = authorization.strip(_BLANK).partition(" ")
    sent = sent.strip(_BLANK)
    if scheme.lower() != "bearer" or not sent:  # in any case: RFC 9110, 11.1
        return None
    try:
        digest = hashlib.sha256(sent.encode("latin-1")).digest()  # the bytes that were sent: PEP 3333
    except UnicodeEncodeError:  # no server hands over such a header
        return None
    held = None
    for token in conf.current().tokens:  # all of them, so that how long it takes tells nothing
        if compare_digest(digest, token.digest):
            held = token.name
    return held


_BLANK = " \t"  # RFC 9110, 5.6.3; str.strip alone would take bytes of a UTF-8 token for blanks
