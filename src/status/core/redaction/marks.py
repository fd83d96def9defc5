"""Secrets that have no name but a shape: private keys, keys with their maker's mark, credentials of HTTP and SMTP."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from .masking import MASK, Allowance, Secret, compiled, mask

# In a URL's query the spaces are "+" or "%20". Both begin with a literal, and the dashes before it are looked at later:
# a line of nothing but dashes would cost more than all else.
_BLANK = r"(?:[ +]|%20)"
_BEGIN = rf"BEGIN{_BLANK}[A-Z0-9 +%]{{0,40}}PRIVATE{_BLANK}KEY"
_END = rf"-{_BLANK}?END{_BLANK}([A-Z0-9 +%]{{0,60}})-{{0,5}}"
_DASHES = r"-{2,5}(?:[ +]|%20)?\Z"


def private_keys(text: str, lowered: str, allowance: Allowance) -> Iterator[Secret]:
    """Private keys in PEM, each to its end or the text's."""
    done = 0
    for begin in compiled(_BEGIN).finditer(text):
        dashes = compiled(_DASHES).search(text, max(begin.start() - 8, done), begin.start())
        if dashes is None or begin.start() < done:
            continue
        if allowance.is_spent():
            yield dashes.start(), len(text), MASK
            return
        end = compiled(_END).search(text, begin.end())
        start, done = dashes.start(), end.end() if end else len(text)
        yield start, done, MASK


def cut_private_key(text: str, lowered: str, allowance: Allowance) -> Iterator[Secret]:
    """Of a private key whose beginning was cut off, all that comes before its end."""
    ends = [end.end() for end in compiled(_END).finditer(text) if "PRIVATE" in end[1]]
    if ends:
        yield 0, ends[-1], MASK


# A mark and what follows it. They begin with the mark itself, which is quick to find; what stands before is looked at
# afterwards: no letter and no digit, unless these are the rest of an escape ("\n", "%3D"). What must follow a long run
# is optional, and named: so a run that lacks it is passed over at once, not looked through for each mark in it.
_MARKS = {
    "AKIA": r"[A-Z0-9]{16}(?![A-Za-z0-9])",  # Amazon
    "ASIA": r"[A-Z0-9]{16}(?![A-Za-z0-9])",
    "eyJ": r"[\w-]{5,}(?P<certain>\.[\w-]*\.[\w-]*(?:\.[\w-]+){0,2})?",  # JSON web tokens, signed and encrypted
    "gh": r"[pousr]_[A-Za-z0-9]{20,}",  # GitHub
    "github_pat_": r"\w{20,}",
    "gl": r"(?:(?:pat|dt|rt|cbt|ptt|oas|ft|soat|agent)-|sa_|c_)[\w-]{16,}={0,2}",  # GitLab, Grafana
    "GR1348941": r"[\w-]{16,}",
    "xox": r"[a-z](?:\.xox[a-z])?-[\w-]{10,}",  # Slack
    "xapp-": r"[\w-]{10,}",
    "hooks.slack.com/services/": r"[\w/-]{10,}",
    "discord.com/api/webhooks/": r"[\w/-]{10,}",
    "discordapp.com/api/webhooks/": r"[\w/-]{10,}",
    "webhook.office.com/": r"[\w@/-]{10,}",  # Teams
    "sk_live_": r"[A-Za-z0-9]{10,}",  # Stripe
    "sk_test_": r"[A-Za-z0-9]{10,}",
    "rk_live_": r"[A-Za-z0-9]{10,}",
    "rk_test_": r"[A-Za-z0-9]{10,}",
    "whsec_": r"[\w+/=-]{16,}",
    "SG.": r"[\w-]{10,}(?P<certain>\.[\w-]{10,})?",  # SendGrid
    "AIza": r"[\w-]{30,}",  # Google
    "GOCSPX-": r"[\w-]{16,}",
    "ya29.": r"[\w-]{16,}",
    "npm_": r"[A-Za-z0-9]{30,}",
    "pypi-": r"[\w-]{40,}",
    "rubygems_": r"[A-Za-z0-9]{32,}",
    "cio": r"[A-Za-z0-9]{32}(?![A-Za-z0-9])",  # crates.io
    "dckr_": r"[po]at_[\w-]{16,}",  # Docker
    "sk-": r"(?=[\w-]{20})[a-z_-]{0,24}(?P<certain>[A-Z0-9][\w-]{12,})?",  # OpenAI, Anthropic
    "hf_": r"[A-Za-z0-9]{30,}",
    "do": r"[opr]_v1_[0-9a-f]{32,}",  # DigitalOcean
    "dp.": r"(?:pt|st|ct|sa|scim|audit)\.[\w.-]{20,}",  # Doppler
    "hvs.": r"[\w-]{20,}",  # Vault
    "sntry": r"[su]_[\w+/=.-]{20,}",  # Sentry
    "shp": r"(?:at|ss|ca|pa)_[A-Za-z0-9]{24,}",  # Shopify
    "sq0": r"(?:atp|csp|idp)-[\w-]{20,}",  # Square
    "SK": r"[0-9a-f]{32}(?![A-Za-z0-9])",  # Twilio; what begins with AC is an account
    "key-": r"[0-9a-f]{32}(?![A-Za-z0-9])",  # Mailgun
    "dapi": r"[0-9a-f]{32}",  # Databricks
    "NRAK-": r"[A-Z0-9]{20,}",  # New Relic
    "lin_": r"(?:api|oauth)_[A-Za-z0-9]{24,}",  # Linear
    "secret_": r"[A-Za-z0-9]{40,}",  # Notion
    "ntn_": r"[A-Za-z0-9]{30,}",
    "pscale_": r"(?:tkn|pw|oauth)_[\w-]{20,}",  # PlanetScale
    "PMAK-": r"[\w-]{20,}",  # Postman
    "ATATT3": r"[\w=-]{20,}",  # Atlassian
    "AGE-SECRET-KEY-1": r"[A-Z0-9]{20,}",
    "HRKU-": r"[\w-]{20,}",  # Heroku
    "figd_": r"[\w-]{20,}",  # Figma
    "tskey-": r"[\w-]{16,}",  # Tailscale
    "sbp_": r"[0-9a-f]{32,}",  # Supabase
    "django-insecure-": r"""[^\s"']{4,}""",
    "pbkdf2_sha": r"\d{1,3}\$\d+\$[^\s\"',;]+",  # Django's hashes of passwords
    "$argon2": r"\w{1,3}\$[^\s\"';]+",
    "$2b$": r"[^\s\"',;]{20,}",
}
# What has its mark in the midst or at its end is found by that too.
_TELEGRAM = r":AA(?<=[0-9]{8}:AA)[\w-]{33}(?![\w-])"  # the bot's number before it is no secret
_MAILCHIMP = r"-us(?<=[0-9a-f]{32}-us)[0-9]{1,2}(?![A-Za-z0-9])"
_MAILCHIMP_LENGTH = 32


def without_marked(text: str) -> str:
    """The text without keys that carry a mark."""
    for mark in _MARKS:
        if mark in text:
            text = _pattern(mark).sub(_masked, text)
    if ":AA" in text:
        text = compiled(_TELEGRAM).sub(f":{MASK}", text)
    if "-us" in text:
        ends = compiled(_MAILCHIMP).finditer(text)
        text = mask(text, [(end.start() - _MAILCHIMP_LENGTH, end.end(), MASK) for end in ends])
    return text


def _masked(found: re.Match[str]) -> str:
    return found[0] if "certain" in found.re.groupindex and found["certain"] is None else MASK


@cache
def _pattern(mark: str) -> re.Pattern[str]:
    shown = re.escape(mark)
    before = rf"(?:(?<![A-Za-z0-9]{shown})|(?<=\\[nrt]{shown})|(?<=%[0-9A-F][0-9A-F]{shown}))"
    return re.compile(shown + before + _MARKS[mark])


SCHEMES = ("bearer", "basic", "token", "apikey", "negotiate")
_SCHEME = rf"(?:{'|'.join(SCHEMES)})[ \t]"
# What may follow as a word of prose ("bearer token missing", "basic check") is no credential.
_BEARER = r"""(?xi)[ \t]{0,7}(?!(?:auth\w*|tokens?|schemes?|realm|headers?|errors?|credentials?|is|was|not|and|or
  |missing|required)\b)(?P<value>[^\s"',;]+)"""
_BASIC = r"[ \t]{0,7}(?P<value>(?=[\w+/-]*[A-Z0-9=])[^\s\"',;]+)"
_OTHER = r"[ \t]{0,7}(?P<value>(?=[A-Za-z_./+-]*[0-9=])[\w.~+/=-]{20,})"
_CREDENTIALS = {"bearer": _BEARER, "basic": _BASIC}


def scheme_secrets(text: str, lowered: str, allowance: Allowance) -> Iterator[Secret]:
    """Credentials behind the name of an HTTP scheme: `Bearer …`, `Basic …`, `Token …`."""
    for found in compiled(_SCHEME).finditer(lowered):
        if allowance.is_spent():
            yield found.end(), len(text), MASK
            return
        start = found.start()
        if start and (lowered[start - 1].isalnum() or lowered[start - 1] == "_") and lowered[start - 2] != "\\":
            continue
        value = compiled(_CREDENTIALS.get(found[0][:-1], _OTHER)).match(text, found.end())
        if value:
            yield (*value.span("value"), MASK)


# What a client says after these is in base64. Answers of servers (250-AUTH LOGIN PLAIN) and prose have whole words
# in capitals or in small letters, which base64 of any length that matters has not.
PROMPT_FOR_PASSWORD = "gfzc3dvcmq6"  # noqa: S105 - of "Password:" in base64, but for its first letter
_SMTP = rf"auth[ =](?:plain|login|xoauth2|oauthbearer|cram-md5|ntlm)|{PROMPT_FOR_PASSWORD}"
_SMTP_TURN = r"""(?:\s|\\[rn]|b?['"]|send:|reply:|retcode|\(334\);|Msg:|334|[CS]:)+"""
_BASE64 = (
    r"(?![A-Z0-9-]{1,16}(?![A-Za-z0-9+/=])|[a-z]+(?![A-Za-z0-9+/=]))(?:[A-Za-z0-9+/]{4,}={0,2}|[A-Za-z0-9+/]{2,3}=)"
)
# Its end may be masked already: base64 may hold a secret's name before its "=".
_SMTP_VALUE = rf"(?P<turn>{_SMTP_TURN})(?P<value>{_BASE64}(?:\*{{8}})?)"
_MOST_TURNS = 8


def smtp_secrets(text: str, lowered: str, allowance: Allowance) -> Iterator[Secret]:
    """Credentials of SMTP's AUTH, and what answers a server's "Password:" (in base64)."""
    done = 0
    for found in compiled(_SMTP).finditer(lowered):
        if allowance.is_spent():
            yield max(found.end(), done), len(text), MASK
            return
        done = max(done, found.end())
        for _ in range(_MOST_TURNS):
            value = compiled(_SMTP_VALUE).match(text, done)
            if value is None:
                break
            start, done = value.span("value")
            yield start, done, MASK
