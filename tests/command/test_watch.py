"""`--watch`: the view that stays."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread

import pytest
from django.test import override_settings

from status.command.show import Asked, show
from status.core.states import State
from tests.command.running import MANAGE, PATIENCE_S, django_status, environment, manage, manage_apart
from tests.command.terminal import Terminal, terminal

HERE = "tests.command.checks"
MODULE = f"""
STATUS_PROVIDERS = {{
    "health": [("well", "{HERE}.well"), ("there", "{HERE}.is_there", ["there"])],
    "raises": [("raises", "{HERE}.raises"), ("warns", "{HERE}.warns")],
    "slow": [("well", "{HERE}.well"), ("later", "{HERE}.waits", ["later"])],
    "hostile": [("hostile", "{HERE}.hostile")],
    "many": [("many", "{HERE}.many"), ("raises", "{HERE}.raises")],
    "bare": [],
}}
STATUS_JUDGED = ["health", "raises", "slow", "hostile", "bare"]
STATUS_TIMEOUT = 60
STATUS_TTL = 0.1
"""
COMMANDS = {"django_status": ("-m", "status"), "manage.py": ("-c", MANAGE, "status")}
# What xterm calls its alternate screen, and the cursor.
ENTERED, LEFT, CURSOR = b"\x1b[?1049h", b"\x1b[?1049l", b"\x1b[?25h"
HOME = b"\x1b[H"

Begin = Callable[..., Terminal]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "own_settings.py").write_text(MODULE)
    (tmp_path / "site_settings.py").write_text(f"from tests.settings import *\n{MODULE}")
    return tmp_path


@pytest.fixture
def begin(folder: Path) -> Iterator[Begin]:
    """Starts `django_status` with these arguments on a terminal."""
    with terminal(90, 20) as it:

        def start(*arguments: str, stdin: object = None, **variables: str) -> Terminal:
            variables = {"DJANGO_STATUS_SETTINGS": "own_settings", **variables}
            it.start(folder, "-m", "status", *arguments, stdin=stdin, **variables)
            return it

        yield start


def see(it: Terminal, text: str = "again in ") -> None:
    """Read until it shows this, and whole: a view is written from its top, and the next begins there."""
    it.until_shown(text)
    views = it.told.count(HOME)
    it.until(lambda: it.told.count(HOME) > views, "the next view")


def assert_left_clean(it: Terminal) -> None:
    assert it.told.count(ENTERED) == it.told.count(LEFT) == 1
    assert CURSOR in it.told.rpartition(LEFT)[0][-50:] + it.told.rpartition(LEFT)[2]
    assert b"Traceback" not in it.told
    assert it.echoes()


@pytest.mark.parametrize("command", COMMANDS)
def test_it_keeps_looking_and_q_ends_it(command: str, folder: Path) -> None:
    with terminal(90, 20) as it:
        it.start(folder, *COMMANDS[command], "health", "--watch", "0.5", DJANGO_SETTINGS_MODULE="site_settings")
        see(it)
        assert re.fullmatch(r"health  fail  2 of 3 checks pass +\d\d:\d\d:\d\d UTC, again in 1 s", it.lines[0])
        assert it.lines[2].split() == ["state", "check", "took", "since"]
        assert [line.split()[:2] for line in it.lines[3:6]] == [
            ["fail", "there"],
            ["pass", "well/one"],
            ["pass", "well/other"],
        ]
        assert it.lines[-1] == "q ends"
        (folder / "there").touch()
        it.until_shown("health  pass  3 of 3 checks pass")
        assert not it.echoes()
        it.press("q")
        assert it.ended() == 0
        assert_left_clean(it)


@pytest.mark.parametrize("key", ["q", "Q", "\x03"])
@pytest.mark.parametrize(
    ("arguments", "code"),
    [((), 0), (("-e",), 1), (("--fail-on", "warn"), 1)],
    ids=["nothing asked", "-e", "--fail-on warn"],
)
def test_the_exit_code_is_by_the_last_report(key: str, arguments: tuple[str, ...], code: int, begin: Begin) -> None:
    it = begin("health", "--watch", *arguments)
    see(it)
    it.press(key)
    assert it.ended() == code
    assert_left_clean(it)


def test_what_is_awaited_is_told_and_ended_before_its_first_report_it_was_interrupted(begin: Begin) -> None:
    it = begin("slow", "--watch")
    see(it, "waiting for later … ")
    assert it.lines[0].startswith("slow  2 of 2 checks pass so far ")
    it.press("q")
    assert it.ended() == 130
    assert_left_clean(it)


def test_an_error_is_wrapped_and_the_worst_is_in_sight(begin: Begin) -> None:
    it = begin("raises", "--watch")
    see(it)
    assert it.lines[3].startswith("fail   raises")
    assert "postgres://app:********@db/shop second line" in " ".join(it.text.split())
    it.resize(44, 20)
    it.until(lambda: it.lines[2].split() == ["state", "check"])
    assert "postgres://app:********@db/shop second line" in re.sub(r"\s+", " ", it.text).replace("@ db", "@db")
    it.press("q")
    assert it.ended() == 0


def test_values_are_told_by_their_paths_and_scrolled(begin: Begin) -> None:
    it = begin("many", "--watch", "60", "-e")
    see(it, "more below, j and k scroll, q ends")
    assert it.lines[3].split() == ["many.value0", "0"]
    it.press("j")
    it.until(lambda: it.lines[2].split() == ["many.value0", "0"], "a line further")
    it.press(12 * "\x1b[6~" + "\x1b[B")
    it.until(lambda: "ConnectionError" in it.text and it.lines[-1] == "j and k scroll, q ends", "the end")
    it.press("k")
    it.until_shown("more below")
    it.press("q")
    assert it.ended() == 1
    assert_left_clean(it)


def test_nothing_that_is_shown_commands_the_terminal_or_is_taken_for_markup(begin: Begin) -> None:
    it = begin("hostile", "--watch")
    see(it)
    assert "[red]�[31mname" in it.text
    assert "[bold] ]0;title 31m 日本語" in it.text
    assert it.screen.title == ""
    it.press("q")
    assert it.ended() == 0


def test_without_checks_there_is_a_verdict_all_the_same(begin: Begin) -> None:
    it = begin("bare", "--watch")
    it.until_shown("bare  pass  0 of 0 checks pass")
    it.press("q")
    assert it.ended() == 0


def test_a_terminal_without_utf_8_gets_what_it_can_show(begin: Begin) -> None:
    it = begin("hostile", "--watch", PYTHONIOENCODING="ascii")
    see(it)
    assert "\\u65e5" in it.text
    it.press("q")
    assert it.ended() == 0
    assert it.told.isascii()


def test_no_color_leaves_the_colours(begin: Begin) -> None:
    it = begin("health", "--watch", "--no-color")
    see(it)
    it.press("q")
    assert it.ended() == 0
    assert not re.search(rb"\x1b\[\d[\d;]*m", it.told)


def test_where_no_key_can_be_pressed_ctrl_c_ends_it(begin: Begin) -> None:
    it = begin("health", "--watch", stdin=subprocess.DEVNULL)
    see(it)
    it.press("\x03")
    assert it.ended() == 0
    assert_left_clean(it)


def test_told_to_end_it_gives_the_screen_back(begin: Begin) -> None:
    it = begin("health", "--watch")
    see(it)
    it.press("\x1a")  # Ctrl-Z would leave the shell on this screen
    os.kill(it.process.pid, signal.SIGTERM)
    assert it.ended() == 128 + signal.SIGTERM
    assert_left_clean(it)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--watch",), "--watch needs a terminal that can move its cursor"),
        (("--watch", "-f", "json"), "--watch has a view of its own: leave out -f"),
    ],
)
def test_what_can_not_be_watched_is_one_clear_line(arguments: tuple[str, ...], said: str, folder: Path) -> None:
    done = django_status(folder, "-s", "own_settings", "health", *arguments)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"django_status: {said}\n")
    done = manage_apart(folder, "health", *arguments, DJANGO_SETTINGS_MODULE="site_settings")
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"CommandError: {said}\n")


@pytest.mark.parametrize("seconds", ["0.4", "0", "-1", "nan", "inf", "86401", "well", ""])
def test_no_number_of_seconds_is_a_usage_error(seconds: str, capsys: pytest.CaptureFixture[str]) -> None:
    with override_settings(STATUS_PROVIDERS={"health": [("well", f"{HERE}.well")]}):
        assert manage("health", f"--watch={seconds}") == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert f"--watch: {seconds!r} is" in told.err


def test_without_rich_it_says_how_to_get_it(folder: Path) -> None:
    program = "import sys; sys.modules['rich.console'] = None; from status.__main__ import main; sys.exit(main())"
    with terminal() as it:
        it.start(folder, "-c", program, "health", "--watch", DJANGO_STATUS_SETTINGS="own_settings")
        assert it.ended() == 2
        assert it.lines == ["django_status: rich is not installed: pip install django-status[cli]"]


def test_without_rich_the_other_views_work(folder: Path) -> None:
    program = "import sys; sys.modules['rich'] = None; from status.__main__ import main; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-c", program, "health", "-f", "table"],
        cwd=folder,
        env=environment(DJANGO_STATUS_SETTINGS="own_settings"),
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert (done.returncode, done.stderr) == (0, "")


# --- in this process, so that coverage sees it ------------------------------------------------------------------------


@pytest.mark.parametrize("on_main_thread", [True, False])
def test_it_ends_in_the_process_that_it_was_called_in(on_main_thread: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = pty.openpty()
    monkeypatch.setenv("TERM", "xterm")
    told = b""

    def press() -> None:
        nonlocal told
        while b"again in " not in told:
            told += os.read(ours, 4096)
        os.write(ours, b"jq")
        while LEFT not in told:
            told += os.read(ours, 4096)

    codes: list[int] = []

    def look() -> None:
        with override_settings(STATUS_PROVIDERS={"health": [("fails", f"{HERE}.fails")]}):
            codes.append(show(Asked("health", fail_on=State.FAIL, watch_s=0.5), screen))

    with os.fdopen(theirs, "w") as screen, os.fdopen(os.dup(theirs)) as keys:
        monkeypatch.setattr(sys, "stdin", keys)
        person = Thread(target=press)
        person.start()
        if on_main_thread:
            look()
        else:
            other = Thread(target=look)
            other.start()
            other.join(PATIENCE_S)
        person.join(PATIENCE_S)
    os.close(ours)
    assert codes == [1]
    assert ENTERED in told
