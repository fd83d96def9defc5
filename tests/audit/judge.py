"""Runs pip-audit over the packages in a folder: `python -m tests.audit.judge .venv/lib/python3.13/site-packages`.

It needs a service that knows of vulnerabilities. Where none answers pip-audit says that it has found none, of packages
that it could not ask for: here that is told as what it is, and is no failure, since it says nothing of the packages.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

PATIENCE_S = 300.0
NOT_MADE = "NOT AUDITED: no service that knows of vulnerabilities could be asked"


def main(folder: str) -> int:
    """Ask and tell; the exit code is 1 where a package is vulnerable and a release mends it."""
    command = [sys.executable, "-m", "pip_audit", "--path", folder, "--format", "json", "--progress-spinner", "off"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S)
    except subprocess.TimeoutExpired:
        return _told([f"{NOT_MADE} in {PATIENCE_S:g} s"], 0)
    try:
        report = json.loads(done.stdout)
    except ValueError:
        *_, why = ["no report", *done.stderr.strip().splitlines()]
        return _told([f"{NOT_MADE}: {why}"], 0)
    return _told(*judged(report))


def judged(report: Mapping[str, Any]) -> tuple[list[str], int]:
    """What to say of pip-audit's report, and the exit code: a failure is what a newer release would mend."""
    packages = report["dependencies"]
    unknown = [each["name"] for each in packages if "skip_reason" in each]
    pairs = [(each, known) for each in packages for known in each.get("vulns", ())]
    found = [
        f"{each['name']} {each['version']}: {known['id']}, fixed in {', '.join(known['fix_versions']) or 'no release'}"
        for each, known in pairs
    ]
    if packages and len(unknown) == len(packages):
        return [f"{NOT_MADE} for any of {len(packages)} packages"], 0
    said = [f"{len(packages) - len(unknown)} packages audited, {len(found)} known vulnerabilities"]
    if unknown:
        said.append(f"not audited, since unknown to the service: {', '.join(unknown)}")
    return [*said, *found], 1 if any(known["fix_versions"] for _, known in pairs) else 0


def _told(lines: list[str], code: int) -> int:
    print(*lines, sep="\n", flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
