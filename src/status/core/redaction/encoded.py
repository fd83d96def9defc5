"""Texts within texts: what was percent-encoded for a URL, or escaped for HTML or JSON, as it was before."""

from __future__ import annotations

from .masking import compiled

# Punctuation alone, and up to so many times over. Blanks and control characters stay encoded: a value must not end at
# one of its own, and a line of a log must stay one.
_CODE = "2[1-46-9A-Fa-f]|3[A-Fa-f]|40|5[B-Fb-f]|60|7[B-Eb-e]"
_PERCENT = rf"%(?:25){{0,3}}(?:{_CODE})"
_JSON = rf"\\{{1,2}}(?:u00(?:{_CODE})|/)"
_HTML = r"&(?:amp;){0,2}(?:quot|apos|amp|lt|gt|#39|#34|#x27|#x22|#x2F|#47|#x3A|#58|#x3D|#61|#x40|#64);"
_HTML_CHARACTERS = {"quot": '"', "apos": "'", "amp": "&", "lt": "<", "gt": ">"}


def decoded(text: str) -> str:
    """The text with its punctuation decoded; the same where nothing was encoded."""
    for sign, pattern in (("%", _PERCENT), ("&", _HTML), ("\\", _JSON)):
        if sign in text:
            # Each kind at once, since a text may hold thirty thousand of them; a long one may hold a short one.
            for escape in sorted(set(compiled(pattern).findall(text)), key=len, reverse=True):
                text = text.replace(escape, _character(escape))
    return text


def _character(escape: str) -> str:
    if escape.endswith("/"):
        return "/"
    if not escape.startswith("&"):
        return chr(int(escape[-2:], 16))
    name = escape[1:-1].rpartition(";")[2]
    if name.startswith("#"):
        return chr(int(name[2:], 16) if name.startswith("#x") else int(name[1:]))
    return _HTML_CHARACTERS[name]
