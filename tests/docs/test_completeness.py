"""What is public is documented, and what is documented is there."""

from __future__ import annotations

import ast
import re
import tempfile
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings

import status
from status import conf
from status.formats.registry import SHIPPED
from status.providers import registry
from tests.docs.blocks import DOCUMENTS, ROOT, anchors, blocks, headings, inline_code, links, prose

CHANGELOG = ROOT / "CHANGELOG.md"
SETTINGS = ROOT / "docs" / "settings.md"
WEBSITE = ROOT / "docs" / "website.md"
SOURCE = ROOT / "src" / "status"
ALL = (*DOCUMENTS, *(path for path in sorted(ROOT.glob("*.md")) if path not in DOCUMENTS))
"""With those at the root, as CHANGELOG.md and SECURITY.md, whose blocks nobody tries."""

_DEFAULT = re.compile(r"^### `(?P<name>STATUS_\w+)`\n\nDefault: (?:`(?P<value>[^`]+)`)?(?P<words>[^\n]*)", re.MULTILINE)


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    for link in links(path):
        file, _, anchor = link.partition("#")
        target = (path.parent / file).resolve() if file else path
        assert target.exists(), link
        assert target.is_relative_to(ROOT), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_a_heading_stands_once_in_a_document(path: Path) -> None:
    """Else its anchor is another than one would guess."""
    assert len(anchors(path)) == len(headings(path))


def test_every_document_can_be_reached_from_the_readme() -> None:
    linked = {(ROOT / link.partition("#")[0]).resolve() for link in links(ROOT / "README.md")}
    assert {*DOCUMENTS[1:], CHANGELOG, ROOT / "LICENSE", ROOT / "docs" / "images" / "overview.png"} <= linked


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.name)
def test_dotted_names_in_the_prose_are_there(path: Path) -> None:
    modules = {file.stem for file in SOURCE.glob("*.py")} | {file.name for file in SOURCE.iterdir() if file.is_dir()}
    for code in inline_code(path):
        name = re.fullmatch(r"(status\.([A-Za-z_]+)[\w.]*)(?:\(.*\))?", code)
        if name and (name[2] in modules or name[2] in status.__all__):
            _resolve(name[1])


def _resolve(path: str) -> object:
    parts = path.split(".")
    found: Any = import_module(parts[0])
    for at, part in enumerate(parts[1:], start=2):
        found = getattr(found, part) if hasattr(found, part) else import_module(".".join(parts[:at]))
    return found


def test_a_dotted_name_that_is_not_there_is_seen() -> None:
    with pytest.raises(ImportError):
        _resolve("status.providers.nothing")


def test_every_public_name_is_documented() -> None:
    code = "".join(block.text for path in DOCUMENTS for block in blocks(path))
    mentioned = set(re.findall(r"\w+", " ".join(code for path in DOCUMENTS for code in inline_code(path)) + code))
    assert {name for name in status.__all__ if not name.startswith("__")} <= mentioned


def test_every_setting_is_documented_and_no_other() -> None:
    documented = set(re.findall(r"^### .*", prose(SETTINGS), re.MULTILINE))
    names = {name for heading in documented for name in re.findall(r"\bSTATUS_\w+", heading)}
    assert names == conf._KNOWN
    mentioned = {name for path in ALL for name in re.findall(r"\bSTATUS_[A-Z_]+\b", prose(path))}
    assert mentioned <= conf._KNOWN


def test_documented_defaults_are_the_true_ones() -> None:
    """All but two: one has a block of its own, one a text."""
    with _nothing_set():
        true = conf.current()
    documented = {found["name"]: found["value"] for found in _DEFAULT.finditer(SETTINGS.read_text())}
    assert set(documented) == conf._KNOWN - {"STATUS_PROVIDERS"}
    assert documented.pop("STATUS_RUNTIME_DIR") is None
    assert true.runtime_dir.parent == Path(tempfile.gettempdir())
    for name, value in documented.items():
        field = name.removeprefix("STATUS_").lower()
        found = getattr(true, field if hasattr(true, field) else f"{field}_s")
        assert ast.literal_eval(value) == _plain(found), name


def _nothing_set() -> override_settings:
    class Cleared(override_settings):
        def enable(self) -> None:
            super().enable()
            from django.conf import settings

            for name in conf._KNOWN:
                if hasattr(settings, name):
                    delattr(settings, name)
            conf.forget()

    return Cleared(STATUS_SITE={})


def _plain(value: object) -> object:
    return {str(key): entry for key, entry in value.items()} if isinstance(value, Mapping) else value


def test_the_documented_default_of_providers_is_the_true_one() -> None:
    (block,) = [block for block in blocks(SETTINGS) if block.kind == "default"]
    namespace: dict[str, Any] = {}
    exec(block.text, namespace)

    def shown() -> dict[str, list[object]]:
        return {name: [*resource.providers.values()] for name, resource in registry.current().resources.items()}

    with override_settings(STATUS_PROVIDERS=None):
        true = shown()
    with override_settings(**{block.argument: namespace[block.argument]}):
        assert shown() == true


def test_reserved_names_are_documented() -> None:
    paragraph = next(text for text in prose(SETTINGS).split("\n\n") if "Reserved for resources" in text)
    listed = set(re.findall(r"`([^`]+)`", paragraph.partition("Reserved")[2]))
    assert listed == registry.RESERVED | registry.RESERVED_COMMANDS


def test_every_system_check_is_documented_and_no_other() -> None:
    used = {id for file in SOURCE.rglob("*.py") for id in re.findall(r'"([EW]\d{3})"', file.read_text())}
    assert set(re.findall(r"^\| `status\.([EW]\d{3})` \|", prose(SETTINGS), re.MULTILINE)) == used


def test_every_format_is_documented_with_its_media_types() -> None:
    table = (ROOT / "docs" / "api.md").read_text().partition("## Formats")[2]
    for each in SHIPPED:
        begin = f"| `{each.name}` | `{each.media_type}` |"
        (row,) = (line for line in table.splitlines() if line.startswith(begin))
        assert {*re.findall(r"`([^`]*)`", row.removeprefix(begin))} >= {*each.accepted_as}


def test_options_of_a_provider_are_documented() -> None:
    rows = prose(ROOT / "docs" / "providers.md").partition("## Options")[2]
    fields = {name for name, field in status.Provider.__dataclass_fields__.items() if field.kw_only}
    assert set(re.findall(r"^\| `(\w+)`", rows, re.MULTILINE)) == fields


def test_every_block_of_a_template_is_documented() -> None:
    rows = re.findall(r"^\| `(status/\w+\.html)` \| [^|]* \| ([^|]*)\|$", prose(WEBSITE), re.MULTILINE)
    documented = {name: re.findall(r"`(\w+)`", listed) for name, listed in rows}
    templates = {
        f"status/{file.name}": re.findall(r"{% block (\w+) %}", file.read_text())
        for file in (SOURCE / "templates" / "status").glob("[!_]*.html")
    }
    for found in templates.values():
        if "content" in found and len(found) < 10:  # all but the frame's own fill it
            found.remove("content")
    assert documented == templates


def test_the_pictures_are_small() -> None:
    for picture in (ROOT / "docs" / "images").iterdir():
        assert picture.stat().st_size < 150_000, picture.name
