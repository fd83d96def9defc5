"""People who are logged in, through either kind of server."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from django.test import AsyncClient, Client, override_settings

from tests.asking import SERVERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.contrib.auth.models import User


class Browser:
    """Keeps its cookies between requests, as a person's does."""

    def __init__(self, server: str) -> None:
        self.server = server
        self.client: Any = Client() if server == "wsgi" else AsyncClient()

    def log_in(self, user: User) -> None:
        self.client.force_login(user)

    def log_out(self) -> None:
        self.client.logout()

    def get(self, path: str = "", method: str = "GET", **options: Any) -> Any:
        """The answer to a request below `/status/`."""
        asked = self.client.generic(method, f"/status/{path}", **options)
        return asked if self.server == "wsgi" else asyncio.run(_awaited(asked))

    @property
    def cookies(self) -> Any:
        return self.client.cookies


async def _awaited(asked: Any) -> Any:
    return await asked


@pytest.fixture(autouse=True)
def _fresh(transactional_db: None) -> Iterator[None]:
    """What is written is committed: the login is read on a connection of its own."""
    with override_settings(STATUS_ACCESS={"health": "states", "*": "private"}):
        yield


@pytest.fixture(params=SERVERS)
def browser(request: pytest.FixtureRequest) -> Browser:
    """Nobody's yet."""
    return Browser(request.param)


@pytest.fixture
def staff() -> User:
    from django.contrib.auth.models import User  # conftest is loaded before Django is set up

    return User.objects.create_user("staff", is_staff=True)


@pytest.fixture
def customer() -> User:
    from django.contrib.auth.models import User

    return User.objects.create_user("customer")


@pytest.fixture
def permitted() -> User:
    """Not staff, and allowed this one thing."""
    from django.contrib.auth.models import Permission, User

    user = User.objects.create_user("permitted")
    user.user_permissions.add(Permission.objects.get(codename="view_status", content_type__app_label="status"))
    return user
