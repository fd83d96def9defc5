"""Two files that have gone separate ways become one in which everything counts once."""

from __future__ import annotations

from status.core.tally import Counts
from status.totals.page import Page, Row, dump, ended, load, merged, swept, total
from tests.totals.conftest import NOW

IT = "health/it"


def counted(runs: int) -> str:
    return dump({IT: Counts(runs)})


def page(base: int = 0, *, gone: tuple[str, ...] = (), **rows: int) -> Page:
    written = {name: Row(NOW, counted(runs)) for name, runs in rows.items()}
    return Page("one", NOW, counted(base), written, dict.fromkeys(gone, NOW))


def runs(page: Page) -> int:
    return total(page)[IT].runs


def test_of_a_process_that_both_know_the_larger_counts_are_the_later() -> None:
    assert runs(merged(page(a=3, b=1), page(a=2, b=4), NOW)) == 7


def test_a_process_that_one_has_in_its_base_is_not_added_again() -> None:
    restored, kept = page(10, gone=("a",), b=1), page(6, a=4, b=1)
    for both in (merged(restored, kept, NOW), merged(kept, restored, NOW)):
        assert runs(both) == 11
        assert set(both.rows) == {"b"}
        assert set(both.gone) == {"a"}


def test_of_one_whose_end_only_the_memory_knows_the_last_counts_are_kept() -> None:
    assert runs(merged(page(0, a=4), page(5, gone=("a",)), NOW)) == 5


def test_an_end_is_told_once() -> None:
    once = ended(page(1, a=2), "a", NOW)
    assert runs(once) == runs(ended(once, "a", NOW)) == 3


def test_names_of_the_long_gone_are_forgotten() -> None:
    assert swept(page(1, gone=("a",)), NOW + 90_000).gone == {}


def test_what_is_written_is_read() -> None:
    counts = {IT: Counts(1, 2, 3), "health/é\n": Counts(4, 5, 6)}
    assert load(dump(counts)) == counts
