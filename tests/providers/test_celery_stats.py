"""Celery's statistics, of real workers over a real Valkey and a real RabbitMQ."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import redis
from django.test import override_settings
from kombu import Connection, Queue

from status.celery import stamp_messages
from status.core import bounds
from status.core.check import Check
from status.core.observation import Observation
from status.core.runner import Runner
from status.core.states import State
from status.providers.base import Defaults, Provider
from status.providers.celery import broadcast, health, inspection, stats
from status.providers.celery.broker import Broker
from status.providers.extras import MissingExtra
from status.runtime import heartbeat
from tests.conftest import started
from tests.providers.celery_workers import THREADS, busy_worker, odd_worker, raw
from tests.servers.celery_worker import CeleryWorker
from tests.servers.ports import HOST
from tests.servers.process import find_program
from tests.servers.rabbitmq import RabbitMQ
from tests.servers.valkey import Valkey
from tests.sites import celery_project as project
from tests.waiting import wait_until

BUSY, IDLE, OTHER, GONE = "busy@web-1", "idle@web-2", "other@web-3", "mail@gone"
pytestmark = pytest.mark.slow

NAMED = [BUSY, IDLE]
ALL = [BUSY, IDLE, OTHER]
"""Who is not named may be too slow to be counted."""
SECRET = "hush-9d1f"
UNASKED = "parked"
"""A queue that no worker takes from."""


class Site:
    """A broker of this module's own, with workers."""

    def __init__(self, server: Valkey | RabbitMQ) -> None:
        self.server = server

    @property
    def is_redis(self) -> bool:
        return isinstance(self.server, Valkey)

    def length(self, queue: str) -> int:
        """As the broker's own tool tells it."""
        if isinstance(self.server, Valkey):
            keys = [queue, *(f"{queue}\x06\x16{step}" for step in (3, 6, 9))]
            return sum(int(self.redis_cli("LLEN", key)) for key in keys)
        return self.lengths()[queue]

    def lengths(self) -> dict[str, int]:
        listed = self.ctl("-q", "--silent", "list_queues", "name", "messages_ready").splitlines()
        return {name: int(count) for name, count in (line.split("\t") for line in listed)}

    def redis_cli(self, *arguments: str) -> str:
        command = [str(find_program("redis-cli")), "-h", HOST, "-p", str(self.server.port), *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=10).stdout.strip()

    def ctl(self, *arguments: str) -> str:
        assert isinstance(self.server, RabbitMQ)
        ctl = "/usr/lib/rabbitmq/bin/rabbitmqctl"  # what sbin has would run it with another home
        return self.server.run_tool(ctl if Path(ctl).exists() else str(find_program("rabbitmqctl")), *arguments)


@pytest.fixture(scope="module", params=[Valkey, RabbitMQ], ids=["redis", "rabbitmq"])
def site(request: pytest.FixtureRequest) -> Iterator[Site]:
    with ExitStack() as stack:
        server = stack.enter_context(started(request.param))
        stack.enter_context(busy_worker(server.url, BUSY))
        for name in (IDLE, OTHER):
            stack.enter_context(CeleryWorker.start(server.url, name))
        yield Site(server)


@pytest.fixture
def app(site: Site) -> Iterator[Any]:
    gc.collect()
    with project(site.server.url) as app:
        yield app


@pytest.fixture
def runner() -> Iterator[Runner]:
    runner = Runner()
    yield runner
    runner.close(5.0)


@pytest.fixture
def stamped() -> Iterator[None]:
    from celery.signals import before_task_publish

    stamp_messages()
    yield
    before_task_publish.disconnect(dispatch_uid="status:stamp")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path) -> Iterator[Path]:
    """The site's STATUS_RUNTIME_DIR."""
    with override_settings(STATUS_RUNTIME_DIR=tmp_path / "run"):
        yield tmp_path / "run"


def totals(workers: list[str] | None = None) -> dict[str, Any]:
    told = stats.celery(workers=NAMED if workers is None else workers)["totals"]
    assert isinstance(told, dict)
    return told


def check(workers: list[str], timeout_s: float = 2.0) -> Check:
    provider = Provider("celery", stats.celery, kwargs={"workers": workers}, timeout=timeout_s)
    (made,) = provider.checks("stats", judged=False, defaults=Defaults())
    return made


def send(app: Any, task: str, *arguments: str, **options: Any) -> None:
    app.send_task(task, arguments, ignore_result=True, **options)


def purge(site: Site) -> None:
    with Connection(site.server.url) as connection:
        channel: Any = connection.default_channel
        channel.queue_purge(UNASKED)


def lines(told: dict[str, Any]) -> dict[str, Any]:
    queues = told["queues"]
    assert isinstance(queues, dict)
    return queues


# --- figures, held against Celery's and the brokers' own --------------------------------------------------------------


def test_figures_are_those_of_celery_inspect(app: Any, tmp_path: Path) -> None:
    over = tmp_path / "over"
    try:
        for _ in range(THREADS + 3):
            send(app, "shop.rest", str(over), SECRET, queue="mail")
        send(app, "shop.nothing", queue="mail", countdown=3600)
        inspect = app.control.inspect(timeout=1.0, destination=[BUSY, IDLE, OTHER])

        def seen() -> tuple[int, ...]:
            replies = (inspect.active(), inspect.reserved(), inspect.scheduled())
            return tuple(sum(map(len, (reply or {}).values())) for reply in replies)

        # The one that is scheduled is reserved as well: Celery counts it twice.
        wait_until(lambda: seen()[0] == THREADS and seen()[2] == 1, 20.0)
        before = seen()
        told = totals([BUSY, IDLE, OTHER])
        assert seen() == before
        tasks = told["tasks"]
        assert (tasks["active"], tasks["reserved"], tasks["scheduled"]) == before
        assert tasks["reserved"] >= 3
        registered = {name for names in inspect.registered().values() for name in names}
        assert (tasks["registered"], tasks["registered_names"]) == (len(registered), sorted(registered))
        pools = [entry["pool"]["max-concurrency"] for entry in inspect.stats().values()]
        assert told["concurrency"] == sum(pools) == THREADS + 2
        assert told["used_ratio"] == round(THREADS / sum(pools), 4)
        queues = [queue["name"] for taken in inspect.active_queues().values() for queue in taken]
        assert {name: line["workers"] for name, line in lines(told).items()} == {"celery": 3, "mail": 1}
        assert sorted(queues) == ["celery"] * 3 + ["mail"]
        assert SECRET not in json.dumps(stats.celery(workers=NAMED), default=str)
    finally:
        over.touch()
        app.control.purge()


def test_an_entry_is_what_celery_itself_gives(app: Any) -> None:
    mine = stats.celery(workers=NAMED)
    celerys = app.control.inspect(destination=NAMED).stats()
    assert mine.keys() == {*NAMED, "totals"}
    assert mine[BUSY].keys() == celerys[BUSY].keys()
    assert mine[BUSY]["pid"] == celerys[BUSY]["pid"]


@pytest.mark.usefixtures("app")
def test_workers_are_online_missing_and_unexpected() -> None:
    assert totals([BUSY, GONE])["workers"] == {
        "online": 3,
        "expected": 2,
        "missing": 1,
        "missing_names": [GONE],
        "unexpected": 2,
        "unexpected_names": [IDLE, OTHER],
    }


@pytest.mark.usefixtures("app")
def test_without_configured_workers_the_totals_are_told_all_the_same() -> None:
    assert stats.celery.names() == ("totals",)
    told = stats.celery()
    assert told.keys() == {"totals"}
    assert told["totals"]["workers"]["online"] == 3
    assert told["totals"]["concurrency"] == THREADS + 2


@pytest.mark.usefixtures("app")
def test_a_worker_that_is_gone_fails_alone_when_the_inspect_is_over(runner: Runner) -> None:
    (seen,) = runner.observe([check([*NAMED, GONE], 2.0)])
    assert {part.name: part.state for part in seen.components} == {
        BUSY: State.PASS,
        IDLE: State.PASS,
        "totals": State.PASS,
        GONE: State.FAIL,
    }
    assert 1.4 < seen.duration_s < 1.7


def test_a_thousand_workers_cost_one_broadcast_a_command(site: Site, app: Any, runner: Runner) -> None:
    def published() -> int:
        if site.is_redis:
            return int(site.redis_cli("INFO", "commandstats").split("cmdstat_publish:calls=")[1].split(",")[0])
        # Replies are counted as well.
        told = site.ctl("-q", "eval", "rabbit_global_counters:overview().")
        return int(told.split("messages_received_total => ")[1].split(",")[0])

    totals([GONE])  # what others have asked before is over
    before = published()
    replies = 0 if site.is_redis else 3 * len(inspection.COMMANDS)
    (seen,) = runner.observe([check([*NAMED, *(f"mail@gone-{at}" for at in range(998))])])
    assert published() - before == len(inspection.COMMANDS) + replies
    told: Any = {part.name: part.value for part in seen.components}["totals"]
    assert told["workers"]["missing"] == 998
    assert len(told["workers"]["missing_names"]) == inspection.MOST


# --- queues -----------------------------------------------------------------------------------------------------------


def test_lengths_are_those_that_the_broker_itself_tells(site: Site, app: Any) -> None:
    for priority in (0, 4, 9, 9):
        send(app, "shop.nothing", queue=UNASKED, priority=priority)
    try:
        told = lines(totals())
        assert told[UNASKED]["length"] == site.length(UNASKED) == 4
        assert told[UNASKED]["workers"] == 0
        assert told["celery"]["length"] == 0
        if site.is_redis:
            assert "consumers" not in told[UNASKED]
        else:
            assert (told[UNASKED]["consumers"], told["celery"]["consumers"]) == (0, 3)
    finally:
        app.control.purge()
        purge(site)


def test_the_oldest_message_is_told_where_messages_are_stamped(site: Site, app: Any, stamped: None) -> None:
    now = int(time.time())
    for at, priority in ((now - 50, 9), (now - 90, 0), (now - 10, 0)):
        send(app, "shop.nothing", queue=UNASKED, priority=priority, timestamp=at)
    send(app, "shop.nothing", queue=UNASKED)  # stamped by the signal alone
    try:
        told = totals()
        if site.is_redis:
            assert 89 <= lines(told)[UNASKED]["oldest_age_s"] <= 95
            assert "oldest_age_s" not in told["unavailable"]
        else:
            assert "oldest_age_s" not in lines(told)[UNASKED]
            assert "without taking it out" in told["unavailable"]["oldest_age_s"]
        with Connection(site.server.url) as connection:
            stamps = [_take(connection).properties["timestamp"] for _ in range(4)]
        assert set(stamps) >= {now - 50, now - 90, now - 10}
        assert all(now <= at <= now + 30 for at in set(stamps) - {now - 50, now - 90, now - 10})
    finally:
        purge(site)


def _take(connection: Connection) -> Any:
    channel: Any = connection.default_channel
    message = channel.basic_get(UNASKED, no_ack=True)
    assert message is not None
    return message


@pytest.mark.usefixtures("stamped")
def test_a_stamped_task_is_worked_off(site: Site, app: Any, tmp_path: Path) -> None:
    send(app, "shop.nothing", queue="mail")
    wait_until(lambda: totals()[TASKS]["active"] == 0 and lines(totals())["mail"]["length"] == 0)
    done = stats.celery(workers=NAMED)[BUSY]["total"]
    assert done["shop.nothing"] >= 1


TASKS = "tasks"


def test_an_unstamped_message_has_no_age_and_says_what_it_needs(site: Site, app: Any) -> None:
    send(app, "shop.nothing", queue=UNASKED)
    try:
        told = totals()
        assert "oldest_age_s" not in lines(told)[UNASKED]
        assert ("stamp_messages" if site.is_redis else "RabbitMQ") in told["unavailable"]["oldest_age_s"]
    finally:
        purge(site)


def test_a_queue_that_is_not_there_hides_no_other(site: Site, app: Any) -> None:
    app.conf.task_queues = [Queue("absent-1"), Queue("celery"), Queue("absent-2"), Queue("mail")]
    told = totals()
    assert (lines(told)["celery"]["length"], lines(told)["mail"]["length"]) == (0, 0)
    for name in ("absent-1", "absent-2"):
        assert lines(told)[name]["length"] == (0 if site.is_redis else None)
        assert (f"queues/{name}" in told["unavailable"]) is not site.is_redis


def test_a_quorum_queue_has_a_length(rabbitmq: RabbitMQ) -> None:
    queue = Queue("quorum", durable=True, queue_arguments={"x-queue-type": "quorum"})
    with project(rabbitmq.url) as app, Connection(rabbitmq.url) as connection:
        app.conf.task_queues = [queue]
        declared: Any = queue(connection.default_channel)
        declared.declare()
        try:
            connection.Producer().publish("{}", routing_key="quorum", content_type="application/json")
            wait_until(lambda: lines(totals([]))["quorum"]["length"] == 1, 10.0)
        finally:
            declared.delete()


def test_only_the_first_of_very_many_queues_are_asked(app: Any) -> None:
    app.conf.task_queues = [Queue(f"line-{at}") for at in range(stats.MOST_QUEUES + 5)]
    told = totals()
    assert len(lines(told)) == stats.MOST_QUEUES
    assert told["unavailable"]["queues"] == "7 more are not asked: 50 at most"


def test_keys_with_a_prefix_are_found(own_valkey: Valkey) -> None:
    with project(own_valkey.url) as app:
        app.conf.broker_transport_options = {"global_keyprefix": "shop:", "priority_steps": [0, 5], "sep": ":"}
        for priority in (0, 5):
            send(app, "shop.nothing", queue=UNASKED, priority=priority)
        with redis.Redis(port=own_valkey.port) as client:
            assert (client.llen("shop:parked"), client.llen("shop:parked:5")) == (1, 1)
        with override_settings(STATUS_TIMEOUT=0.5):
            assert lines(totals([]))[UNASKED]["length"] == 2


@pytest.mark.parametrize(
    ("denied", "lacking"),
    [("eval", "oldest_age_s"), ("lrange", "")],
)
def test_what_the_broker_forbids_is_said_and_the_rest_is_there(own_valkey: Valkey, denied: str, lacking: str) -> None:
    with redis.Redis(port=own_valkey.port) as client:
        client.acl_setuser("shop", enabled=True, passwords=["+pw"], keys=["*"], channels=["*"], commands=["+@all"])
        client.execute_command("ACL", "SETUSER", "shop", f"-{denied}")
    url = f"redis://shop:pw@{HOST}:{own_valkey.port}/0"
    with project(url) as app, odd_worker(url, IDLE, {"stats": {"pool": {"max-concurrency": 4}}, "": []}):
        send(app, "shop.nothing", queue=UNASKED)
        told = totals([IDLE])
    assert told["workers"]["online"] == 1
    assert told["concurrency"] == 4
    assert lines(told)[UNASKED]["length"] == 1
    if lacking:
        assert "permissions" in told["unavailable"][lacking]


def test_stamping_without_celery_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "celery.signals", None)
    with pytest.raises(MissingExtra, match=r"pip install django-status\[celery\]$"):
        stamp_messages()


def test_what_is_no_list_hides_no_queue(own_valkey: Valkey) -> None:
    with redis.Redis(port=own_valkey.port) as client, project(own_valkey.url) as app:
        client.set("text", "no list")
        client.lpush("foreign", "no message")
        app.conf.task_queues = [Queue("text"), Queue("foreign"), Queue("celery")]
        told = totals([])
    assert {name: line["length"] for name, line in lines(told).items()} == {"text": None, "foreign": 1, "celery": 0}
    assert "WRONGTYPE" in told["unavailable"]["queues/text"]
    assert "stamp_messages" in told["unavailable"]["oldest_age_s"]


def test_another_kind_of_broker_is_not_asked_for_its_queues() -> None:
    with project("memory://"):
        told = totals([])
    assert told["queues"] == {"celery": {"length": None, "workers": 0}}
    assert "Redis and RabbitMQ" in told["unavailable"]["queues"]


# --- beat -------------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("app")
def test_beats_last_sign_of_life(folder: Path) -> None:
    assert "install_heartbeat" in totals()["unavailable"]["beat"]
    heartbeat.beat(folder, "worker", "w@1", 30.0)
    assert "install_heartbeat" in totals()["unavailable"]["beat"]
    heartbeat.beat(folder, "beat", "celerybeat@web-1", 30.0)
    heartbeat.beat(folder, "beat", "celerybeat@web-2", -1.0)
    told = totals()
    assert "beat" not in told.get("unavailable", {})
    assert {name: beat["alive"] for name, beat in told["beat"].items()} == {
        "celerybeat@web-1": True,
        "celerybeat@web-2": False,
    }
    assert told["beat"]["celerybeat@web-1"]["seen_at"].endswith("+00:00")


# --- workers that answer otherwise ------------------------------------------------------------------------------------

ODD = "odd@web-9"


@pytest.mark.parametrize("reply", [7, "rubbish", None, [1]], ids=repr)
def test_a_worker_that_answers_rubbish_fails_alone(site: Site, app: Any, runner: Runner, reply: object) -> None:
    with odd_worker(site.server.url, ODD, {"": reply}):
        assert health.celery(workers=[ODD, IDLE]) == {ODD: False, IDLE: True}
        (seen,) = runner.observe([check([*ALL, ODD])])
    found = {part.name: part for part in seen.components}
    assert (found[IDLE].state, found[ODD].state) == (State.PASS, State.FAIL)
    assert "not as Celery's" in (found[ODD].error or "")
    told: Any = found["totals"].value
    assert told["workers"]["missing"] == 0
    assert ODD in told["unavailable"]["replies"]
    assert told["concurrency"] == THREADS + 2


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (raw(b"\xff{"), "Error"),
        (raw(b"[1, 2]"), "a list, not a mapping"),
        (raw(b"payload", "application/x-python-serialize"), "ContentDisallowed"),
        (raw(b'{"odd@web-9": "%s"}' % (b"x" * (broadcast.MOST_BYTES + 1))), "more than 8 MiB"),
    ],
    ids=["no-json", "no-mapping", "pickle", "huge"],
)
def test_a_reply_that_can_not_be_read_hides_no_other(
    site: Site, app: Any, reply: Callable[..., None], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "UNBOUNDED_S", 1.0)  # each question waits in vain for the one
    with odd_worker(site.server.url, ODD, {"": reply}):
        assert health.celery(workers=[ODD, IDLE]) == {ODD: False, IDLE: True}
        told = totals([ODD, *NAMED])
        assert said in told["unavailable"]["replies"]
        assert told["workers"]["missing_names"] == [ODD]
        with pytest.raises(Exception, match=r".") as raised:
            health.celery(workers=[ODD])
        assert said in f"{raised.typename}: {raised.value}"


def test_a_worker_that_answers_half_is_counted_as_far_as_it_does(site: Site, app: Any) -> None:
    silent: Callable[..., None] = lambda channel, body: None  # noqa: E731
    half = {"stats": {"pool": {"max-concurrency": 16}}, "active": [{}] * 5, "": silent}
    with odd_worker(site.server.url, ODD, half):
        told = totals([ODD, *NAMED])
    assert told["concurrency"] == THREADS + 2 + 16
    assert told["tasks"]["active"] == 5
    assert told["unavailable"]["reserved"] == "told by 3 of 4 workers in time"
    assert "active" not in told["unavailable"]


@pytest.mark.parametrize("entry", [{}, {"pool": 3, "total": [], "rusage": None}, {"pool": {}, "total": {"a": "b"}}])
def test_a_worker_of_another_version_is_shown_as_it_is(
    site: Site, app: Any, entry: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    with odd_worker(site.server.url, ODD, {"stats": entry, "": []}):
        told = stats.celery(workers=[ODD, *ALL])
        assert told[ODD] == entry
        assert told["totals"]["concurrency"] == THREADS + 2
        monkeypatch.setattr(inspection, "ENTRIES_BYTES", 1)
        assert stats.celery(workers=[ODD])[ODD]["pool"] == {"max-concurrency": None, "processes": None}


def test_what_one_reply_claims_of_very_many_workers_is_bounded(
    site: Site, app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inspection, "MOST_NAMES", 20)
    claimed = json.dumps({f"w@{at}": {} for at in range(1000)}).encode()
    with odd_worker(site.server.url, ODD, {"stats": raw(claimed)}):
        told = totals([GONE])
    assert told["workers"]["online"] <= 20
    assert len(told["workers"]["unexpected_names"]) == inspection.MOST


def test_very_many_entries_are_cut_to_what_matters(
    site: Site, app: Any, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inspection, "ENTRIES_BYTES", 100)
    entry: Any = stats.celery(workers=[BUSY])[BUSY]
    assert entry.keys() == {"pid", "uptime", "prefetch_count", "total", "pool", "rusage"}
    assert entry["pool"]["max-concurrency"] == THREADS


def test_names_of_tasks_and_queues_are_bounded(site: Site, app: Any) -> None:
    tasks = [f"task-{at:03}" for at in range(200)] + ["n" * 5000]
    queues = [{"name": "bcast.1", "auto_delete": True, "exchange": {"type": "fanout"}}, {"name": "celery"}]
    replies = {"stats": {"pool": {"max-concurrency": 1}}, "registered": tasks, "active_queues": queues, "": []}
    with odd_worker(site.server.url, ODD, replies):
        told = totals([ODD, *ALL])
    assert told["tasks"]["registered"] == 203
    assert len(told["tasks"]["registered_names"]) == inspection.MOST_TASKS
    assert max(map(len, told["tasks"]["registered_names"])) <= inspection.NAME_LENGTH
    assert lines(told).keys() == {"celery", "mail"}
    assert lines(told)["celery"]["workers"] == 4


# --- a broker in trouble ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["redis", "amqp"])
@pytest.mark.parametrize("trouble", ["refused_port", "silent_port", "unreachable_port"])
def test_a_broker_that_can_not_be_talked_to(
    scheme: str, trouble: str, request: pytest.FixtureRequest, runner: Runner
) -> None:
    port = request.getfixturevalue(trouble)
    with project(f"{scheme}://app:hush@{HOST}:{port}//"):
        (seen,) = runner.observe([check(NAMED, 0.8)])
    assert seen.failed
    assert seen.duration_s < 0.8
    assert str(port) in (seen.error or "")
    assert "hush" not in (seen.error or "")


@pytest.mark.parametrize("method", ["open", "drain", "another_channel", "leave"])
def test_a_broker_stopped_in_its_tracks(
    method: str, site: Site, app: Any, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    if site.is_redis and method == "another_channel":
        method = "limit"
    totals()
    before = _named(site)
    original = getattr(Broker, method)
    stopped: list[bool] = []

    def stop_first(self: Broker, *arguments: Any) -> Any:
        if not stopped and (method != "limit" or self.channel is not None):
            stopped.append(True)
            site.server.stop_in_its_tracks()
        return original(self, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(Broker, method, stop_first)
        begin = time.monotonic()
        try:
            (seen,) = runner.observe([check(NAMED, 1.0)])
            took_s = time.monotonic() - begin
        finally:
            site.server.resume()
    assert stopped
    assert took_s < 1.2
    if method == "leave":  # all was told before
        assert {part.state for part in seen.components} == {State.PASS}
    else:
        assert seen.failed or seen.timed_out
    wait_until(lambda: _works(NAMED), 20.0)
    wait_until(lambda: _named(site) == before, message=lambda: f"{_named(site)} {before}")


def _works(workers: list[str]) -> bool:
    try:
        return bool(totals(workers)["workers"]["missing"] == 0)
    except ConnectionError:
        return False


def _named(site: Site) -> set[str]:
    """All that the broker keeps of queues and bindings."""
    if not site.is_redis:
        return set(site.lengths())
    with redis.Redis(port=site.server.port, decode_responses=True) as client:
        replies = "_kombu.binding.reply.celery.pidbox"
        return {*client.scan_iter(), *(client.smembers(replies) if client.exists(replies) else ())}


def test_thirty_runs_leave_nothing_behind(site: Site, app: Any) -> None:
    totals()
    before = _named(site)
    for _ in range(30):
        totals()
    wait_until(lambda: _named(site) == before, message=lambda: f"{_named(site) ^ before}")
    assert app._pool is None


def test_where_it_is_judged_the_totals_pass(site: Site, app: Any, runner: Runner) -> None:
    provider = Provider("celery", stats.celery, kwargs={"workers": NAMED})
    (seen,) = runner.observe(provider.checks("health", judged=True, defaults=Defaults()))
    assert isinstance(seen, Observation)
    assert seen.state is State.PASS
