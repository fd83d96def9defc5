"""What all processes have counted: it is what they have, and it never goes back."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Barrier, Thread

import pytest
from django.test import override_settings
from hypothesis import settings
from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from status.core import forks
from status.core.tally import MOST, Counts, Outcome, Tally
from status.recent.entry import LONGEST_KEY
from status.totals import keeper as keeper_module
from status.totals import ledger
from status.totals import page as pages
from status.totals.keeper import SETTLES_AFTER_S, TOUCH_S, Keeper
from status.totals.ledger import FILE, Ledger
from status.totals.page import DEAD_AFTER_S, MOST_ROWS
from tests.conftest import THOROUGH
from tests.totals.conftest import Clock

IT, OTHER = "health/it", "health/other"
ANSWER, TIMEOUT, ERROR = Outcome.ANSWER, Outcome.TIMEOUT, Outcome.ERROR
ROUND_S = 5.0


def count(keeper: Keeper, times: int = 1, outcome: Outcome = ANSWER, reference: str = IT) -> None:
    for _ in range(times):
        keeper.count(reference, outcome)


def totals(keeper: Keeper) -> Mapping[str, Counts] | None:
    """What all have counted; None while that is not told."""
    told = keeper.totals()
    return told.counts if told else None


def settled(keeper: Keeper, clock: Clock) -> Mapping[str, Counts]:
    """What is told once a new file is told from."""
    keeper.look_after()
    clock.now += SETTLES_AFTER_S
    told = totals(keeper)
    assert told is not None, keeper.problem
    return told


def test_what_several_have_counted_is_added_up(clock: Clock, folder: Path) -> None:
    one, other = Keeper(), Keeper()
    count(one, 3)
    count(one, 1, TIMEOUT)
    count(other, 2, ERROR)
    count(other, 1, reference=OTHER)
    other.look_after()
    assert settled(one, clock) == {IT: Counts(6, 1, 2), OTHER: Counts(1, 0, 0)}
    assert totals(other) == totals(one)


def test_who_tells_writes_first(clock: Clock, folder: Path) -> None:
    keeper = Keeper()
    count(keeper)
    settled(keeper, clock)
    count(keeper)
    assert totals(keeper) == {IT: Counts(2, 0, 0)}


def test_a_new_file_is_not_told_from_before_all_had_the_time_to_write(clock: Clock, folder: Path) -> None:
    keeper = Keeper()
    count(keeper)
    assert totals(keeper) is None
    clock.now += SETTLES_AFTER_S - 0.1
    assert totals(keeper) is None
    clock.now += 0.1
    assert totals(keeper) == {IT: Counts(1, 0, 0)}


def test_who_has_counted_nothing_makes_no_file(clock: Clock, folder: Path) -> None:
    keeper = Keeper()
    keeper.look_after()
    keeper.leave()
    assert not folder.exists()


def test_what_one_that_ended_has_counted_stays(clock: Clock, folder: Path) -> None:
    ended, lives = Keeper(), Keeper()
    count(ended, 5)
    ended.look_after()
    count(lives)
    assert settled(lives, clock) == {IT: Counts(6, 0, 0)}
    clock.now += DEAD_AFTER_S
    count(lives)
    assert totals(lives) == {IT: Counts(7, 0, 0)}
    page = Ledger(folder).read()
    assert page is not None
    assert len(page.rows) == len(page.gone) == 1
    assert pages.load(page.base) == {IT: Counts(5, 0, 0)}


def test_one_that_was_taken_for_ended_goes_on_where_it_was(clock: Clock, folder: Path) -> None:
    sleeper, other = Keeper(), Keeper()
    count(sleeper, 5)
    sleeper.look_after()
    count(other)
    settled(other, clock)
    for _ in range(2):
        clock.now += DEAD_AFTER_S  # as of a machine that was suspended, or a clock that was set
        count(sleeper)
        assert totals(other) is not None
        sleeper.look_after()
    assert totals(other) == {IT: Counts(8, 0, 0)}


def test_who_is_idle_says_that_it_is_there(clock: Clock, folder: Path) -> None:
    idle, other = Keeper(), Keeper()
    count(idle)
    count(other)
    for keeper in (idle, other):
        keeper.look_after()
    for _ in range(int(2 * DEAD_AFTER_S / TOUCH_S)):
        clock.now += TOUCH_S
        idle.look_after()
        other.look_after()
    page = Ledger(folder).read()
    assert page is not None
    assert len(page.rows) == 2
    assert not page.gone


@pytest.mark.parametrize("damage", ["deleted", "broken", "no folder"])
def test_a_file_that_was_lost_is_restored_by_those_that_live(damage: str, clock: Clock, folder: Path) -> None:
    ended, one, other = Keeper(), Keeper(), Keeper()
    for keeper, times in ((ended, 5), (one, 3), (other, 2)):
        count(keeper, times)
        keeper.look_after()
    before = settled(one, clock)
    assert before == {IT: Counts(10, 0, 0)}
    file = folder / FILE
    if damage == "broken":
        file.write_bytes(b"no database at all" * 1000)
    else:
        file.unlink()
    if damage == "no folder":
        folder.rmdir()
    count(one)
    assert totals(one) is None  # of a broken one it is thrown away by this
    for keeper in (other, one):
        keeper.look_after()
    clock.now += SETTLES_AFTER_S
    assert totals(one) == totals(other) == {IT: Counts(11, 0, 0)}


def test_a_newcomer_after_the_loss_does_not_make_it_go_back(clock: Clock, folder: Path) -> None:
    old, new = Keeper(), Keeper()
    count(old, 5)
    settled(old, clock)
    (folder / FILE).unlink()
    count(new)
    assert totals(new) is None
    old.look_after()
    clock.now += SETTLES_AFTER_S
    assert totals(new) == {IT: Counts(6, 0, 0)}


def test_where_it_cannot_be_used_nothing_is_told_and_it_is_said_once(
    clock: Clock, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder.mkdir(mode=0o755)
    keeper = Keeper()
    count(keeper)
    with caplog.at_level("INFO", "status"):
        keeper.look_after()
        assert totals(keeper) is None
    assert "is open to others than its owner" in keeper.problem
    assert len(caplog.records) == 1
    folder.chmod(0o700)
    assert settled(keeper, clock) == {IT: Counts(1, 0, 0)}
    assert keeper.problem == ""


def test_a_file_that_somebody_holds_is_not_waited_for_long(clock: Clock, folder: Path) -> None:
    keeper = Keeper()
    count(keeper)
    settled(keeper, clock)
    holder = sqlite3.connect(folder / FILE, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    try:
        assert totals(keeper) is None
    finally:
        holder.close()
    assert totals(keeper) == {IT: Counts(1, 0, 0)}


def test_where_the_disk_is_full_nothing_is_told_and_nothing_is_lost(
    clock: Clock, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper = Keeper()
    count(keeper)
    settled(keeper, clock)
    with monkeypatch.context() as full:
        full.setattr(ledger, "MOST_BYTES", 4096)  # SQLite takes it for what there is already
        for number in range(200):
            count(keeper, reference=f"health/it/{number:0100}")
        assert totals(keeper) is None
        assert "full" in keeper.problem
    told = totals(keeper)
    assert told is not None
    assert len(told) == 201


def test_of_those_that_count_first_at_the_same_time_none_is_lost(clock: Clock, folder: Path) -> None:
    for _ in range(20):
        keeper, barrier = Keeper(), Barrier(8)

        def first(keeper: Keeper = keeper, barrier: Barrier = barrier) -> None:
            barrier.wait(10)
            keeper.count(IT, ANSWER)

        threads = [Thread(target=first) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
        keeper.look_after()
    assert settled(keeper, clock) == {IT: Counts(160, 0, 0)}


def test_a_child_born_by_fork_begins_at_zero(clock: Clock, folder: Path) -> None:
    parent = Keeper()
    count(parent, 5)
    settled(parent, clock)
    forks._reset_all()  # what the child does; what it has in memory is the parent's
    count(parent)
    assert totals(parent) == {IT: Counts(6, 0, 0)}


def test_as_it_ends_it_writes_where_the_folder_is_still_there(clock: Clock, folder: Path) -> None:
    keeper = Keeper()
    count(keeper)
    keeper.leave()
    assert not folder.exists()
    settled(keeper, clock)
    count(keeper)
    keeper.leave()
    assert settled(Keeper(), clock) == {IT: Counts(2, 0, 0)}


def test_another_folder_is_another_site(clock: Clock, folder: Path, tmp_path: Path) -> None:
    keeper = Keeper()
    count(keeper, 3)
    settled(keeper, clock)
    with override_settings(STATUS_RUNTIME_DIR=tmp_path / "another"):
        count(keeper)
        assert settled(keeper, clock) == {IT: Counts(1, 0, 0)}


def test_a_long_name_is_counted_under_a_short_one(clock: Clock, folder: Path) -> None:
    keeper = Keeper()
    count(keeper, reference="health/" + "x" * 10_000)
    assert [len(name) for name in settled(keeper, clock)] == [LONGEST_KEY]


def test_names_without_end_are_not_counted_without_end() -> None:
    tally = Tally()
    for number in range(MOST + 10):
        tally.add(f"health/it/{number}", ANSWER)
    tally.add("health/it/0", ANSWER)
    assert len(tally.counts()) == MOST
    assert tally.counts()["health/it/0"] == Counts(2, 0, 0)


def test_of_processes_without_end_the_oldest_are_added_together(clock: Clock, folder: Path) -> None:
    now = clock.now
    rows = {str(number): pages.Row(now + number / 1000, pages.dump({IT: Counts(1)})) for number in range(MOST_ROWS + 7)}
    page = pages.swept(pages.Page("x", now, rows=rows), now + 1)
    assert len(page.rows) == MOST_ROWS
    assert pages.total(page) == {IT: Counts(MOST_ROWS + 7, 0, 0)}
    assert set(page.gone) == set(map(str, range(7)))


class Site(RuleBasedStateMachine):
    """Processes that come, count, are scraped and die, and a file that is deleted under way.

    A round of all lies between a process that is killed and a file that is deleted: what it has written a moment
    before, and told, nobody else can know of. Nor does a process that has never looked at anything know anything.
    """

    @initialize()
    def begin(self) -> None:
        self.place = TemporaryDirectory()
        self.settings = override_settings(STATUS_RUNTIME_DIR=Path(self.place.name) / "site")
        self.settings.enable()
        self.clock = Clock()
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(keeper_module, "time", self.clock)
        self.living: list[Keeper] = []
        self.true = 0
        self.told = 0
        self.just = ""
        """What went wrong since the last round."""
        self.comes()
        self.comes()

    def teardown(self) -> None:
        if hasattr(self, "place"):
            self.patch.undo()
            self.settings.disable()
            self.place.cleanup()

    @rule(who=some.integers(0, 9), times=some.integers(1, 3))
    def counts(self, who: int, times: int) -> None:
        count(self.living[who % len(self.living)], times)
        self.true += times

    @rule()
    def comes(self) -> None:
        if len(self.living) < 5:
            self.living.append(Keeper())
            self.counts(-1, 1)

    @rule(order=some.permutations(range(5)), seconds=some.sampled_from([ROUND_S, 2.0]))
    def round(self, order: Sequence[int], seconds: float) -> None:
        for at in order:
            if at < len(self.living):
                self.living[at].look_after()
        self.clock.now += seconds
        self.just = ""

    @precondition(lambda self: len(self.living) > 1)
    @rule(order=some.permutations(range(5)), who=some.integers(0, 9))
    def is_killed(self, order: Sequence[int], who: int) -> None:
        self.round(order, 0.0)  # what it has not written yet is lost with it
        self.living.pop(who % len(self.living))
        self.just = "killed"

    @rule(order=some.permutations(range(5)), whole=some.booleans())
    def file_is_deleted(self, order: Sequence[int], whole: bool) -> None:
        if self.just == "killed":
            self.round(order, 0.0)
        folder = Path(self.place.name) / "site"
        for file in folder.glob("*") if folder.exists() else ():
            file.unlink()
        if whole and folder.exists():
            folder.rmdir()
        self.just = "deleted"

    @rule(order=some.permutations(range(5)))
    def long_after(self, order: Sequence[int]) -> None:
        for _ in range(int(DEAD_AFTER_S / 50)):
            self.round(order, 50.0)

    @rule(who=some.integers(0, 9))
    def is_scraped(self, who: int) -> None:
        told = totals(self.living[who % len(self.living)])
        if told is not None:
            runs = told.get(IT, Counts()).runs
            assert self.told <= runs <= self.true
            self.told = runs

    @rule(order=some.permutations(range(5)))
    def comes_to_rest(self, order: Sequence[int]) -> None:
        for _ in range(5):
            self.round(order, ROUND_S)
        for keeper in self.living:
            told = totals(keeper)
            assert told is not None
            assert told[IT].runs == self.true

    @invariant()
    def nothing_is_wrong(self) -> None:
        for keeper in getattr(self, "living", ()):
            assert keeper.problem == ""


TestSite = Site.TestCase
TestSite.settings = settings(max_examples=400 if THOROUGH else 60, stateful_step_count=40, deadline=None)
