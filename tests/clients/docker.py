"""A HEALTHCHECK as Docker runs it.

By its documentation (https://docs.docker.com/reference/dockerfile/#healthcheck) and its code (daemon/health.go in
moby/moby): the command by `/bin/sh -c` within the container; what exceeds its timeout is killed and has failed; one
success is healthy; so many failures in a row are unhealthy, those within the start period before the first success not
counted.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Status = Literal["starting", "healthy", "unhealthy"]


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """A line of a Dockerfile; durations in seconds."""

    command: str
    interval_s: float = 30
    timeout_s: float = 30
    start_period_s: float = 0
    retries: int = 3

    @classmethod
    def of(cls, line: str) -> HealthCheck:
        """The instruction as it is written, over several lines or not."""
        found = re.fullmatch(r"HEALTHCHECK (.*?)\s*CMD (.*)", line.replace("\\\n", " ").strip(), re.DOTALL)
        assert found, line
        options = dict(re.findall(r"--([a-z-]+)=(\S+)", found[1]))
        retries = int(options.pop("retries", "3"))
        assert options.keys() <= _DURATIONS.keys(), options
        durations = {_DURATIONS[name]: _s(value) for name, value in options.items()}
        return cls(" ".join(found[2].split()), **durations, retries=retries)


_DURATIONS = {"interval": "interval_s", "timeout": "timeout_s", "start-period": "start_period_s"}


class Container:
    """Its status, as `docker ps` shows it. Times are those that a test says, as seconds since the start."""

    def __init__(self, check: HealthCheck, directory: Path, environment: Mapping[str, str]) -> None:
        self.check = check
        self.status: Status = "starting"
        self.failures = 0
        self.exit_code = 0
        """Of the last look; -1 where it was killed."""
        self.said = ""
        self._directory = directory
        self._environment = environment

    def look(self, at_s: float) -> Status:
        """Run the command, so long after the start."""
        self.exit_code, self.said = self._run()
        if self.exit_code == 0:
            self.status, self.failures = "healthy", 0
        elif self.status != "starting" or at_s >= self.check.start_period_s:
            self.failures += 1
            if self.failures >= self.check.retries:
                self.status = "unhealthy"
        return self.status

    def _run(self) -> tuple[int, str]:
        process = subprocess.Popen(
            ["/bin/sh", "-c", self.check.command],
            cwd=self._directory,
            env=dict(self._environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        try:
            said, _ = process.communicate(timeout=self.check.timeout_s)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            return -1, f"Health check exceeded timeout ({self.check.timeout_s:g}s)"
        return process.returncode, said


def _s(text: str) -> float:
    number, unit = re.fullmatch(r"(\d+)(ms|s|m)", text).groups()  # type: ignore[union-attr]
    return int(number) * {"ms": 0.001, "s": 1, "m": 60}[unit]
