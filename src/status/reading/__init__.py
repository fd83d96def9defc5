"""Reading one setting after the other from `django.conf`.

What can't be used is a `Problem` and the default stands in: system checks tell it (`checks.py`), and so does the log at
start, since gunicorn and uvicorn run no system checks. No problem tells a secret: of what holds some it names the type
alone, and the rest is redacted.
"""

from __future__ import annotations

from .imported import NotImportable, imported
from .levels import ACCESS, ACCESS_LEVELS, Access, read_access
from .networks import UNIX, Network, check_proxies, read_networks, read_proxies
from .problem import Problem, Problems, is_list, place, shown, type_of
from .reader import HTTP_CODES, MAX_SECONDS, MIDDLEWARE, SITE_KEYS, Reader
from .tokens import MAX_AUTHORIZATION, Token, read_tokens

__all__ = [
    "ACCESS",
    "ACCESS_LEVELS",
    "HTTP_CODES",
    "MAX_AUTHORIZATION",
    "MAX_SECONDS",
    "MIDDLEWARE",
    "SITE_KEYS",
    "UNIX",
    "Access",
    "Network",
    "NotImportable",
    "Problem",
    "Problems",
    "Reader",
    "Token",
    "check_proxies",
    "imported",
    "is_list",
    "place",
    "read_access",
    "read_networks",
    "read_proxies",
    "read_tokens",
    "shown",
    "type_of",
]
