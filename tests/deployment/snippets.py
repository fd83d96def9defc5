"""The snippets of the documents that are tried here, by the names that their markers give them."""

from __future__ import annotations

import ast
import re
import shlex
from typing import Any

from status.command.arguments import duration_s
from tests.docs.blocks import ROOT, Block, blocks

PAGE = ROOT / "docs" / "deployment.md"


def snippet(name: str) -> str:
    """The text of the one block with `<!-- tried: NAME -->` or `<!-- file: NAME -->` above it in `docs/deployment.md`.

    ValueError when there is none, or more than one.
    """
    (found,) = [block.text for block in _blocks("tried", "file") if block.argument == name]
    return found


def served_by(program: str) -> list[str]:
    """The command with which the page serves by this program, in words."""
    (found,) = [block.text for block in _blocks("serve") if block.text.startswith(f"{program} ")]
    return shlex.split(found)


def configured(name: str) -> Any:
    """The value of a setting in the page's `gunicorn.conf.py`."""
    (value,) = re.findall(rf"^{name} = (.*)$", snippet("gunicorn.conf.py"), re.MULTILINE)
    return ast.literal_eval(value)


def drained_for_s(command: str) -> float:
    """How long a command of the page drains at most."""
    (duration,) = re.findall(r"status drain --for (\w+)", command)
    return duration_s(duration)


def addresses(name: str, *ports: int) -> str:
    """The snippet, with the ports of real servers on this machine instead of its `web-1`, `web-2`."""
    text = snippet(name)
    for number, port in enumerate(ports, start=1):
        address = f"10.0.0.1{number}:8000"
        assert address in text, f"{name} has no server at {address}"
        text = text.replace(address, f"127.0.0.1:{port}")
    assert "10.0.0." not in text, f"{name} has more servers than that"
    return text


def _blocks(*kinds: str) -> list[Block]:
    return [block for block in blocks(PAGE) if block.kind in kinds]
