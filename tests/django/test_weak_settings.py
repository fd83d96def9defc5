"""Settings that are used as they are written, and show much to many: told at start and by `manage.py check`."""

from __future__ import annotations

import logging
import shlex
import subprocess
import sys
from ipaddress import ip_network
from typing import Any

import pytest
from django.core.checks import run_checks
from django.test import override_settings

from status import conf, observe, start

DIGEST = "sha256:2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"
LONG = "a-token-that-is-long-enough"
HALVES = ["0.0.0.0/1", "128.0.0.0/1"]


def told() -> list[tuple[str, str]]:
    """Id and text of each, without `status.` and the full stop."""
    found = [message for message in run_checks() if str(message.id).startswith("status.")]
    assert all(message.hint for message in found)
    return [(str(message.id).removeprefix("status."), message.msg.rstrip(".")) for message in found]


WEAK: dict[str, tuple[dict[str, Any], list[str], str]] = {
    "a short token": ({"STATUS_TOKENS": ["short"]}, ["W003"], "STATUS_TOKENS[0]: a token of less than 20 characters"),
    "a short token with a name": ({"STATUS_TOKENS": {"a": LONG, "b": "x" * 19}}, ["W003"], "STATUS_TOKENS[1]"),
    "public stats": ({"STATUS_ACCESS": {"stats": "public"}}, ["W004"], "STATUS_ACCESS['stats']: everyone sees all"),
    "everything public": ({"STATUS_ACCESS": {"*": "public"}}, ["W004"], "every resource that isn't named"),
    "public stats with a verdict": (
        {"STATUS_ACCESS": {"stats": "public"}, "STATUS_JUDGED": ["health", "stats"]},
        ["W004"],
        "STATUS_ACCESS['stats']: everyone sees all",
    ),
    "a slip in a resource": (
        {"STATUS_ACCESS": {"stast": "public", "health": "public"}},
        ["W004", "W009"],
        "STATUS_ACCESS['stast']: everyone sees all",
    ),
    "an unknown resource": ({"STATUS_ACCESS": {"stast": "hidden"}}, ["W009"], "there is no resource 'stast'"),
    "everybody": ({"STATUS_NETWORKS": ["0.0.0.0/0"]}, ["W005"], "STATUS_NETWORKS[0]: 0.0.0.0/0 is everybody"),
    "everybody by IPv6": ({"STATUS_NETWORKS": ["::1", "::/0"]}, ["W005"], "STATUS_NETWORKS[1]: ::/0 is everybody"),
    "everybody by IPv4 in IPv6": ({"STATUS_NETWORKS": ["::ffff:0:0/96"]}, ["W005"], "0.0.0.0/0 is everybody"),
    "everybody in halves": ({"STATUS_NETWORKS": HALVES}, ["W005"], "STATUS_NETWORKS: its networks together are every"),
    "half of the Internet": ({"STATUS_NETWORKS": ["128.0.0.0/1"]}, ["W005"], "a large part of the Internet"),
    "a large part by IPv6": ({"STATUS_NETWORKS": [ip_network("2000::/3")]}, ["W005"], "a large part of the Internet"),
    "every proxy": (
        {"STATUS_TRUSTED_PROXIES": ["0.0.0.0/0"]},
        ["W007"],
        "STATUS_TRUSTED_PROXIES[0]: 0.0.0.0/0 is every",
    ),
    "a proxy that isn't named": (
        {"STATUS_NETWORKS": ["10.0.0.0/8"], "SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https")},
        ["W006"],
        "STATUS_TRUSTED_PROXIES: it is empty, but SECURE_PROXY_SSL_HEADER tells of a proxy",
    ),
    "another's host": ({"STATUS_NETWORKS": ["::1"], "USE_X_FORWARDED_HOST": True}, ["W006"], "USE_X_FORWARDED_HOST"),
    "another's port": ({"STATUS_NETWORKS": ["::1"], "USE_X_FORWARDED_PORT": True}, ["W006"], "USE_X_FORWARDED_PORT"),
    "a foreign logo": ({"STATUS_SITE": {"logo": "https://cdn.example/logo.svg"}}, ["W008"], "STATUS_SITE['logo']"),
    "a foreign logo, same scheme": ({"STATUS_SITE": {"logo": "//cdn.example/a.png"}}, ["W008"], "STATUS_SITE['logo']"),
}

WELL: list[dict[str, Any]] = [
    {"STATUS_TOKENS": [LONG, DIGEST]},
    {"STATUS_TOKENS": {"grafana": LONG, "old": DIGEST}},
    {"STATUS_ACCESS": {"health": "public", "stats": "states"}},
    {
        "STATUS_PROVIDERS": {"health": [], "partners": []},
        "STATUS_JUDGED": ["health", "partners"],
        "STATUS_ACCESS": {"partners": "public"},
    },
    {"STATUS_ACCESS": {"*": "hidden", "health": "states", "stats": "states", "metrics": "states"}},
    {"STATUS_PROVIDERS": {"mine": []}, "STATUS_ACCESS": {"mine": "states", "health": "states", "stats": "hidden"}},
    {
        "STATUS_NETWORKS": [
            "10.0.0.0/8",
            "172.16.0.0/12",
            "192.168.0.0/16",
            "fc00::/7",
            "fe80::/10",
            "::1",
            "2001:db8::/32",
        ]
    },
    {"STATUS_NETWORKS": ["10.0.0.0/8"], "STATUS_TRUSTED_PROXIES": ["unix"], "USE_X_FORWARDED_HOST": True},
    {"USE_X_FORWARDED_HOST": True},
    {"STATUS_SITE": {"logo": "/static/logo.svg"}},
    {"STATUS_SITE": {"logo": "data:image/svg+xml;base64,AA=="}},
]


@pytest.mark.parametrize(("settings", "ids", "text"), WEAK.values(), ids=WEAK)
def test_it_is_a_warning(settings: dict[str, Any], ids: list[str], text: str) -> None:
    with override_settings(**settings):
        assert [each for each, _ in told()] == ids
        assert text in told()[0][1]


@pytest.mark.parametrize("settings", WELL)
def test_what_is_well_is_no_warning(settings: dict[str, Any]) -> None:
    with override_settings(**settings):
        assert told() == []


@pytest.mark.parametrize(
    ("providers", "named", "hint"),
    [
        (None, "stast", "Write stats."),
        (None, "Health", "Write health."),
        (None, "queues", "The resources are: health, stats."),
        ({"health": [], "queues": []}, "queue", "Write queues."),
        ({"west": [], "wests": []}, "wes", "Write west or wests."),
        ({"mine": [], 7: []}, "other", "The resources are: mine."),
        ({}, "other", "The resources are: none."),
    ],
)
def test_a_resource_that_is_not_there_is_told_with_the_names_it_may_be(providers: Any, named: str, hint: str) -> None:
    with override_settings(STATUS_PROVIDERS=providers, STATUS_ACCESS={named: "hidden"}):
        [told] = [message for message in run_checks() if message.id == "status.W009"]
    assert (told.msg, told.hint) == (f"STATUS_ACCESS['{named}']: there is no resource '{named}'.", hint)


@pytest.mark.parametrize("providers", ["ping", ["ping"]])
def test_where_the_resources_cannot_be_read_no_name_is_called_unknown(providers: Any) -> None:
    with override_settings(STATUS_PROVIDERS=providers, STATUS_ACCESS={"mine": "hidden"}):
        assert [id for id, _ in told()] == ["E001"]


def test_a_resource_is_known_where_its_own_entry_is_wrong() -> None:
    with override_settings(
        STATUS_PROVIDERS={"mine": "ping", "a b": []}, STATUS_ACCESS={"mine": "states", "a b": "states"}
    ):
        assert {id for id, _ in told()} == {"E001", "E005"}


def test_a_function_names_no_resources() -> None:
    with override_settings(STATUS_ACCESS="tests.conf_providers.fine"):
        assert told() == []


def test_it_is_in_the_log_at_start_and_not_in_health_which_strangers_read(caplog: pytest.LogCaptureFixture) -> None:
    with override_settings(STATUS_TOKENS=["short"], STATUS_PROVIDERS={"health": []}):
        start.resolve()
        assert [seen.name for seen in observe("health").observations] == []
    [record] = caplog.records
    assert record.levelno == logging.WARNING
    assert "STATUS_TOKENS[0]" in record.getMessage()
    assert "short" not in record.getMessage().replace("shorter", "")


def test_what_the_project_silences_is_told_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    silenced = ["status.W003", "status.E013", "security.W001"]
    with override_settings(STATUS_TOKENS=["short", LONG, ""], SILENCED_SYSTEM_CHECKS=silenced):
        assert [id for id, _ in told()] == ["E013"]  # an error is no choice
        assert len(conf.current().tokens) == 2
        start.resolve()
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


@pytest.mark.parametrize("silenced", [None, "status.W003", 7])
def test_a_list_of_silenced_checks_that_is_none_silences_nothing(silenced: object) -> None:
    with override_settings(STATUS_TOKENS=["short"], SILENCED_SYSTEM_CHECKS=silenced):
        assert [problem.id for problem in conf.current().weaknesses] == ["W003"]


def test_a_warning_follows_the_settings_of_others() -> None:
    with override_settings(STATUS_NETWORKS=["::1"]):
        for setting in ("SECURE_PROXY_SSL_HEADER", "USE_X_FORWARDED_HOST", "USE_X_FORWARDED_PORT"):
            with override_settings(**{setting: ("HTTP_X_FORWARDED_PROTO", "https")}):
                assert [id for id, _ in told()] == ["W006"]
            assert told() == []
        with override_settings(STATUS_NETWORKS=["::/0"], SILENCED_SYSTEM_CHECKS=["status.W005"]):
            assert told() == []


def test_the_hint_of_a_short_token_makes_a_good_one() -> None:
    with override_settings(STATUS_TOKENS=["short"]):
        [weakness] = conf.current().weaknesses
    command = weakness.hint.partition(": ")[2]
    done = subprocess.run(shlex.split(command), executable=sys.executable, capture_output=True, text=True, check=True)
    with override_settings(STATUS_TOKENS=[done.stdout.strip()]):
        assert told() == []


def test_everybody_is_told_for_each_version_of_ip() -> None:
    with override_settings(STATUS_NETWORKS=[*HALVES, "::/0", "2000::/3", "1.0.0.0/8"]):
        assert [(id, text.partition(": who")[0]) for id, text in told()] == [
            ("W005", "STATUS_NETWORKS[2]: ::/0 is everybody"),
            ("W005", "STATUS_NETWORKS[3]: 2000::/3 is a large part of the Internet"),
            ("W005", "STATUS_NETWORKS: its networks together are everybody by IPv4"),
        ]


WRONG: dict[str, tuple[Any, str]] = {
    "no list": ("token", "STATUS_TOKENS: it is a str, neither a list nor a mapping"),
    "bytes": ([LONG.encode()], "STATUS_TOKENS[0]: it is a bytes, not a text"),
    "empty": ([LONG, ""], "STATUS_TOKENS[1]: it is empty"),
    "without a name": ({"": LONG}, "STATUS_TOKENS[0]: it has no name"),
    "a name that is none": ({7: LONG}, "STATUS_TOKENS[0]: it has no name"),
    "short digest": (["sha256:abc"], "STATUS_TOKENS[0]: after sha256: there are not 64 hexadecimal digits"),
    "digest of other signs": ([f"sha256:{'x' * 64}"], "STATUS_TOKENS[0]: after sha256: there are not 64 hex"),
    "digest of nothing": (
        ["sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
        "STATUS_TOKENS[0]: it is the digest of the empty text",
    ),
    "twice": ({"a": LONG, "b": LONG}, "STATUS_TOKENS[1]: it is the same token as one before it"),
    "nothing": (None, "STATUS_TOKENS: it is a NoneType, neither a list nor a mapping"),
    "an invisible sign": ([f"{LONG}\u200b"], "STATUS_TOKENS[0]: it has whitespace or an invisible character"),
    "the same as a digest": ([DIGEST.upper(), DIGEST], "STATUS_TOKENS[1]: it is the same token as one before it"),
    "whitespace": ([f"{LONG}\n"], "STATUS_TOKENS[0]: it has whitespace"),
    "a space": ([f"{LONG} {LONG}"], "STATUS_TOKENS[0]: it has whitespace"),
    "too long": (["x" * 5_000], "STATUS_TOKENS[0]: it is longer than what is read of a header"),
}


@pytest.mark.parametrize(("tokens", "text"), WRONG.values(), ids=WRONG)
def test_a_token_that_cannot_be_used_is_an_error_that_does_not_tell_it(tokens: Any, text: str) -> None:
    with override_settings(STATUS_TOKENS=tokens):
        [(id, said)] = told()
        assert id == "E013"
        assert text in said
        assert LONG not in said
        assert len(conf.current().tokens) <= 1


@pytest.mark.parametrize("setting", ["STATUS_NETWORKS", "STATUS_TRUSTED_PROXIES"])
@pytest.mark.parametrize(
    ("entries", "text", "hint"),
    [
        ("10.0.0.0/8", ": it is a str, not a list", "Write a list"),
        (["10.0.0.1/8"], "[0]: '10.0.0.1/8' has bits set after its prefix", "Write 10.0.0.0/8, or 10.0.0.1 for"),
        (["::1", "proxy.example"], "[1]: 'proxy.example' is no network", "names are not looked up"),
        ([7], "[0]: it is a int, neither a text nor of ipaddress", "Write a network"),
        ([""], "[0]: it is empty", "Write a network"),
    ],
)
def test_what_is_no_network_is_an_error_that_says_what_to_write(
    setting: str, entries: Any, text: str, hint: str
) -> None:
    with override_settings(**{setting: entries}):
        [problem] = [each for each in run_checks() if str(each.id) == "status.E012"]
        assert f"{setting}{text}" in problem.msg
        assert problem.hint
        assert hint in problem.hint
