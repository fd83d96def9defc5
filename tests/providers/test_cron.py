"""What runs now and then, by the sign of life it leaves."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from time import monotonic, time
from typing import Any

import pytest
from django.core.cache import caches

from status import State
from status.core.observation import Observation
from status.providers.cron import cron
from status.testing import inline
from tests.checking import look_at_one, told_at_start
from tests.servers.memcached import Memcached
from tests.servers.valkey import Valkey
from tests.sites import DEADLINE_S, site_caches

PATH = "cron.cron"


def look(*args: object, **kwargs: object) -> Observation:
    return look_at_one(PATH, *args, **kwargs)


def touch(file: Path, ago_s: float) -> Path:
    file.touch()
    os.utime(file, (time() - ago_s, time() - ago_s))
    return file


# A file


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize(
    ("ago_s", "options", "state"),
    [
        (100, {}, State.PASS),
        (4000, {}, State.FAIL),
        (100, {"warn_age_s": 60}, State.WARN),
        (-10, {}, State.PASS),  # clocks differ
        (-4000, {}, State.WARN),
    ],
)
def test_a_file_is_judged_by_its_age(ago_s: float, options: Any, state: State, tmp_path: Path) -> None:
    seen = look(3600, file=touch(tmp_path / "nightly", ago_s), **options)
    assert (seen.state, seen.name, seen.unit) == (state, "nightly", "s")
    assert abs(float(str(seen.value)) - max(ago_s, -4000 if ago_s < -60 else 0)) < 20


@pytest.mark.usefixtures("patient")
def test_what_it_says(tmp_path: Path) -> None:
    file = touch(tmp_path / "nightly", 4000)
    assert str(look(3600, file=str(file), label="export").error).startswith("last sign of life 4,00")
    assert str(look(3600, file=touch(file, -4000)).error).startswith("its last sign of life is dated 4,00")
    file.unlink()
    assert look(3600, file=file).error == "no sign of life: the file is not there"
    assert "NotADirectoryError" in str(look(3600, file="/etc/passwd/x").error)


@pytest.mark.parametrize(
    ("ago_s", "state", "shown"),
    [
        (89.96, State.PASS, 90.0),
        (90, State.WARN, 90.0),
        (100, State.WARN, 100.0),
        (100.03, State.FAIL, 100.0),
    ],
)
def test_the_age_is_judged_before_it_is_rounded_and_may_be_the_most(
    ago_s: float, state: State, shown: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "nightly"
    file.touch()
    os.utime(file, (1_700_000_000, 1_700_000_000))
    monkeypatch.setattr("status.providers.cron.time", lambda: 1_700_000_000 + ago_s)
    seen = cron.look_at("nightly", 100, file=file, warn_age_s=90)
    assert (seen.state, seen.value) == (state, shown)


# A key of a cache


@pytest.fixture(params=["local", "valkey", "memcached", "two_memcacheds", "django_redis"])
def entry(request: pytest.FixtureRequest) -> Iterator[dict[str, Any]]:
    if request.param == "local":
        yield {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "signs", "KEY_PREFIX": "shop"}
    elif request.param == "django_redis":
        valkey: Valkey = request.getfixturevalue("valkey")
        yield {**valkey.django_cache(), "BACKEND": "django_redis.cache.RedisCache", "VERSION": 7}
    elif request.param == "two_memcacheds":
        one: Memcached = request.getfixturevalue("memcached")
        other: Memcached = request.getfixturevalue("own_memcached")
        one_entry = one.django_cache()
        yield {**one_entry, "LOCATION": [one_entry["LOCATION"], other.django_cache()["LOCATION"]]}
    else:
        yield {**request.getfixturevalue(request.param).django_cache(), "KEY_PREFIX": "shop"}


@pytest.mark.usefixtures("patient")
def test_a_key_is_judged_by_the_time_under_it(entry: dict[str, Any]) -> None:
    now = time()
    moment = datetime.fromtimestamp(now - 100, timezone.utc)
    with site_caches(default=entry):
        for number, said in enumerate(
            [now - 100, int(now - 100), str(now - 100), moment, moment.isoformat(), f"{moment:%Y-%m-%dT%H:%M:%SZ}"]
        ):
            caches["default"].set(f"ran-{number}", said, 60)
            seen = look(3600, key=f"ran-{number}")
            assert (seen.state, seen.name, seen.error) == (State.PASS, f"ran-{number}", None)
            assert 99 <= float(str(seen.value)) < 120
        assert look(50, key="ran-0").state is State.FAIL
        assert look(50, key="never").error == "no sign of life: nothing is under the key"


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize(
    ("said", "error"),
    [
        ("yesterday", "what is under the key is no time"),
        ("nan", "what is under the key is no time"),
        ("-inf", "what is under the key is no time"),
        (float("nan"), "what is under the key is no time"),
        (1e300, "what is under the key is no time"),
        (True, "what is under the key is no time, but a bool"),
        ([1], "what is under the key is no time, but a list"),
    ],
)
def test_what_is_no_time_fails(said: object, error: str) -> None:
    caches["default"].set("ran", said)
    assert look(60, key="ran").error == f"ValueError: {error}"


@pytest.mark.usefixtures("patient")
def test_bytes_and_naive_times_are_read(tmp_path: Path) -> None:
    caches["default"].set("ran", f"{time()}".encode())
    assert look(60, key="ran").state is State.PASS
    caches["default"].set("ran", datetime.now() - timedelta(seconds=5))  # local, as naive ones are
    assert look(60, key="ran").state is State.PASS


@pytest.mark.usefixtures("patient")
def test_the_leader_is_asked_and_no_replica(valkey: Valkey, refused_port: int) -> None:
    entry = valkey.django_cache()
    with site_caches(default=entry):
        caches["default"].set("ran", time())
    with site_caches(default={**entry, "LOCATION": [entry["LOCATION"], f"redis://127.0.0.1:{refused_port}"]}):
        assert look(60, key="ran").state is State.PASS


@pytest.mark.usefixtures("patient")
def test_inline_it_is_the_tests_own_cache() -> None:
    with site_caches(default={"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}), inline():
        caches["default"].set("ran", time())
        assert look(60, key="ran").state is State.PASS


@pytest.mark.usefixtures("patient")
def test_a_cache_that_refuses_fails(refused_port: int) -> None:
    entry = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": f"redis://127.0.0.1:{refused_port}"}
    with site_caches(default=entry):
        assert "refused" in str(look(60, key="ran").error)


@pytest.mark.usefixtures("hurried")
def test_a_cache_that_never_answers_fails_at_the_deadline(silent_port: int) -> None:
    entry = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": f"redis://127.0.0.1:{silent_port}"}
    with site_caches(default=entry):
        started = monotonic()
        assert look(60, key="ran").state is State.FAIL
        assert monotonic() - started < DEADLINE_S + 0.5


@pytest.mark.parametrize(
    ("args", "kwargs", "told"),
    [
        ([60], {}, "cron takes either a file or a key"),
        ([60], {"file": "x", "key": "x"}, "cron takes either a file or a key"),
        ([None], {"file": "x"}, "max_age_s is a number, not None"),
        (["60"], {"file": "x"}, "max_age_s is a number, not '60'"),
        ([-1], {"file": "x"}, "max_age_s is a number from 0 on, not -1"),
        ([60], {"file": "x", "warn_age_s": 61}, "warn_age_s (61) is above max_age_s (60)"),
        ([60], {"key": "x", "cache": "other"}, "cache: CACHES has no 'other' (it has: default)"),
        ([60], {"file": ""}, "file is a text, not an empty one"),
        ([60], {"file": 5}, "file is a text, not a int"),
        ([60], {"file": "x", "cache": "other"}, "cache is of a key, not of a file"),
        ([], {"file": "x"}, "missing a required argument: 'max_age_s'"),
        ([60], {"key": ""}, "key is a text, not an empty one"),
    ],
)
def test_a_wrong_argument_is_told_at_start(args: Any, kwargs: Any, told: str) -> None:
    assert told in told_at_start(PATH, *args, **kwargs)
