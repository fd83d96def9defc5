"""What our own templates make of the values of our providers of stats: whole ones, odd ones, hostile ones."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from html import unescape
from html.parser import HTMLParser
from typing import Any

import pytest

from status import Observation, Provider
from tests.website import values
from tests.website.test_pages import text
from tests.website.test_stats import page, seen, shown, whole, words

FUNCTIONS = {
    "databases": "status.providers.django.stats.databases",
    "caches": "status.providers.django.stats.caches",
    "celery": "status.providers.celery.stats.celery",
    "system": "status.providers.system.system",
    "packages": "status.providers.packages.packages",
    "code": "status.providers.stats.code",
}
WHOLE: dict[str, Callable[[], dict[str, Any]]] = {
    "databases": values.databases,
    "caches": values.caches,
    "celery": lambda: {"web@w1": values.worker(41_207), "totals": values.totals()},
    "system": values.system,
    "packages": values.packages,
    "code": values.code,
}
COMPOSED = ("databases", "caches", "celery")
BRIEF = pytest.mark.parametrize("brief", [False, True], ids=["page", "overview"])
EACH = pytest.mark.parametrize("name", sorted(WHOLE))


def _provider(name: str, called: str) -> dict[str, Any]:
    return {called: Provider(called, FUNCTIONS[name])}


def html(name: str, value: Any, *, brief: bool = False, called: str = "") -> str:
    """The page of this provider's values: of components by their names, where it has some."""
    called = called or name
    if name in COMPOSED:
        parts = [each if isinstance(each, Observation) else seen(key, each) for key, each in value.items()]
        found = whole(called, *parts)
    else:
        found = seen(f"stats/{called}", value)
    return page(shown(found, outline=brief, **_provider(name, called)))


def told(name: str, value: Any, *, brief: bool = False) -> str:
    """In words, without all values below."""
    made = html(name, value, brief=brief)
    return text(re.sub(r'<span class="key">All values.*?</section>', "</section>", made, flags=re.DOTALL))


def rows(made: str, label: str) -> list[list[str]]:
    """The cells of the table that is so labelled, row by row."""
    found = re.search(rf'aria-label="{re.escape(label)}".*?<tbody[^>]*>(.*?)</tbody>', made, re.DOTALL)
    assert found, label
    cells = (re.findall(r"<t[hd] .*?</t[hd]>", row, re.DOTALL) for row in found[1].split("</tr>")[:-1])
    return [[" ".join(unescape(re.sub("<[^>]+>", "", cell)).split()) for cell in row] for row in cells]


def lost(reference: str) -> Observation:
    return seen(reference, error="connection refused", failed=True)


class TestDatabases:
    def test_of_postgresql_say_what_matters(self) -> None:
        said = told("databases", {"default": values.postgresql()})
        for line in (
            "Connections 87 of 100",
            "By state 71 idle, 12 active, 4 idle in transaction",
            "Cache hit ratio 99.3 %",
            "Oldest transaction Warning: 41 min idle in transaction",
            "Waiting for locks Warning: 2",
            "Transaction ids used 84 % shop",
            "Deadlocks 3",
            "Not applied Warning: 2 shop.0041_voucher, shop.0042_voucher_code",
            "This process's pool 4 of 4",
            "slowest_statements.statement needs pg_read_all_stats: those of other roles are hidden",
        ):
            assert line in said, line

    def test_of_postgresql_have_their_tables(self) -> None:
        made = html("databases", {"default": values.postgresql()})
        assert rows(made, "default: Who waits for a lock, and for whom")[1] == [
            *("41400", "41207, 41311", "3.1 s", "shop_order", "AccessExclusiveLock")
        ]
        assert rows(made, "default: Replication slots")[1] == [
            *("warehouse", "logical", "Warning: no", "Warning: unreserved", "38.0 GiB of 40.0 GiB")
        ]
        assert rows(made, "default: Standbys")[0] == ["replica-1", "streaming", "async", "80.0 KiB", "12 ms"]
        assert rows(made, "default: Largest tables")[1] == [
            *("shop_basket_item", "9.0 GiB", "3.0 GiB", "88,120,004", "31,120,004", "26.1 %", "10 d ago", "5 d ago")
        ]
        assert rows(made, "default: Duplicate indexes")[0][2] == "shop_order_customer_created"
        assert rows(made, "default: Slowest statements")[1][:3] == [
            "REFRESH MATERIALIZED VIEW shop_turnover",
            "40",
            "2.2 s",
        ]
        assert rows(made, "default: Tables by app")[2] == ["shop", "48"]

    def test_what_is_wrong_stands_open_and_the_rest_is_to_be_unfolded(self) -> None:
        made = html("databases", {"default": values.postgresql()})
        closed = "".join(re.findall(r'<details class="all"><summary>.*?</summary>', made))
        assert "Largest tables" in closed
        assert "waits for" not in closed
        assert "Invalid indexes" not in closed

    def test_tables_that_no_migration_is_to_make_are_told(self) -> None:
        tables = {"total": 3, "missing_total": 4, "missing": ["a", "b", "c", "d"]}
        said = told("databases", {"default": {"tables": tables, "migrations": {"count": 2, "unapplied_total": 0}}})
        assert "Missing Warning: 4 a, b, c, …" in said
        said = told("databases", {"default": {"tables": tables, "migrations": {"count": 2, "unapplied_total": 1}}})
        assert "Missing 4 Migrations 2 Not applied Warning: 1" in said

    def test_that_are_well_draw_no_eye(self) -> None:
        made = html("databases", {"replica": values.standby()})
        assert "is-warn" not in made
        assert 'class="w"' not in made
        assert "Role standby replaying Lag 400 ms 80.0 KiB" in told("databases", {"replica": values.standby()})

    def test_of_mariadb_and_sqlite(self) -> None:
        said = told("databases", {"legacy": values.mariadb(), "outbox": values.sqlite()})
        for line in (
            "Buffer pool 93 % 128 MiB",
            "Slow queries 17 over 10 s",
            "Longest wait 1.4 s",
            "Connections are kept as long as they last",
            "Of the limit 116 MiB of 200 MiB",
            "Free in it 480 KiB 0.4 %",
            "Journal wal",
            "Pages to be checkpointed 41",
            "Last checkpoint 14 min ago",
        ):
            assert line in said, line
        made = html("databases", {"legacy": values.mariadb()})
        assert rows(made, "legacy: Replicated from") == [["main", "yes", "Warning: no", "Warning: 1062"]]

    def test_in_short(self) -> None:
        made = html("databases", values.databases() | {"archive": lost("stats/databases/archive")}, brief=True)
        assert "<table" not in made
        assert "<details" not in made
        assert "Connections 87 of 100 Cache hit ratio 99.3 %" in text(made)
        assert "Nothing to show: connection refused" in text(made)


class TestCaches:
    def test_of_one_server_say_how_it_is(self) -> None:
        said = told("caches", {"default": values.caches()["default"], "replica": values.caches()["replica"]})
        for line in (
            "Server cache.shop.internal:6379",
            "Memory 3.6 GiB of 4.0 GiB",
            "Hit ratio 94.1 %",
            "Evicted 12,204",
            "Clients 214 of 10,000",
            "Keys 1,204,568",
            "In the slow log 12",
            "Last saved 2 h ago Last save Warning: err",
            "Role primary Replicas 2",
            "Link to the primary Warning: lost 10 min",
            "slow_log needs the right to SLOWLOG: NOPERM",
        ):
            assert line in said, line

    def test_a_replica_that_is_not_online_draws_the_eye(self) -> None:
        made = html("caches", {"default": values.caches()["default"]})
        assert [row[0] for row in rows(made, "default: Replicas")] == ["online", "Warning: wait bgsave"]

    def test_of_several_are_a_table_in_which_one_is_down(self) -> None:
        made = html("caches", {"sessions": values.caches()["sessions"]})
        assert "1 of 3 servers down" in text(made)
        one, two, _ = rows(made, "sessions: Servers")
        assert one[:4] == ["10.0.0.7:11211", "online", "1.6.18", "14 min"]
        assert two == ["10.0.0.8:11211", "down ConnectionRefusedError: [Errno 111] Connection refused"]

    def test_of_redis_with_a_replica_say_which_is_which(self) -> None:
        servers = [values.redis_server("a:6379"), values.redis_server("b:6379", replication=values.REPLICA)]
        made = html("caches", {"default": {"kind": "redis", "servers": servers}})
        assert "2 servers" in text(made)
        assert [row[-1] for row in rows(made, "default: Servers")] == ["primary", "replica"]

    def test_in_short_name_the_servers_that_are_down(self) -> None:
        said = told("caches", {"sessions": values.caches()["sessions"]}, brief=True)
        assert "1 of 3 servers down 10.0.0.8:11211 down" in said

    def test_without_a_server_show_their_room(self) -> None:
        kinds = ("local", "files", "table", "off", "other")
        made = {kind: values.caches()[kind] for kind in kinds}
        said = told("caches", made)
        for line in (
            "Entries 290 of 300 Size 793 KiB Of this process alone",
            "Counted in part there are more",
            "Estimated by the database Database default",
            "It keeps nothing",
            "Backend shop.caches.Own",
            "figures needs a backend of Django's",
        ):
            assert line in said, line

    def test_that_can_not_be_asked_say_why(self) -> None:
        assert "Nothing to show: connection refused" in told("caches", {"a": lost("stats/caches/a")})


class TestCelery:
    def test_totals_are_no_worker(self) -> None:
        made = html("celery", WHOLE["celery"]() | {"mail@w2": lost("stats/celery/mail@w2")})
        assert "1 of 2 workers answer" in text(made)
        # More than one component: their name is not in front.
        assert [row[:2] for row in rows(made, "Workers")] == [
            ["web@w1", "online"],
            ["mail@w2", "silent connection refused"],
        ]

    def test_totals_say_what_all_are_together(self) -> None:
        made = html("celery", WHOLE["celery"]())
        for line in (
            "Online 5",
            "Missing Warning: 1 mail@w2.shop.internal",
            "Not expected 1 import@w7.shop.internal",
            "Tasks that run 17 of 20",
            "Waiting in queues 1219",
            "Kinds of tasks 48",
        ):
            assert line in text(made), line
        assert rows(made, "Queues") == [
            ["celery", "1207", "2 min", "3", "3"],
            ["mail", "0", "", "1", "1"],
            ["parked", "12", "24 h", "Warning: 0", "0"],
        ]
        assert rows(made, "Schedulers")[1] == ["celerybeat@old", "Warning: no", "24 h ago"]

    def test_threads_have_a_concurrency_and_no_processes(self) -> None:
        made = html("celery", {"web@w1": {"pool": {"max-concurrency": 2, "threads": 0}}})
        assert rows(made, "Workers") == [["web@w1", "online", "2"]]

    def test_no_worker_need_be_named(self) -> None:
        said = told("celery", {"totals": values.totals()})
        assert "workers answer" not in said
        assert "Online 5" in said

    def test_totals_that_are_not_there_say_why(self) -> None:
        said = told("celery", {"web@w1": values.worker(1), "totals": lost("stats/celery/totals")})
        assert "1 of 1 worker answers Nothing to show: connection refused" in said

    @pytest.mark.parametrize("name", ["items", "keys", "values", "0", "<b>"])
    def test_a_queue_may_have_any_name(self, name: str) -> None:
        made = html("celery", {"totals": {"queues": {name: {"length": 3}, "mail": {"length": 4}}}})
        assert len(rows(made, "Queues")) == 2
        assert "Waiting in queues 7" in text(made)


class TestSystem:
    def test_says_what_is_used_of_what_there_is(self) -> None:
        said = told("system", values.system())
        for line in (
            "of the container",
            "Processors in use 1.83 of 2",
            "Had to wait for its share Warning: 21.4 %",
            "Memory 1.8 GiB of 2.0 GiB",
            "Killed for memory Warning: 2",
            "Open files 940 of 1024",
            "Server gunicorn 25.0.1",
            "Worker 2 of 4",
            "Garbage collector off",
        ):
            assert line in said, line

    def test_a_first_look_has_no_use_yet(self) -> None:
        said = told("system", {"cpu": {"processors": 8, "usable": 4, "used": None, "limit": 4.0}})
        assert "Processors 4" in said
        assert "in use" not in said

    def test_without_psutil_says_what_it_needs(self) -> None:
        said = told("system", {"process": {"python_threads": 8}, "unavailable": {"psutil": "needs psutil"}})
        assert "Threads 8 What could not be told 1 psutil needs psutil" in said


class TestPackages:
    def test_those_that_are_not_as_asked_stand_first(self) -> None:
        made = html("packages", values.packages())
        assert "Missing Warning: 1 Behind Warning: 12 Ahead 1 Installed 120 Compared with uv.lock" in text(made)
        assert rows(made, "Missing") == [["sentry-sdk", "==2.44.0", "uv.lock"]]
        assert rows(made, "Ahead") == [["django", "6.1.3", ">=5.2,<6", "uv.lock"]]
        assert len(rows(made, "Behind")) == 12

    def test_all_that_is_installed_is_there_to_be_found_one_by_one(self) -> None:
        made = html("packages", values.packages(2000))
        assert len(re.findall("<li data-find>", made)) == 2000
        assert "package-1999 1.1999" in text(made)

    def test_that_are_all_as_asked_draw_no_eye(self) -> None:
        counts = {"counts": {"behind": 0, "ahead": 0, "missing": 0}}
        made = html("packages", {"count": 3, "files": [], **counts})
        assert "is-warn" not in made
        assert "Compared with no lock file, no requirements" in text(made)


class TestCode:
    def test_says_what_was_deployed(self) -> None:
        said = told("code", values.code())
        for line in ("Commit 5c2587a Retry the webhook", "Deployed on Kubernetes", "Image registry.internal/shop:3.1"):
            assert line in said, line
        assert "REVISION 5c2587a Distribution shop 3.1.0" in said
        assert said.count("5c2587a0a1ea") == 0  # once is enough

    @pytest.mark.parametrize("brief", [False, True])
    def test_without_a_repository_the_deployment_tells_the_commit(self, brief: bool) -> None:
        value = {"version": "3.1.0", "deploy": values.code()["deploy"]}
        assert "Commit 5c2587a0a1ea" in told("code", value, brief=brief)


class _Tags(HTMLParser):
    VOID = ("meta", "link", "input", "wbr", "br", "img", "path", "use")

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.odd: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = [name for name, _ in attrs]
        if (tag == "script" and "src" not in named) or any(name.startswith(("on", "style")) for name in named):
            self.odd.append(tag)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.odd.append(f"/{tag}")


def well_formed(made: str) -> bool:
    """Whether every element is closed in its place, and none has a script or a style."""
    tags = _Tags()
    tags.feed(made)
    return not tags.odd and not tags.open


JUNK: tuple[object, ...] = (
    *(None, True, 0, -1, 7, 1e308, float("nan"), 10**400, "", "text", "<script>alert(1)</script>", [], {}),
    *(
        [None],
        [7],
        ["a"],
        [[]],
        [{}],
        {"": None},
        {"items": 7},
        {"keys": []},
        {"a": {"b": 1}},
        "\u202e\x00",
        "x" * 5000,
    ),
)


def spoiled(value: Any, dice: random.Random, share: float) -> Any:
    """The value with some of its branches and leaves put in place of by something else, or gone."""
    if dice.random() < share:
        return dice.choice(JUNK)
    if isinstance(value, dict):
        return {key: spoiled(each, dice, share) for key, each in value.items() if dice.random() > share}
    return [spoiled(each, dice, share) for each in value] if isinstance(value, list) else value


def hostile(value: Any) -> Any:
    if isinstance(value, dict):
        return {f"{key}": hostile(each) for key, each in value.items()} | {"\"'><script>alert(2)</script>": "<i>"}
    if isinstance(value, list):
        return [hostile(each) for each in value]
    known = ("postgresql", "mysql", "sqlite", "redis", "memcached", "slave", "master", "container")
    return value if not isinstance(value, str) or value in known else "'\"><script>alert(1)</script>{{ x }}"


class TestAny:
    @BRIEF
    @EACH
    def test_is_well_formed(self, name: str, brief: bool) -> None:
        assert well_formed(html(name, WHOLE[name](), brief=brief))

    @BRIEF
    @EACH
    def test_may_stand_under_any_name(self, name: str, brief: bool) -> None:
        made = html(name, WHOLE[name](), brief=brief, called="shop")
        assert 'class="figures"' in made
        assert "<h3><bdi>totals" not in made

    @BRIEF
    @EACH
    def test_escapes_what_it_shows(self, name: str, brief: bool) -> None:
        made = html(name, hostile(WHOLE[name]()), brief=brief)
        assert "<script>" not in made
        assert ("&lt;script&gt;" in made) is (
            not brief or name not in ("packages", "system")
        )  # these have numbers alone
        assert well_formed(made)

    @BRIEF
    @EACH
    @pytest.mark.parametrize("value", JUNK, ids=range(len(JUNK)))
    def test_stands_whatever_the_value_is(self, name: str, value: object, brief: bool) -> None:
        given = {"a": value, "totals": value} if name in COMPOSED else value
        assert well_formed(html(name, given, brief=brief))

    @BRIEF
    @EACH
    @pytest.mark.parametrize("seed", range(12))
    def test_stands_whatever_is_missing_or_odd(self, name: str, seed: int, brief: bool) -> None:
        dice = random.Random(seed)
        value = spoiled(WHOLE[name](), dice, (0.03, 0.1, 0.3)[seed % 3])
        if name not in COMPOSED or isinstance(value, dict):
            assert well_formed(html(name, value, brief=brief))

    @EACH
    def test_that_fails_whole_says_why(self, name: str) -> None:
        found = seen(f"stats/{name}", error="no answer in 2 s", failed=True)
        section = shown(found, **_provider(name, name))
        assert "Nothing to show: no answer in 2 s" in words(section)
