"""A site with two hundred secrets to tell tells none, whoever asks for what, through whichever door."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from status import testing
from status.core.redaction import text, tree
from tests.conftest import THOROUGH
from tests.leaks import providers
from tests.leaks.asking import WAYS, Asking
from tests.leaks.conftest import Told, site
from tests.leaks.secrets import MARK, told_in

pytestmark = pytest.mark.slow

REQUESTS = 10_000 if THOROUGH else 1_000
UNREDACTED_REQUESTS = 1_500
AT_LEAST = 200


def assert_kept(told: str, where: str) -> None:
    """No eight characters of any secret are in the text."""
    at = told.lower().find(MARK)
    assert at < 0, f"{where}: …{told[max(at - 80, 0) : at + 40]!r}…"


def _session_of_staff() -> str:
    from django.contrib.auth.models import User

    client = Client()
    client.force_login(User.objects.create_user("staff", is_staff=True))
    return client.cookies["sessionid"].value


@pytest.fixture
def _unredacted(monkeypatch: pytest.MonkeyPatch) -> None:
    def as_it_is(found: Any, *args: Any, **kwargs: Any) -> Any:
        return found

    monkeypatch.setattr(text, "_redacted", as_it_is)
    monkeypatch.setattr(tree, "_redacted", as_it_is)


@pytest.mark.usefixtures("_unredacted")
def test_without_redaction_two_hundred_of_them_come_out(told: Told) -> None:
    seen: set[str] = set()
    asking = Asking("wsgi", _session_of_staff(), lambda answer, path: seen.update(told_in(answer)))
    asking.ask(UNREDACTED_REQUESTS)
    assert testing.flush()
    for way in (told.log.getvalue(), "".join(told.signals), told.shared()):
        assert told_in(way)
        seen |= told_in(way)
    assert len(seen) >= AT_LEAST


@pytest.mark.parametrize("way", WAYS)
def test_no_answer_tells_one_nor_the_log_nor_a_signal_nor_a_file(told: Told, way: str) -> None:
    asking = Asking(way, _session_of_staff(), assert_kept)
    asking.ask(REQUESTS // len(WAYS))
    assert testing.flush()
    assert_kept(told.all(), "told")
    # They did reach what there is to tell.
    assert "Refused" in told.log.getvalue()
    assert told.signals
    assert "Refused" in told.shared()
    assert {200, 401, 404, 405, 503} <= asking.codes.keys(), asking.codes
    assert asking.codes[500] == 0


@pytest.mark.parametrize("resource", ["health", "stats"])
@pytest.mark.parametrize("format", ["table", "json", "yaml", "text", "health+json", "nagios"])
def test_no_command_prints_one(told: Told, capsys: pytest.CaptureFixture[str], resource: str, format: str) -> None:
    with suppress(SystemExit):  # a plugin's exit code is by the report
        call_command("status", resource, f"--format={format}")
    printed = capsys.readouterr()
    assert "********" in printed.out
    assert_kept(printed.out + printed.err, "the command")
    assert testing.flush()
    assert_kept(told.all(), "told")


def test_what_is_wrong_with_the_settings_is_told_without_them(told: Told, capsys: pytest.CaptureFixture[str]) -> None:
    secret = providers.secret
    wrong = {
        "STATUS_TOKENS": [secret().encode(), "sha256:" + secret(40)],
        "STATUS_NETWORKS": [f"password={secret()}"],
        "STATUS_TRUSTED_PROXIES": [f"redis://:{secret()}@proxy"],
        "STATUS_TIMEOUT": f"api_key={secret()}",
        "STATUS_ACCESS": {f"token={secret()}": f"password={secret()}"},
        "STATUS_PROVIDERS": {"health": [(f"password={secret()}", f"no.such.redis://:{secret()}@module")]},
        "STATUS_PROBES": {f"password={secret()}": 3, "readyz": [f"health/password={secret()}"]},
    }
    with site(**wrong), pytest.raises(CommandError) as caught:
        call_command("check")
    printed = capsys.readouterr()
    assert_kept(f"{caught.value}{printed.out}{printed.err}", "manage.py check")
    assert_kept(told.all(), "told")
