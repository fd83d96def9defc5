"""Of what servers count themselves the newest is told, whoever has read it and whoever is asked."""

from __future__ import annotations

import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from status.core.tally import Outcome
from status.totals.keeper import SETTLES_AFTER_S, Keeper
from status.totals.ledger import FILE, Ledger
from status.totals.newest import KEPT_FOR_S, MOST, MOST_TEXT, Reading, dump, load, newest, swept
from tests.totals.conftest import NOW, Clock

IT, OTHER = "stats/databases/default", "stats/databases/other"


def reading(count: float, ago_s: float, took_s: float = 0.0, *, asked_ago_s: float = 0.0) -> Reading:
    """Of a server that had counted so far, as a look found it that ended so long ago."""
    at = NOW - ago_s
    return Reading(at - took_s, at, dump({"commits": count}), NOW - asked_ago_s)


def count_of(reading: Reading) -> float:
    return load(reading.counters)["commits"]


@pytest.mark.parametrize(
    ("there", "offered", "told"),
    [
        (reading(5, 10), reading(7, 2), 7),
        (reading(7, 2), reading(5, 10), 7),
        (reading(7, 10), reading(0, 2), 0),  # the server began anew
        (reading(7, 2), reading(7, 2), 7),
        # Both looked at the same time, so what has counted more is the later.
        (reading(7, 2, 0.1), reading(5, 1.5, 3), 7),
        (reading(5, 1.5, 3), reading(7, 2, 0.1), 5),  # it is told by the next look
        (reading(5, 2, 3), reading(7, 1.5, 3), 7),
        # A clock that was set back an hour: what is of the future was read before that.
        (reading(7, -3600), reading(8, 1), 8),
        (reading(8, 1), reading(7, -3600), 8),
        (reading(6, -3599), reading(7, -3600), 7),
    ],
)
def test_the_newer_of_two_is_told_and_never_the_smaller_of_two_at_the_same_time(
    there: Reading, offered: Reading, told: float
) -> None:
    assert count_of(newest({IT: there}, {IT: offered}, NOW)[IT]) == told


def test_after_a_server_began_anew_looks_at_the_same_time_do_not_hide_it_for_long() -> None:
    kept = {IT: reading(1_000, 10, 1)}
    for ago_s in (9.5, 9, 8.5, 8):
        kept = dict(newest(kept, {IT: reading(1, ago_s, 1)}, NOW))
    assert count_of(kept[IT]) == 1


looks = some.lists(
    some.tuples(some.floats(0, 100), some.floats(0, 5), some.floats(0, 1)).map(
        # Began, took, and when within that the server was read: a counter that grows by one a second.
        lambda look: Reading(look[0], look[0] + look[1], dump({"commits": look[0] + look[1] * look[2]}))
    ),
    min_size=1,
)


@given(looks)
def test_whatever_is_offered_in_whatever_order_a_counter_never_goes_back(offered: list[Reading]) -> None:
    kept: dict[str, Reading] = {}
    told = -1.0
    for each in offered:
        kept = dict(newest(kept, {IT: each}, 1_000.0))
        assert count_of(kept[IT]) >= told
        told = count_of(kept[IT])


def test_a_counter_that_one_look_did_not_find_is_no_reason_to_keep_an_older() -> None:
    older = Reading(NOW - 3, NOW - 1, dump({"hits of one": 5, "hits of other": 5}))
    newer = Reading(NOW - 2, NOW, dump({"hits of one": 6}))
    assert newest({IT: older}, {IT: newer}, NOW)[IT] == newer


def test_who_asks_for_what_is_older_keeps_it_alive() -> None:
    kept = newest({IT: reading(7, 2, asked_ago_s=100)}, {IT: reading(5, 10)}, NOW)
    assert kept[IT] == reading(7, 2)


def test_what_nobody_asks_for_any_more_is_forgotten() -> None:
    kept = swept({IT: reading(7, KEPT_FOR_S + 5), OTHER: reading(7, 1, asked_ago_s=KEPT_FOR_S)}, NOW)
    assert set(kept) == {IT}  # however long ago it was observed: there are providers that look once a day


@pytest.mark.parametrize("text", ["", "x" * (MOST_TEXT // 100)])
def test_there_is_an_end_to_them_and_the_last_asked_for_stay(text: str) -> None:
    last_first = {str(at): Reading(0, 0, text, NOW - at) for at in range(MOST + 7)}
    kept = list(swept(last_first, NOW))
    assert kept == [str(at) for at in range(99 if text else MOST)]


# --- through the file -------------------------------------------------------------------------------------------------


def told(keeper: Keeper, **readings: Reading) -> dict[str, float] | None:
    """What of these is told."""
    host = keeper.totals(readings)
    return {key: counters["commits"] for key, counters in host.newest.items()} if host else None


def settled(clock: Clock, *keepers: Keeper) -> None:
    """Past the time in which a new file is not told from."""
    for keeper in keepers:
        keeper.count(IT, Outcome.ANSWER)
        keeper.look_after()
    clock.now += SETTLES_AFTER_S


def test_who_has_read_it_earlier_tells_what_another_has_read(clock: Clock, folder: Path) -> None:
    one, other = Keeper(), Keeper()
    settled(clock, one, other)
    assert told(one, it=reading(7, 0)) == {"it": 7}
    assert told(other, it=reading(5, 8)) == {"it": 7}
    assert told(other, it=reading(9, -10)) == {"it": 9}
    assert told(one, it=reading(7, 0)) == {"it": 9}


def test_what_another_has_read_while_this_one_waited_for_the_file_is_not_of_the_future(
    clock: Clock, folder: Path
) -> None:
    keeper = Keeper()
    settled(clock, keeper)
    other = sqlite3.connect(folder / FILE, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with ThreadPoolExecutor() as threads:
        waiting = threads.submit(told, keeper, it=reading(5, 8))
        time.sleep(0.2)
        at = clock.now + 0.1
        other.execute("INSERT INTO newest VALUES ('it', ?, ?, ?, ?)", (at, at, dump({"commits": 7}), at))
        clock.now += 0.2
        other.execute("COMMIT")
        other.close()
        assert waiting.result(10) == {"it": 7}


def test_what_is_not_asked_for_is_not_told(clock: Clock, folder: Path) -> None:
    one, other = Keeper(), Keeper()
    settled(clock, one, other)
    assert told(one, it=reading(7, 0), secret=reading(8, 0)) == {"it": 7, "secret": 8}
    assert told(other, it=reading(5, 8)) == {"it": 7}
    assert told(other) == {}


def test_a_file_that_was_lost_is_restored_before_it_is_told_from(clock: Clock, folder: Path) -> None:
    one, other = Keeper(), Keeper()
    settled(clock, one, other)
    assert told(one, it=reading(7, 0)) == {"it": 7}
    (folder / FILE).unlink()
    assert told(other, it=reading(5, 8)) is None
    one.look_after()
    clock.now += SETTLES_AFTER_S
    assert told(other, it=reading(5, 8)) == {"it": 7}


def test_a_newcomer_with_an_older_memory_does_not_bring_it_back(clock: Clock, folder: Path) -> None:
    one, other = Keeper(), Keeper()
    settled(clock, one, other)
    assert told(one, it=reading(5, 8)) == {"it": 5}
    other.look_after()
    assert told(one, it=reading(7, 0)) == {"it": 7}
    (folder / FILE).unlink()
    one.look_after()
    other.look_after()
    clock.now += SETTLES_AFTER_S
    assert told(other, it=reading(5, 8)) == {"it": 7}


def test_what_there_is_no_room_for_is_left_out_and_counted(clock: Clock, folder: Path) -> None:
    keeper = Keeper()
    settled(clock, keeper)
    large = Reading(NOW, NOW, dump({f"counter {number:01000}": 1.0 for number in range(MOST_TEXT // 1000)}))
    host = keeper.totals({"it": reading(7, 0), "large": large})
    assert host is not None
    assert host.newest == {"it": {"commits": 7}}
    assert host.left_out == MOST_TEXT // 1000


def test_of_a_provider_that_is_gone_nothing_stays(clock: Clock, folder: Path) -> None:
    keeper = Keeper()
    settled(clock, keeper)
    told(keeper, gone=reading(7, 0), it=reading(7, 0))
    for _ in range(2):
        clock.now += KEPT_FOR_S / 2
        told(keeper, it=reading(7, 0))
    page = Ledger(folder).read()
    assert page is not None
    assert set(page.newest) == {"it"}


def test_what_is_written_is_read(clock: Clock, folder: Path) -> None:
    keeper = Keeper()
    settled(clock, keeper)
    counters = {"hits\nméxico\n127.0.0.1:6379": 0.1 + 0.2, "misses\n\n": 2.0**60}
    host = keeper.totals({"it": Reading(NOW, NOW, dump(counters))})
    assert host is not None
    assert host.newest == {"it": counters}
