"""What a site's own providers may say without meaning any harm: the secrets are in it."""

from __future__ import annotations

import builtins
import sys
from itertools import count
from typing import Any

from status import Component, Provider, State
from tests.leaks.secrets import NAMES, TEXTS, VALUES, Secrets

TOKEN = "the-one-that-the-tests-show-0123456789"

secret = Secrets()

# Planted once, when this is loaded: whatever is asked, these are the same.
_TEXTS = {
    where: {what: text(secret()) for what, text in TEXTS.items()}
    for where in ("value", "nested", "detail", "error", "key")
}
_VALUES = {where: {what: value(secret()) for what, value in VALUES.items()} for where in ("value", "component")}
_NAMES = {where: {what: name(secret()) for what, name in NAMES.items()} for where in ("name", "key")}
_ARGUMENTS = {"password": secret(), "url": f"https://u:{secret()}@api.example"}


class Refused(Exception):
    """Of a driver that tells how it was called."""


def _raise(texts: list[str]) -> None:
    """With these in its text, its cause, the cause's own, its context and its notes."""
    told, cause, context, *notes = texts
    try:
        try:
            raise ValueError(context)
        except ValueError:
            raise KeyError(cause)  # noqa: B904 - so that there is a context
    except KeyError as error:
        refused = Refused(told, {"password": secret_of_arguments()})
        if sys.version_info >= (3, 11):
            for note in notes:
                refused.add_note(note)
        raise refused from error


def secret_of_arguments() -> str:
    return _ARGUMENTS["password"]


def failing(first: int) -> None:
    """Five of the texts at a time."""
    _raise(list(_TEXTS["error"].values())[first : first + 5])


_flaps = count()
_FLAPPING = f"password={secret()}"


def flapping() -> bool:
    """Fails every other time: each turn is kept, with the error, for the processes of this host."""
    if next(_flaps) % 2:
        raise Refused(_FLAPPING)
    return True


def grouped() -> None:
    texts = list(_TEXTS["error"].values())[-4:]
    group = getattr(builtins, "ExceptionGroup", None)
    if group is None:  # before Python 3.11
        raise ValueError(*texts)
    raise group(texts[0], [ValueError(text) for text in texts[1:]])


def stated() -> dict[str, Component]:
    """In details of components of each state, and as their values and units."""
    states = (State.FAIL, State.WARN, State.PASS)
    return {
        f"part {at}": Component(states[at % 3], value=text, unit=text if at % 5 == 0 else None, detail=text)
        for at, text in enumerate(_TEXTS["detail"].values())
    }


def named() -> dict[str, Any]:
    """In the names of components, those that pass and those that fail."""
    return {name: at % 2 for at, name in enumerate(_NAMES["name"].values())}


def valued() -> dict[str, Any]:
    """As values of components of a judged resource."""
    return {**_VALUES["component"], "empty": {}}


def texts() -> dict[str, str]:
    return _TEXTS["value"]


def nested() -> list[Any]:
    """As items of lists, and in objects that the encoder knows."""
    return [{"log": [text, {"line": text}]} for text in _TEXTS["nested"].values()]


def values() -> dict[str, Any]:
    return _VALUES["value"]


def keys() -> dict[str, int]:
    return dict.fromkeys((*_TEXTS["key"].values(), *_NAMES["key"].values()), 1)


def called(**arguments: str) -> dict[str, Any]:
    """What it was called with, in the project's settings."""
    return {"arguments": repr(arguments), "given": arguments}


def calling_wrongly(**arguments: str) -> None:
    raise TypeError(f"called with {arguments!r}")


DATABASES: dict[str, Any] = {
    "refusing": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "USER": "app",
        "PASSWORD": secret(),
        "HOST": "127.0.0.1",
        "PORT": "1",
        "OPTIONS": {"sslpassword": secret(), "application_name": f"password={secret()}"},
    },
    "misnamed": {"ENGINE": "django.db.backends.postgresql", "NAME": "shop", "OPTIONS": {secret(): secret()}},
    # As of a URL that was read wrongly: its password has an "@", or a slash.
    "host": {"ENGINE": "django.db.backends.postgresql", "NAME": "shop", "HOST": f"{secret()}@127.0.0.1"},
    "port": {"ENGINE": "django.db.backends.postgresql", "NAME": "shop", "HOST": "127.0.0.1", "PORT": f"12/{secret()}"},
}
CACHES: dict[str, Any] = {
    "redis": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": f"redis://u:{secret()}@127.0.0.1:1/0",
    },
    "malformed": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": f"rediss//u:{secret()}@127.0.0.1:1/0",
    },
    "port": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": f"redis://u:{secret()}/x@127.0.0.1:1/0",
    },
    "option": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": f"redis://127.0.0.1:1/0?{secret()}=1",
    },
}
SETTINGS: dict[str, Any] = {
    "SECRET_KEY": secret(50),
    "STATUS_TOKENS": [TOKEN, secret(40), secret(40)],
    "STATUS_SITE": {
        "title": f"Shop password={secret()}",
        "id": f"redis://:{secret()}@shop.example",
        "description": f"It logs in with password={secret()}",
        "version": f"4+api_key={secret()}",
        "release": f"https://u:{secret()}@git.example/4",
        "links": {"Wiki": f"https://u:{secret()}@wiki.example/", "Board": f"https://board.example/?token={secret()}"},
    },
}
DESCRIBED: Any = {
    "label": f"The queue at redis://:{secret()}@queue.example",
    "description": f"It logs in with password={secret()}",
    "runbook": f"https://u:{secret()}@wiki.example/queue?api_key={secret()}",
}

HEALTH: list[Any] = [
    ("databases", "status.providers.django.health.databases"),
    ("caches", "status.providers.django.health.caches"),
    Provider("described", f"{__name__}.failing", (0,), **DESCRIBED),
    *((f"failing-{first}", f"{__name__}.failing", [first]) for first in range(0, len(TEXTS) - 5, 5)),
    Provider("flapping", f"{__name__}.flapping", ttl=0),
    ("grouped", f"{__name__}.grouped"),
    ("stated", f"{__name__}.stated"),
    ("named", f"{__name__}.named"),
    ("valued", f"{__name__}.valued"),
    ("wrong", f"{__name__}.calling_wrongly", [], _ARGUMENTS),
]
STATS: list[Any] = [
    ("databases", "status.providers.django.stats.databases"),
    Provider("described", f"{__name__}.texts", **DESCRIBED),
    ("texts", f"{__name__}.texts"),
    ("nested", f"{__name__}.nested"),
    ("values", f"{__name__}.values"),
    ("keys", f"{__name__}.keys"),
    ("called", f"{__name__}.called", [], _ARGUMENTS),
    *((f"failing-{first}", f"{__name__}.failing", [first]) for first in (0, 10)),
]
