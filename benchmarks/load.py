"""Load on a server from a process of its own: wrk where it is installed, else this module, run as a script.

Connections are kept alive where the server keeps them, and opened again where it closes them.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from children import HERE, PYTHON

WRK = shutil.which("wrk")
HEADERS = ("User-Agent: kube-probe/1.34", "Accept: */*")  # as a kubelet asks
GIVE_UP_S = 20


@dataclass(frozen=True)
class Load:
    """What was answered within `seconds`; `broken` are requests that ended with no answer.

    `unfinished` were under way when the client left: a server works these off, too.
    """

    seconds: float
    p99_s: float
    broken: int
    unfinished: int
    codes: dict[int, int] = field(default_factory=dict)

    @property
    def requests(self) -> int:
        return sum(self.codes.values())

    @property
    def asked(self) -> int:
        return self.requests + self.unfinished

    @property
    def rate(self) -> float:
        return self.requests / self.seconds


def client() -> str:
    """Who asks."""
    return "wrk" if WRK else "an asyncio client"


def put(url: str, paths: Sequence[str], seconds: int, connections: int = 8) -> Load:
    """Ask for the paths in turn, on so many connections at once, for so long."""
    program = _wrk(url, seconds, connections) if WRK else [PYTHON, __file__, url, str(seconds), str(connections)]
    done = subprocess.run([*program, *paths], check=True, stdout=subprocess.PIPE, text=True)
    said = json.loads(done.stdout.splitlines()[-1])
    codes = {int(code): count for code, count in said["codes"].items()}
    return Load(said["seconds"], said["p99_s"], said["broken"], connections if WRK else 0, codes)


def _wrk(url: str, seconds: int, connections: int) -> list[str]:
    headers = [part for header in HEADERS for part in ("-H", header)]
    options = ["-t", "1", "-c", str(connections), "-d", f"{seconds}s", "--timeout", f"{GIVE_UP_S}s"]
    return [str(WRK), *options, *headers, "-s", str(HERE / "load.lua"), url, "--"]


class _Client:
    """The connections of one load."""

    def __init__(self, url: str, paths: Sequence[str]) -> None:
        where = urlsplit(url)
        self._host, self._port = str(where.hostname), where.port
        lines = [f"Host: {where.netloc}", *HEADERS, "", ""]
        self._asked = ["\r\n".join([f"GET {path} HTTP/1.1", *lines]).encode() for path in paths]
        self._at = 0
        self.taken: list[float] = []
        self.codes: Counter[int] = Counter()
        self.broken = 0

    async def run(self, seconds: float, connections: int) -> None:
        until = time.perf_counter() + seconds
        await asyncio.gather(*(self._keep_asking(until) for _ in range(connections)))

    async def _keep_asking(self, until: float) -> None:
        while time.perf_counter() < until:
            try:
                await self._connection(until)
            except (OSError, asyncio.IncompleteReadError, TimeoutError):
                self.broken += 1

    async def _connection(self, until: float) -> None:
        """Ask on one connection until the server closes it."""
        reader, writer = await asyncio.open_connection(self._host, self._port)
        try:
            kept = True
            while kept and time.perf_counter() < until:
                self._at = (self._at + 1) % len(self._asked)
                started = time.perf_counter()
                writer.write(self._asked[self._at])
                code, kept = await asyncio.wait_for(_answer(reader), GIVE_UP_S)
                self.taken.append(time.perf_counter() - started)
                self.codes[code] += 1
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bool]:
    """The code, and whether the connection stays."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.splitlines()
    headers = {name.lower(): text.strip() for name, _, text in (line.partition(":") for line in lines)}
    if "content-length" in headers:
        await reader.readexactly(int(headers["content-length"]))
    elif headers.get("transfer-encoding") == "chunked":
        await reader.readuntil(b"0\r\n\r\n")
    return int(first.split()[1]), headers.get("connection", "").lower() != "close"


def _main(url: str, seconds: str, connections: str, *paths: str) -> None:
    client = _Client(url, paths)
    started = time.perf_counter()
    asyncio.run(client.run(float(seconds), int(connections)))
    taken = sorted(client.taken) or [0.0]
    said = {
        "seconds": time.perf_counter() - started,
        "p99_s": taken[int(len(taken) * 0.99)],
        "broken": client.broken,
        "codes": client.codes,
    }
    print(json.dumps(said))


if __name__ == "__main__":
    _main(*sys.argv[1:])
