"""The container or machine, this process and its web server."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from typing import Any


def system(path: str | os.PathLike[str] | None = None) -> dict[str, object]:
    """CPU, load, memory and disk as this process may use them, the process itself, its web server and worker number.

    `path` says whose file system `disk` is of: by default the project's. CPU usage is what was used since the last look
    in this process, `over_s` seconds ago; the first look has none. Sends nothing; reads some twenty files of the kernel
    and looks at the locks of the site's processes: 2 ms. Needs psutil (the extra `system`); without it there are the
    container's limits and what Python knows.
    """
    from .. import conf
    from ..core.redaction import describe
    from .host import machine, process, server, workers

    psutil, unavailable = _psutil()
    told: dict[str, object] = {}
    parts: dict[str, Callable[[], dict[str, object]]] = {
        "cpu": partial(machine.cpu, psutil),
        "load": machine.load,
        "memory": partial(machine.memory, psutil),
        "swap": partial(machine.swap, psutil),
        "disk": partial(machine.disk, path or conf.current().project_path or "."),
        "process": partial(process.figures, psutil),
    }
    for name, figures in parts.items():
        try:
            told[name] = figures()
        except Exception as error:  # noqa: BLE001 - a part that this system does not have, or does not let us read
            unavailable[name] = f"needs to be told by the system: {describe(error)}"
    found = server.this()
    numbers = workers.numbered(found, conf.current().runtime_dir)
    if why := numbers.pop("unavailable", None):
        unavailable["worker"] = str(why)
    told["server"] = {
        "name": found and found.name,
        "version": found and found.version,
        **({"worker_class": found.worker_class} if found and found.worker_class else {}),
        "program": server.program(),
        **numbers,
    }
    return {**told, "unavailable": unavailable} if unavailable else told


def _psutil() -> tuple[Any, dict[str, str]]:
    try:
        import psutil
    except ImportError as error:
        from .extras import missing

        return None, {"psutil": f"needs psutil: {missing('system', error)}"}
    return psutil, {}
