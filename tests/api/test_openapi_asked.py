"""The API does what its OpenAPI document says: asked whatever that allows and forbids, by schemathesis."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from typing import Any

import pytest
import schemathesis
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler
from django.test import override_settings
from schemathesis.config import (
    ChecksConfig,
    GenerationConfig,
    NotAServerErrorConfig,
    ProjectConfig,
    ProjectsConfig,
    SchemathesisConfig,
    SimpleCheckConfig,
)
from schemathesis.engine import events, from_schema

from tests.api.conftest import TOKEN
from tests.conftest import THOROUGH
from tests.servers.web import Gunicorn

pytestmark = pytest.mark.slow

CASES = 100 if THOROUGH else 5
"""An operation, beside those that cover each value of each parameter."""

SETTINGS: dict[str, Any] = {
    "STATUS_PROVIDERS": {
        "health": [("ping", "status.providers.health.ping"), ("it", "tests.api.checks.warns")],
        "failing": [("it", "tests.api.checks.fails")],
        "stats": [("measured", "tests.api.checks.measured"), ("raises", "tests.api.checks.raises")],
        "open": [("nothing", "tests.api.checks.nothing")],
        "secret": [("ping", "status.providers.health.ping")],
    },
    "STATUS_JUDGED": ["health", "failing"],
    "STATUS_ACCESS": {"health": "states", "failing": "states", "open": "public", "secret": "hidden", "*": "private"},
    "STATUS_TOKENS": [TOKEN],
    "STATUS_TTL": 60,
    "ALLOWED_HOSTS": ["*"],
}
PATH = "/status/api/openapi.json"
# Schemathesis heeds a path's own server but through WSGI within the process (4.32): there we ask the API alone, which
# has none.
ALONE = "tests.contract.urls_of_api_alone"
PATH_ALONE = "/status/openapi.json"
CALLERS = {"stranger": {}, "trusted": {"Authorization": f"Bearer {TOKEN}"}}
SERVERS = ("wsgi", "asgi", "gunicorn")


@contextmanager
def described(server: str, headers: dict[str, str]) -> Iterator[Any]:
    """The document as this caller gets it, with where it came from."""
    # 503 is how a failing check is told, 304 that the feed has nothing new: neither is an error of the server.
    checks = ChecksConfig(
        not_a_server_error=NotAServerErrorConfig(expected_statuses=["2xx", "304", "4xx", "503"]),
        # What it asks for that, it can't ask within the process (schemathesis 4.32).
        ignored_auth=SimpleCheckConfig(enabled=server == "gunicorn"),
    )
    generation = GenerationConfig(max_examples=CASES, deterministic=True)
    project = ProjectConfig(checks=checks, headers=headers, generation=generation)
    config = SchemathesisConfig(seed=1, projects=ProjectsConfig(default=project))
    if server == "gunicorn":
        lines = "\n".join(f"{name} = {value!r}" for name, value in SETTINGS.items())
        with Gunicorn.serving(lines) as gunicorn:
            yield schemathesis.openapi.from_url(f"{gunicorn.url}api/openapi.json", config=config, headers=headers)
        return
    if server == "wsgi":
        with override_settings(ROOT_URLCONF=ALONE, **SETTINGS):
            yield schemathesis.openapi.from_wsgi(PATH_ALONE, WSGIHandler(), config=config, headers=headers)
    else:
        with override_settings(**SETTINGS):
            yield schemathesis.openapi.from_asgi(PATH, ASGIHandler(), config=config, headers=headers)


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize("caller", CALLERS)
def test_whatever_is_asked_is_answered_as_documented(caller: str, server: str) -> None:
    asked: Counter[str] = Counter()
    codes: Counter[int] = Counter()
    wrong: list[str] = []
    with described(server, CALLERS[caller]) as schema:
        for event in from_schema(schema).execute():
            if isinstance(event, (events.NonFatalError, events.FatalError)):
                wrong.append(repr(getattr(event, "value", event)))
            elif isinstance(event, events.ScenarioFinished):
                answered = [each.response for each in event.recorder.interactions.values() if each.response]
                asked[event.label or ""] += len(answered)
                codes.update(each.status_code for each in answered)
                wrong += _failures(event)
    assert not wrong, "\n\n".join(wrong[:3])
    assert {200, 400, 405, 503} <= codes.keys() <= {200, 304, 400, 401, 404, 405, 503}
    # All but where the document itself is from, which it has asked already.
    assert all(asked[f"GET {path}"] for path in schema.raw_schema["paths"] if path != "/openapi.json")


def _failures(event: events.ScenarioFinished) -> Iterator[str]:
    for each in chain.from_iterable(event.recorder.checks.values()):
        # It wants a 401 wherever a token is needed; of what is hidden nobody is told even that.
        if each.failure_info and not (each.name == "ignored_auth" and "/secret" in str(event.label)):
            yield f"{event.label}: {each.name}: {each.failure_info.failure}"
