"""What the app costs a project that has it installed: start and memory. `python benchmarks/footprint.py`.

A fresh project as `django-admin startproject` makes it, beside the same with the app and its URLs. Linux alone.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from children import HERE, PYTHON, environment
from figures import Figure, report

CHECK_LIMIT_MS = 30
MEMORY_LIMIT_MIB = 5
CHECKS = 40
PROCESSES = 7
HEAVY = ("dulwich", "celery", "kombu", "psutil", "yaml", "rich", "uvicorn")

# Both have a view of the site's own that asks its database and its cache, which a site at work has done before long.
WITHOUT = """
from django.core.cache import cache
from django.db import connection
from django.http import HttpResponse
from django.urls import include, path
from project.urls import urlpatterns

def bare(request):
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    cache.get("nothing")
    return HttpResponse("ok")

urlpatterns = [*urlpatterns, path("bare/", bare)]
"""
URLS = {"without": WITHOUT, "with": f'{WITHOUT}\nurlpatterns += [path("status/", include("status.urls"))]\n'}
APPS = {"without": (), "with": ("status",)}
SETTINGS = """
from project.settings import *
ROOT_URLCONF = "project.urls_{variant}"
INSTALLED_APPS = [*INSTALLED_APPS, *{apps!r}]
"""


def measure() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _make_project(folder)
        yield _check_time(folder)
        yield _heavy_modules(folder)
        yield from _memory(folder)


def _make_project(folder: Path) -> None:
    subprocess.run([PYTHON, "-m", "django", "startproject", "project", folder], env=environment(), check=True)
    (folder / "db.sqlite3").touch()  # an empty file is a database; without one the check of it would rightly fail
    for variant, urls in URLS.items():
        (folder / "project" / f"urls_{variant}.py").write_text(urls)
        settings = SETTINGS.format(variant=variant, apps=APPS[variant])
        (folder / "project" / f"settings_{variant}.py").write_text(settings)


def _run(folder: Path, variant: str, *arguments: str) -> str:
    variables = environment(folder, DJANGO_SETTINGS_MODULE=f"project.settings_{variant}")
    done = subprocess.run(
        [PYTHON, *arguments], cwd=folder, env=variables, check=True, stdout=subprocess.PIPE, text=True, timeout=60
    )
    return done.stdout


def _check_time(folder: Path) -> Figure:
    """The median of differences between neighbours: what else the machine does is about the same to both."""
    without, added, added_cpu = [], [], []
    for _ in range(CHECKS + 1):
        pair = [_timed_check(folder, variant) for variant in ("without", "with")]
        without.append(pair[0][0])
        added.append(pair[1][0] - pair[0][0])
        added_cpu.append(pair[1][1] - pair[0][1])
    # The first of each compiles.
    wall_ms, cpu_ms, floor_ms = (median(taken[1:]) * 1000 for taken in (added, added_cpu, without))
    beside = f"of it CPU {cpu_ms:.0f} ms; without the app {floor_ms:.0f} ms"
    return Figure("added to `manage.py check`", wall_ms, CHECK_LIMIT_MS, "ms", beside)


def _timed_check(folder: Path, variant: str) -> tuple[float, float]:
    """Seconds by the clock and of CPU."""
    cpu_before = _children_cpu_s()
    started = time.perf_counter()
    _run(folder, variant, "manage.py", "check")
    return time.perf_counter() - started, _children_cpu_s() - cpu_before


def _children_cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _heavy_modules(folder: Path) -> Figure:
    script = (
        "import sys; from django.core.management import execute_from_command_line as run; run(['manage.py', 'check']); "
        f"print(*sorted(set({HEAVY!r}) & set(sys.modules)), sep=',')"
    )
    found = _run(folder, "with", "-c", script).splitlines()[-1]
    heavy = [name for name in found.split(",") if name]
    return Figure(f"imported by it of {', '.join(HEAVY)}", len(heavy), 0, beside=", ".join(heavy))


def _memory(folder: Path) -> Iterator[Figure]:
    moments = {"installed": "added to an idle process", "asked": "the same, after one API request for health"}
    paths = {"without": "/bare/", "with": "/status/api/health"}
    seen = [{variant: _sizes(folder, variant, path) for variant, path in paths.items()} for _ in range(PROCESSES)]
    for moment, what in moments.items():
        for kind in ("RSS", "PSS"):
            floor = median(pair["without"][moment][kind] for pair in seen) / 1024
            added = median(pair["with"][moment][kind] - pair["without"][moment][kind] for pair in seen) / 1024
            yield Figure(f"{kind} {what}", added, MEMORY_LIMIT_MIB, "MiB", f"without the app {floor:.1f} MiB")


def _sizes(folder: Path, variant: str, path: str) -> dict[str, dict[str, int]]:
    sizes: dict[str, dict[str, int]] = json.loads(_run(folder, variant, str(HERE / "idle.py"), path))
    return sizes


if __name__ == "__main__":
    sys.exit(report(measure()))
