"""What the git repository around a path says: branch, commit, tag, and whether tracked files were changed.

Read through dulwich without any git program, and never written to. Its parts (refs, objects, index, config) are used
rather than its `Repo`, which removes `refs/heads` of a repository with a reftable and refuses partial clones.
"""

# os.path answers False where a Path raises PermissionError, as it does before Python 3.14; refs are bytes.
# ruff: noqa: PTH110, PTH112, PTH113

from __future__ import annotations

import os
import re
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, cast

if TYPE_CHECKING:
    from dulwich.config import StackedConfig
    from dulwich.object_store import DiskObjectStore
    from dulwich.objects import Commit as GitCommit
    from dulwich.objects import ObjectID
    from dulwich.refs import DiskRefsContainer, Ref

HEADS, TAGS = b"refs/heads/", b"refs/tags/"
# Extensions of the repository format that change nothing for a reader of HEAD, its tree and the index.
HARMLESS = {b"objectformat", b"worktreeconfig", b"relativeworktrees", b"partialclone", b"preciousobjects", b"noop"}


class RepositoryProblem(Exception):
    """There is a repository, and it can't be read; the text is one line."""

    def __init__(self, text: str) -> None:
        super().__init__(" ".join(_text(os.fsencode(text)).split()))


class DulwichMissing(RepositoryProblem):
    """There is a repository, and the extra that reads it isn't installed."""


class Commit(TypedDict):
    id: str
    summary: str
    author: str
    date: datetime | None


class Repository(TypedDict):
    scm: str
    branch: dict[str, str | None]
    commit: Commit | None
    tag: str | None
    detached: bool
    dirty: bool | None
    shallow: bool


@dataclass(frozen=True)
class Place:
    """Where a repository lies: the folder it was found at, its git folder, and the one it shares with its worktrees."""

    folder: Path
    control: Path

    @property
    def common(self) -> Path:
        return _common(self.control)


def read(path: Path) -> Repository | None:
    """The facts of the repository that holds `path`, None when there is none.

    `commit.date` is the author's date in the author's time zone, as `git log` shows it; `branch.remote` is what the
    configuration tracks, else "unknown". `dirty` leaves out untracked files, submodules' content and paths marked
    assume-unchanged or skip-worktree; it is None when it couldn't be told, as for a bare repository.

    Raises `RepositoryProblem`, or `DulwichMissing`, which is one.
    """
    place = find(path)
    if place is None:
        return None
    try:
        import dulwich  # noqa: F401
    except ImportError as error:
        raise DulwichMissing("install django-status[git] to see the repository") from error
    try:
        return _facts(place)
    except RepositoryProblem:
        raise
    except Exception as error:
        # Damaged files make dulwich raise nearly anything, AssertionError and struct.error included.
        raise RepositoryProblem(f"the repository can't be read: {type(error).__name__}: {error}") from error


def find(path: Path) -> Place | None:
    """The nearest repository at `path` or above; needs no dulwich."""
    if not os.path.exists(path):
        return None
    start = Path(os.path.realpath(path))
    for folder in (start, *start.parents):
        dot = folder / ".git"
        if os.path.isfile(dot):
            return Place(folder, _pointed_to(dot))
        if os.path.isdir(dot) and not os.access(dot, os.R_OK | os.X_OK):
            raise RepositoryProblem(f"{dot} may not be read by this user")
        for control in (dot, folder):
            if _is_git_folder(control):
                return Place(folder, control)
    return None


def _pointed_to(dot: Path) -> Path:
    """The git folder that the .git file of a submodule or a linked worktree names."""
    try:
        label, _, target = dot.read_bytes().partition(b": ")
    except OSError as error:
        raise RepositoryProblem(f"{dot} can't be read: {error.strerror}") from error
    control = dot.parent / os.fsdecode(target.rstrip(b"\r\n"))
    if label != b"gitdir" or not _is_git_folder(control):
        raise RepositoryProblem(f"{dot} names no git repository that is there and may be read")
    return control


def _is_git_folder(folder: Path) -> bool:
    common = _common(folder)
    return os.path.lexists(folder / "HEAD") and all(os.path.isdir(common / name) for name in ("objects", "refs"))


def _common(control: Path) -> Path:
    with suppress(OSError, ValueError):
        return Path(os.path.realpath(control / os.fsdecode((control / "commondir").read_bytes().strip())))
    return control


def _facts(place: Place) -> Repository:
    from dulwich.object_format import get_object_format
    from dulwich.object_store import DiskObjectStore
    from dulwich.refs import DiskRefsContainer

    from . import worktree

    config = _config(place)
    _refuse_unknown_formats(config)
    object_format = get_object_format(_setting(config, (b"extensions",), b"objectformat", b"sha1").decode())
    refs = DiskRefsContainer(place.common, place.control)
    with closing(DiskObjectStore(place.common / "objects", object_format=object_format)) as store:
        branch, head = _head(refs)
        commit = None if head is None else _commit(store, head)
        return {
            "scm": "git",
            "branch": {"local": None if branch is None else _short(branch), "remote": _remote(config, branch)},
            "commit": None if commit is None else _described(commit),
            "tag": None if head is None else _tag(place.common, refs, store, head),
            "detached": branch is None,
            "dirty": worktree.is_dirty(place, config, store, None if commit is None else commit.tree),
            "shallow": os.path.exists(place.common / "shallow"),
        }


def _config(place: Place) -> StackedConfig:
    """The repository's own configuration; the user's and the system's are not asked."""
    from dulwich.config import ConfigFile, StackedConfig

    paths = (place.control / "config.worktree", place.common / "config")
    return StackedConfig([ConfigFile.from_path(path) for path in paths if os.path.exists(path)])


def _setting(config: StackedConfig, section: tuple[bytes, ...], name: bytes, default: bytes = b"") -> bytes:
    with suppress(KeyError):
        return config.get(section, name)
    return default


def _refuse_unknown_formats(config: StackedConfig) -> None:
    if int(_setting(config, (b"core",), b"repositoryformatversion", b"0")) > 1:
        raise RepositoryProblem("the repository's format is newer than this reader")
    for name, value in (item for file in config.backends for item in file.items((b"extensions",))):
        if name.lower() not in HARMLESS and (name.lower(), value) != (b"refstorage", b"files"):
            raise RepositoryProblem(f"the repository uses {_text(name)} = {_text(value)}, which can't be read")


def _head(refs: DiskRefsContainer) -> tuple[Ref | None, ObjectID | None]:
    """The branch HEAD is on (None when detached) and the commit (None on a branch without one)."""
    from dulwich.objects import valid_hexsha
    from dulwich.refs import HEADREF

    names, commit = refs.follow(HEADREF)
    branch = names[-1] if len(names) > 1 else None
    if branch is None and commit is None:
        raise RepositoryProblem("HEAD is empty or can't be read")
    if branch is not None and not branch.startswith(b"refs/"):
        raise RepositoryProblem(f"HEAD points at {_text(branch)}, which is no branch")
    if commit is None and os.path.isfile(refs.refpath(names[-1])):
        # A crash can leave a branch's file empty, which dulwich takes for a branch without commits.
        raise RepositoryProblem(f"{_text(names[-1])} is empty or can't be read")
    if commit is not None and not valid_hexsha(commit):
        raise RepositoryProblem(f"{_text(names[-1])} holds no commit id")
    return branch, commit


def _commit(store: DiskObjectStore, head: ObjectID) -> GitCommit:
    from dulwich import objects

    commit = None
    with suppress(KeyError):
        commit = store[head]
    if not isinstance(commit, objects.Commit):
        raise RepositoryProblem(f"HEAD is at {_text(head)}, which is no commit in this repository")
    return commit


def _described(commit: GitCommit) -> Commit:
    return {
        "id": _text(commit.id),
        "summary": _text(commit.message.strip().partition(b"\n")[0].rstrip(), commit.encoding),
        "author": _text(commit.author, commit.encoding),
        "date": _date(commit.author_time, commit.author_timezone),
    }


def _date(seconds: int, offset_s: int) -> datetime | None:
    # git takes any number for a time or an offset, datetime does not.
    zone = timezone(timedelta(seconds=offset_s)) if abs(offset_s) < 24 * 3600 else timezone.utc
    with suppress(OverflowError, OSError, ValueError):
        return datetime.fromtimestamp(seconds, zone)
    return None


def _remote(config: StackedConfig, branch: Ref | None) -> str:
    section = (b"branch", (branch or b"").removeprefix(HEADS))
    remote, merge = _setting(config, section, b"remote"), _setting(config, section, b"merge")
    if branch is None or not remote or not merge:
        return "unknown"
    # "." is git's name for this very repository: a local branch is tracked.
    return _short(merge) if remote == b"." else f"{_text(remote)}/{_short(merge)}"


def _tag(common: Path, refs: DiskRefsContainer, store: DiskObjectStore, head: ObjectID) -> str | None:
    """The highest version among the tags of a commit."""
    from dulwich.object_store import peel_sha

    known, unknown = _packed_tags(common)
    for path in (common / "refs" / "tags").rglob("*"):
        name = cast("Ref", os.fsencode(path.relative_to(common)))
        if loose := refs.read_loose_ref(name):
            known.pop(name, None)
            unknown[name] = cast("ObjectID", loose)
    for name, target in unknown.items():
        # One broken tag says nothing about the commit.
        with suppress(Exception):
            known[name] = head if target == head else peel_sha(store, target)[1].id
    names = [_text(name.removeprefix(TAGS)) for name, target in known.items() if target == head]
    return max(names, key=_version_order, default=None)


def _packed_tags(common: Path) -> tuple[dict[Ref, ObjectID], dict[Ref, ObjectID]]:
    """Packed tags with the commits they point at, and those whose file does not tell.

    Not by `refs.get_peeled`, which asks the packed file even about a tag that was moved since.
    """
    from dulwich.refs import read_packed_refs_with_peeled

    known: dict[Ref, ObjectID] = {}
    unknown: dict[Ref, ObjectID] = {}
    with suppress(FileNotFoundError), (common / "packed-refs").open("rb") as file:
        tells = b"peeled" in file.readline()
        file.seek(0)
        for target, name, peeled in read_packed_refs_with_peeled(file):
            if name.startswith(TAGS):
                (known if peeled or tells else unknown)[name] = peeled or target
    return known, unknown


def _version_order(name: str) -> tuple[bool, list[tuple[int, int, str]], str]:
    """Natural order: v1.10 after v1.9, v1.0 after v1.0rc1 and before v1.0.1; names without a number come first."""
    parts = [
        (2, int(part), "") if part.isdigit() else (2 if part == "post" else 0, 0, part)
        for part in re.findall(r"[0-9]+|[a-z]+", name.lower())
    ]
    return any(char.isdigit() for char in name), [*parts, (1, 0, "")], name


def _short(ref: bytes) -> str:
    return _text(ref.removeprefix(HEADS).removeprefix(b"refs/"))


def _text(raw: bytes, encoding: bytes | None = None) -> str:
    try:
        text = raw.decode((encoding or b"utf-8").decode())
    except (LookupError, ValueError):
        text = raw.decode(errors="replace")
    # Some codecs yield lone surrogates, which no answer could be encoded with.
    return text.encode(errors="replace").decode()
