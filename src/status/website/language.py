"""Which language a page is in, and how it writes figures.

That is the language which Django has active, where there is a catalogue of our texts in it: ours, or one of the
project's. Else it is the one that Django falls back to, so a page never says that it is in a language that it isn't in.
"""

from __future__ import annotations

from functools import lru_cache

from django.utils.formats import get_format
from django.utils.translation import get_language_info, pgettext


def code() -> str:
    """The language of the texts, as "en"."""
    return pgettext("the code of the language of this catalogue", "en")


def direction() -> str:
    """In which the texts run: "ltr" or "rtl"."""
    try:
        return "rtl" if get_language_info(code())["bidi"] else "ltr"
    except KeyError:
        return "ltr"


def figure(text: str) -> str:
    """A figure that Python wrote, as "1,204.5", in the signs of the language."""
    if "," not in text and "." not in text:  # as most are
        return text
    signs = _signs(code())
    return text.translate(signs) if signs else text


@lru_cache(maxsize=64)
def _signs(language: str) -> dict[int, str] | None:
    """None where they are Python's own."""
    thousands = str(get_format("THOUSAND_SEPARATOR", language, use_l10n=True))
    decimal = str(get_format("DECIMAL_SEPARATOR", language, use_l10n=True))
    return None if (thousands, decimal) == (",", ".") else {ord(","): thousands, ord("."): decimal}
