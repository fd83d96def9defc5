"""The site, and who asks it."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping

import pytest
from django.test import Client, override_settings

from tests.hostile import checks, site
from tests.hostile.asking import APPLICATIONS, Ask
from tests.hostile.site import TOKEN

SETTINGS = {name: value for name, value in vars(site).items() if name.isupper()}

Headers = tuple[tuple[str, bytes], ...]


class Errors(logging.Handler):
    """What is logged at ERROR and above by us, or by Django about our answers."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.told: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        # A host that is not allowed is what Django tells its operators, at any URL.
        if record.name.startswith(("status", "django")) and record.name != "django.security.DisallowedHost":
            self.told.append(f"{record.name}: {record.getMessage()}")


@pytest.fixture
def _site(transactional_db: None) -> Iterator[None]:
    """What is written is committed: checks and logins are read on connections of their own."""
    with override_settings(**SETTINGS):
        checks.runs.clear()
        yield


@pytest.fixture
def callers(_site: None) -> Mapping[str, Headers]:
    """The headers of each kind of caller, by its name."""
    from django.contrib.auth.models import User  # conftest is loaded before Django is set up

    client = Client()
    client.force_login(User.objects.create_user("staff", is_staff=True))
    session = client.cookies["sessionid"].value
    return {
        "stranger": (),
        "wrong token": (("authorization", b"Bearer wrong"),),
        "token": (("authorization", f"Bearer {TOKEN}".encode()),),
        "staff": (("cookie", f"sessionid={session}".encode()),),
    }


@pytest.fixture(params=APPLICATIONS)
def ask(request: pytest.FixtureRequest, _site: None) -> Ask:
    """Ask the site through each kind of application."""
    return APPLICATIONS[request.param]()


@pytest.fixture
def errors() -> Iterator[Errors]:
    """What has gone wrong since the test began."""
    handler = Errors()
    logging.getLogger().addHandler(handler)
    yield handler
    logging.getLogger().removeHandler(handler)
