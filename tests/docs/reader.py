"""A reader who does what a document says, block by block, in a Django project of their own.

The markers, and what is done with the block below:

- `file: PATH`, `append: PATH`: written into the project, as a whole or at the end.
- `given: PATH`: within the comment itself; appended. What a document takes for granted and doesn't show.
- `run`, `run: exits N`: shell commands; all but the last must end with 0.
- `output`, `output: figures vary`: what the last command printed. "…" stands for anything; JSON is compared as JSON.
- `errors`: the same of its standard error.
- `serve`: a command that serves; from then on `localhost:8000` is where it does.
- `python`: run in the project.
- `settings`: lines of settings, valid by the system checks; they are not kept. `settings: E003`: this is found wrong.
  `default: NAME`: the same, and what they set is the default (`test_completeness.py`).
- `tried: NAME`: what `tests/deployment/`, `tests/clients/` or `tests/command/` tries under this name; here it is seen
  that one does.
- `make`: targets of the Makefile. `install`: an installation of our distribution and extras of it.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import socket
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib import metadata
from itertools import islice
from pathlib import Path
from typing import Any

from tests.docs.blocks import ROOT, Block
from tests.servers.process import HOST, Server

PLACE = "localhost:8000"
RUNSERVER = "python manage.py runserver"
TRY_SETTINGS = Path(__file__).with_name("try_settings.py")


class Failed(AssertionError):
    """A block does not do what its document says."""


class _Serving(Server):
    """The command of a document that serves, in the project, on a free port."""

    label = "documented"

    def __init__(self, command: str, project: Path, environment: dict[str, str]) -> None:
        super().__init__()
        if "runserver" in command:
            command = f"{command} --noreload {HOST}:{self.port}"
        elif command.startswith("uvicorn"):
            command = f"{command} --host {HOST} --port {self.port}"
        else:
            command = f"{command} --bind {HOST}:{self.port}"
        self._command = f"cd {shlex.quote(str(project))} && exec {command}"
        self._environment = environment

    @classmethod
    def missing(cls) -> str | None:
        return None

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def ping(self, timeout_s: float = 0.3) -> bool:
        try:
            socket.create_connection((HOST, self.port), timeout_s).close()
        except OSError:
            return False
        return True

    def command(self) -> list[str]:
        return ["bash", "-c", self._command]

    def environment(self) -> dict[str, str]:
        return self._environment


class Reader:
    """Has a project, perhaps a server that serves it, and what the last command printed."""

    def __init__(self, project: Path, programs: Path) -> None:
        self.project = project
        self._programs = programs
        self._temporary = project.with_name(f"{project.name}-tmp")
        self._temporary.mkdir()
        self._server: _Serving | None = None
        self._serving = RUNSERVER
        self._stale = True
        self._settings: list[Block] = []
        self.done = subprocess.CompletedProcess[str]("", 0, "", "")

    def follow(self, blocks: Iterable[Block]) -> None:
        """Do what each block says; Failed, naming the place, at the first that does not hold."""
        for block in blocks:
            act = getattr(self, f"_do_{block.kind}", None)
            if act is None:
                raise Failed(f"{block.place}: no known marker above the block, but {block.kind!r}")
            try:
                act(block)
            except AssertionError as error:
                raise Failed(f"{block.place}: {error}") from error
        self._try_settings()
        self._settings = []

    def close(self) -> None:
        """End the server."""
        if self._server is not None:
            self._server.end()
            self._server = None

    def run(self, command: str) -> subprocess.CompletedProcess[str]:
        """Run it by the shell, in the project; the server is there when it is to be asked."""
        there = f"localhost:{self.port()}" if PLACE in command else PLACE
        done = subprocess.run(
            ["bash", "-euc", command.replace(PLACE, there)],
            cwd=self.project,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )
        done.stdout = done.stdout.replace(there, PLACE)
        return done

    def port(self) -> int:
        """Where the project is served as it now is."""
        if self._stale or self._server is None:
            self.close()
            self._server = _Serving(self._serving, self.project, self._environment())
            self._server.launch()
            self._stale = False
        return self._server.port

    def _environment(self) -> dict[str, str]:
        return {
            # As in an environment that is active: `python` is the one that runs these tests.
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), str(self._programs), os.environ["PATH"]]),
            "PYTHONPATH": str(ROOT / "src"),
            "HOME": str(self.project),
            # Of the server and the commands alike: there they find each other.
            "TMPDIR": str(self._temporary),
            "LC_ALL": "C.UTF-8",
            "COLUMNS": "80",
        }

    def _do_file(self, block: Block) -> None:
        self._write(block, "w")

    def _do_append(self, block: Block) -> None:
        self._write(block, "a")

    _do_given = _do_append

    def _write(self, block: Block, mode: str) -> None:
        path = self.project / block.argument
        assert mode == "w" or path.exists(), f"there is no {block.argument} to append to"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open(mode) as file:
            file.write(block.text if mode == "w" else f"\n{block.text}")
        self._stale = True

    def _do_run(self, block: Block) -> None:
        code = int(block.argument.removeprefix("exits ")) if block.argument else 0
        commands = _commands(block.text)
        for command in commands:
            self.done = self.run(command)
            expected = code if command == commands[-1] else 0
            said = f"{self.done.stdout}{self.done.stderr}"
            assert self.done.returncode == expected, f"{command} ended with {self.done.returncode}:\n{said}"

    def _do_output(self, block: Block) -> None:
        _compare(block, self.done.stdout)

    def _do_errors(self, block: Block) -> None:
        _compare(block, self.done.stderr)

    def _do_serve(self, block: Block) -> None:
        (self._serving,) = _commands(block.text)
        self._stale = True
        self.port()

    def _do_python(self, block: Block) -> None:
        self.done = subprocess.run(
            [sys.executable, "-c", f"import django\ndjango.setup()\n{block.text}"],
            cwd=self.project,
            env={**self._environment(), "DJANGO_SETTINGS_MODULE": "shop.settings"},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert self.done.returncode == 0, self.done.stderr

    def _do_settings(self, block: Block) -> None:
        self._settings.append(block)

    _do_default = _do_settings

    def _try_settings(self) -> None:
        if not self._settings:
            return
        done = subprocess.run(
            [sys.executable, str(TRY_SETTINGS)],
            input=json.dumps([[block.place, block.kind, block.argument, block.text] for block in self._settings]),
            cwd=self.project,
            env={**self._environment(), "PYTHONPATH": f"{self.project}:{ROOT / 'src'}"},
            capture_output=True,
            text=True,
            timeout=60,
        )
        if done.returncode:
            raise Failed(done.stdout + done.stderr)

    def _do_tried(self, block: Block) -> None:
        folders = ("deployment", "clients", "command")
        files = (file for folder in folders for file in sorted((ROOT / "tests" / folder).glob("test_*.py")))
        tests = "".join(file.read_text() for file in files)
        assert f'"{block.argument}"' in tests, f"{block.argument} is not tried"

    def _do_make(self, block: Block) -> None:
        """The targets are there. Not run: one would run these very tests."""
        for command in _commands(block.text):
            make, target = shlex.split(command)
            assert make == "make", f"{command} is no call of make"
            assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE), f"no target {target}"
            # The stamps of other checkouts must not matter: what would be made is told, nothing is.
            done = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True, timeout=60)
            assert done.returncode == 0, done.stderr

    def _do_install(self, block: Block) -> None:
        ours = metadata.metadata("django-status")
        for command in _commands(block.text):
            *pip, requirement = shlex.split(command.replace(" --upgrade ", " "))
            assert pip == ["python", "-m", "pip", "install"], f"{command} is no installation"
            name, _, extras = requirement.rstrip("]").partition("[")
            assert name == ours["Name"], f"{name} is not our distribution"
            unknown = {extra for extra in extras.split(",") if extra} - set(ours.get_all("Provides-Extra") or ())
            assert not unknown, f"there is no extra {unknown}"


def _commands(text: str) -> list[str]:
    """A line is a command; one that ends with a backslash goes on."""
    return [line for line in text.replace("\\\n", " ").splitlines() if line.strip()]


def _compare(block: Block, printed: str) -> None:
    if block.language == "json":
        found = json.loads(printed)
        assert _like(json.loads(block.text), found), f"the JSON is\n{json.dumps(found, ensure_ascii=False)}"
        return
    expected, found = (text.strip().splitlines() for text in (block.text, printed))
    if block.argument == "figures vary":
        expected, found = ([_without_figures(line) for line in lines] for lines in (expected, found))
    pattern = "\n".join(re.escape(line.rstrip()).replace("…", ".*") for line in expected)
    text = "\n".join(line.rstrip() for line in found)
    assert re.fullmatch(pattern, text, re.DOTALL), f"printed was\n{printed}"


def _like(expected: Any, found: Any) -> bool:
    if expected == "…":
        return True
    if isinstance(expected, dict) and isinstance(found, dict):
        if "…" in expected:  # and more keys
            expected = {key: value for key, value in expected.items() if key != "…"}
            found = dict(islice(found.items(), len(expected)))
        return list(expected) == list(found) and all(_like(expected[key], found[key]) for key in expected)
    if isinstance(expected, list) and isinstance(found, list):
        return len(expected) == len(found) and all(map(_like, expected, found))
    return type(expected) is type(found) and bool(expected == found)


def _without_figures(line: str) -> str:
    return re.sub(r" +", " ", re.sub(r"\d[\d.,]*", "0", line))


@contextmanager
def reading(project: Path, programs: Path) -> Iterator[Reader]:
    """A reader at work in this project; `programs` are in their PATH. Their server ends with the block."""
    reader = Reader(project, programs)
    try:
        yield reader
    finally:
        reader.close()


__all__ = ["PLACE", "Failed", "Reader", "reading"]
