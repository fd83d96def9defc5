"""How a value is written behind its name: bare, quoted, in brackets, over the lines below."""

from __future__ import annotations

import re

from .masking import MASK


def _body(quote: str) -> str:
    # Within an escaped quotation, as of JSON in a repr, the quotes inside have more than one backslash; SQL doubles
    # them.
    return rf"""(?<=\\{quote}) (?:[^\\{quote}]+|\\{{2,}}{quote}?|\\(?![\\{quote}]))* (?:\\?{quote})?
      | (?<={quote}) (?:[^\\{quote}]+|\\.|{quote}{{2}}(?![ \t]*(?:\Z|[\n,;:)\]}}])))* {quote}?"""


QUOTED = rf"""[bru]{{0,2}} (?:"{{3}}.*?(?:"{{3}}|\Z) | '{{3}}.*?(?:'{{3}}|\Z))
    | (?P<quote>[bru]{{0,2}}\\?["']) (?:{_body('"')}|{_body("'")})"""
# A closing quote, bracket or comma ends a bare value only where the next thing seems to begin: passwords have commas.
_BARE = r"""(?: [^\s,;&)\]}>"'`]+
        | [,;&] (?![\s,;&)\]}>"'`] | \Z | [\w.-]{1,40}["']?[ ]?[=:])
        | [)\]}>"'`] (?![\s,;:&)\]}>"'`] | \Z)
      )+"""
# A bracket's value is the rest of its line, and where that line is left open, the indented lines below it.
VALUE = re.compile(
    rf"""{QUOTED}
    | (?:[|>][+-]?[ \t]*)? (?:\n[ \t]+[^\n]*)+
    | [|>][+-]?\\[^\n]*
    | [\[{{(\\][^\n]* (?:(?<=[\[{{(,])(?:\n[ \t]*[\])}}][^\n]*|\n[ \t]+[^\n]*)+)?
    | (?:(?:bearer|basic|digest|negotiate|token)[ ]{{1,4}})?
      {_BARE}
    """,
    re.VERBOSE | re.DOTALL,
)
# The words that follow a bare one, up to the next field's name: passphrases have spaces.
MORE_WORDS = rf"""(?:[ \t]{{1,4}} (?![\w.-]{{1,40}}["']?[ ]?[=:]) {_BARE})+"""
# Authorization and cookies hold spaces and semicolons: unquoted, the rest of the line goes.
REST_OF_LINE = rf"{QUOTED} | [^\n]+"
TAGGED = r"(?P<quote>(?!))?(?:[^<]+|<!\[cdata\[(?:[^\]]+|\](?!\]>))*(?:\]\]>)?)+"
# One word on the line below, perhaps an item of a list, which is neither the next field nor the next section.
LINE_BELOW = r"""(?P<quote>(?!))?\n(?:-[ ])?(?![\w.-]{1,40}["']?[ ]?[=:])[^\s\[\](){}<>#*-][^\s]*(?=[ \t]*(?:\n|\Z))"""


def masked_value(value: re.Match[str]) -> str:
    """What stands in the value's place: the mask, in the value's own quotes."""
    quote = value["quote"] or ""
    return quote + MASK + quote.lstrip("bru")


def content(value: re.Match[str]) -> str:
    """The value without its quotes."""
    text = value[0]
    quote = value["quote"]
    if quote is None:
        return text
    return text[len(quote) :].removesuffix(quote.lstrip("bru"))
