"""What all servers of the tests have in common: started, stopped in their tracks, killed, ended without a trace."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import psutil

from tests.servers import reaper
from tests.servers.ports import HOST, free_port
from tests.waiting import INTERVAL_S, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typing_extensions import Self

P = TypeVar("P", bound="Program")


class ServerMissing(Exception):
    """The server can't be started on this machine: one line that says what is missing and how to get it."""


class ServerFailed(Exception):
    """The server is there and did not start: the message ends with what it wrote last."""


class Program(ABC):
    """A program with a temporary directory of its own, its process and all that this one starts."""

    label: ClassVar[str]
    account: ClassVar[str | None] = None
    """The user to run it as when the tests run as root."""
    ready_within_s: ClassVar[float] = 30.0
    polite_signal: ClassVar[signal.Signals] = signal.SIGTERM
    polite_for_s: ClassVar[float] = 10.0
    ends_politely: ClassVar[bool] = False
    """By default a server is killed at the end: its data is thrown away, and that is the quickest."""

    def __init__(self) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix=f"status-tests-{self.label}-"))
        reaper.watch(self.directory)
        self._popen: subprocess.Popen[bytes] | None = None
        if account := self._account():
            shutil.chown(self.directory, account)

    @abstractmethod
    def command(self) -> list[str]:
        """The program and its arguments."""

    @abstractmethod
    def is_ready(self) -> bool:
        """Whether the program, just launched, does its work already."""

    def environment(self) -> dict[str, str]:
        """Variables besides PATH, HOME, TMPDIR and the locale; nothing else is handed down from the tests' own."""
        return {}

    def prepare(self) -> None:  # noqa: B027 - most need nothing
        """What must be there before the first launch."""

    def settle(self) -> None:  # noqa: B027
        """What is done once, right after the first launch."""

    @property
    def pid(self) -> int:
        return self._running().pid

    @property
    def log(self) -> Path:
        """The file with all that the program wrote to its standard output and error."""
        return self.directory / f"{self.label}.log"

    def family(self) -> list[psutil.Process]:
        """The process and all its descendants, parents first."""
        process = psutil.Process(self.pid)
        return [process, *process.children(recursive=True)]

    def launch(self) -> None:
        """Start the process and wait until it is ready."""
        with self.log.open("ab") as output:
            self._popen = subprocess.Popen(
                self.command(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                # A Ctrl-C in the terminal is for pytest, which then ends the servers in order.
                start_new_session=True,
                **self._surroundings(),
            )
        reaper.watch(self.directory, self._popen.pid, self.polite_signal if self.ends_politely else signal.SIGKILL)
        deadline = time.monotonic() + self.ready_within_s
        while not self.is_ready():
            if (code := self._popen.poll()) is not None:
                raise ServerFailed(f"{self.label} ended with {code} while starting:\n{self.last_words()}")
            if time.monotonic() > deadline:
                raise ServerFailed(f"{self.label} not ready in {self.ready_within_s:g} s:\n{self.last_words()}")
            time.sleep(INTERVAL_S)

    def stop_in_its_tracks(self) -> None:
        """Freeze the process and all its children: connections stay, new ones are taken by the kernel, no answers."""
        frozen: set[psutil.Process] = set()
        # Again until nobody is new: a child may be born while its parent is being stopped.
        while fresh := [process for process in self.family() if process not in frozen]:
            for process in fresh:
                with suppress(psutil.NoSuchProcess):
                    process.suspend()
            frozen.update(fresh)
        wait_until(lambda: all(_is_still(process) for process in frozen), message=f"{self.label} does not stop")

    def resume(self) -> None:
        """Let the process and all its children go on."""
        for process in self.family():
            with suppress(psutil.NoSuchProcess):
                process.resume()

    def kill(self) -> None:
        """End the process and all its children with SIGKILL, as the kernel does when memory runs out."""
        if self._is_alive():
            self.stop_in_its_tracks()
            self._see_off(self.family())

    def shut_down(self) -> None:
        """Ask the process to end, with its data on disk; kill it when it does not."""
        if not self._is_alive():
            return
        self.resume()
        family = self.family()
        self._running().send_signal(self.polite_signal)
        with suppress(subprocess.TimeoutExpired):
            self._running().wait(self.polite_for_s)
        # Asked again, for children that were born in the meantime; of an ended process there are none to be found.
        self._see_off([*family, *(self.family() if self._is_alive() else ())])

    def restart(self) -> None:
        """Shut it down (unless it is dead already) and launch it again, with the same port and data."""
        self.shut_down()
        self.launch()

    def end(self) -> None:
        """End the process and remove its directory."""
        try:
            if self.ends_politely:
                self.shut_down()
            else:
                self.kill()
        finally:
            shutil.rmtree(self.directory)
            reaper.forget(self.directory)

    def run_tool(self, *command: str | Path, feed: str | None = None) -> str:
        """Run one of the server's own tools to its end, as the server's user, and return what it printed."""
        try:
            done = subprocess.run(
                [str(part) for part in command],
                input=feed,
                stdin=None if feed is not None else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=self.ready_within_s,
                check=True,
                **self._surroundings(),
            )
        except subprocess.CalledProcessError as error:
            raise ServerFailed(f"{command[0]} ended with {error.returncode}:\n{error.output}") from error
        return str(done.stdout)

    def write(self, name: str, text: str) -> None:
        """Write a file of the program's directory, for its user to read."""
        path = self.directory / name
        path.write_text(text)
        if account := self._account():
            shutil.chown(path, account)

    def last_words(self) -> str:
        """The end of the program's log."""
        return self.log.read_text(errors="replace")[-4000:] if self.log.exists() else ""

    def _surroundings(self) -> dict[str, Any]:
        environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(self.directory),
            # Two MariaDB servers that share one delete each other's temporary tables as they start.
            "TMPDIR": str(self.directory),
            "LC_ALL": "C.UTF-8",
            **self.environment(),
        }
        surroundings: dict[str, Any] = {"cwd": self.directory, "env": environment}
        if account := self._account():
            # Not through preexec_fn, which Python warns about in a process with threads.
            surroundings.update(user=account, group=_group(account), extra_groups=[])
        return surroundings

    def _account(self) -> str | None:
        return self.account if os.geteuid() == 0 else None

    def _running(self) -> subprocess.Popen[bytes]:
        assert self._popen is not None, f"{self.label} was not launched"
        return self._popen

    def _is_alive(self) -> bool:
        return self._popen is not None and self._popen.poll() is None

    def _see_off(self, family: list[psutil.Process]) -> None:
        for process in family:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self._running().wait()
        wait_until(
            lambda: all(reaper.is_gone(process) for process in family), message=f"{self.label} leaves processes behind"
        )


class Server(Program):
    """A program that listens on a port of 127.0.0.1."""

    def __init__(self, *arguments: str) -> None:
        super().__init__()
        self.port = free_port()
        self.arguments = arguments

    @classmethod
    @contextmanager
    def start(cls, *arguments: str) -> Iterator[Self]:
        """Start a private instance with these arguments added to its command line, and end it after the block.

        Raises ServerMissing when the machine lacks the server.
        """
        if missing := cls.missing():
            raise ServerMissing(missing)
        with running(cls(*arguments)) as server:
            yield server

    @classmethod
    @abstractmethod
    def missing(cls) -> str | None:
        """What this machine lacks to run the server, in a line; None when it lacks nothing."""

    @property
    @abstractmethod
    def url(self) -> str:
        """Where a client connects, with its user and password."""

    @abstractmethod
    def ping(self, timeout_s: float = 0.3) -> bool:
        """Whether a fresh connection is greeted as the server's protocol says."""

    def is_ready(self) -> bool:
        return self.ping(1.0)


@contextmanager
def running(program: P) -> Iterator[P]:
    """Launch `program`, and end it after the block whatever happens."""
    try:
        program.prepare()
        program.launch()
        program.settle()
        yield program
    finally:
        program.end()


def find_program(name: str) -> str | None:
    """Where `name` is installed; servers are in sbin, which is not in every user's PATH."""
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/local/sbin", "/usr/sbin"])
    return shutil.which(name, path=path)


def _group(account: str) -> int:
    return pwd.getpwnam(account).pw_gid


def _is_still(process: psutil.Process) -> bool:
    try:
        return bool(process.status() == psutil.STATUS_STOPPED) or reaper.is_gone(process)
    except psutil.NoSuchProcess:
        return True


__all__ = ["HOST", "Program", "Server", "ServerFailed", "ServerMissing", "find_program", "free_port", "running"]
