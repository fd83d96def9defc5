"""Whether the tracked files of a git work tree differ from the commit, found out without git and without a write.

As `git status --untracked-files=no`, except that no filter program is ever run: what only one of those could tell is
unknown. A file is read only when its size or time differ from the index's.
"""

# The index holds paths as bytes.
# ruff: noqa: PTH110, PTH114, PTH115, PTH116, PTH118, PTH120, PTH123

from __future__ import annotations

import functools
import hashlib
import os
import stat
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dulwich.attrs import AttributeValue, GitAttributes, Pattern
    from dulwich.config import StackedConfig
    from dulwich.index import Index, IndexEntry
    from dulwich.object_store import DiskObjectStore
    from dulwich.objects import ObjectID

    from .repository import Place

    Patterns = list[tuple[Pattern, Mapping[bytes, AttributeValue]]]

# At most so much is read in one look, and a file counts for a page at least: an image build that reset every time stamp
# must not make each look at the status page read the whole project.
READ_BUDGET, PAGE = 32 * 1024 * 1024, 4096
SECOND_NS = 1_000_000_000
# Of the index's format, https://git-scm.com/docs/index-format.
GITLINK, ASSUME_VALID = 0o160000, 0x8000


def is_dirty(place: Place, config: StackedConfig, store: DiskObjectStore, tree: ObjectID | None) -> bool | None:
    """Whether index and `tree`, or files and index, differ; None when it couldn't be told."""
    root = _root(place, config)
    if root is None:
        return None
    try:
        return _Comparison(root, place, config, store).finds_changes(tree)
    except Exception:  # noqa: BLE001
        # A split or sparse index, which dulwich can't read, or a damaged one: whatever else is known still stands.
        return None


def _root(place: Place, config: StackedConfig) -> bytes | None:
    """The top folder of the work tree, None for a bare repository."""
    if place.control == place.common:
        configured = _setting(config, b"worktree")
        if configured:
            return os.path.realpath(os.path.join(os.fsencode(place.control), configured))
        if _flag(config, b"bare", False):
            return None
    # Found from inside the git folder itself: which work tree is meant can't be known.
    return None if place.control == place.folder else os.fsencode(place.folder)


def _setting(config: StackedConfig, name: bytes) -> bytes:
    try:
        return config.get((b"core",), name)
    except KeyError:
        return b""


def _flag(config: StackedConfig, name: bytes, default: bool) -> bool:
    value = _setting(config, name).lower()
    return value in (b"true", b"yes", b"on", b"1") if value else default


class _Comparison:
    """One look at a work tree; it holds what is left of the reading budget."""

    def __init__(self, root: bytes, place: Place, config: StackedConfig, store: DiskObjectStore) -> None:
        from dulwich.index import Index

        self.root = root
        self.store = store
        self.budget = READ_BUDGET
        self.beyond_link: dict[bytes, bool] = {}
        path = os.path.join(place.control, "index")
        self.written_ns = os.stat(path).st_mtime_ns if os.path.exists(path) else 0
        self.index: Index = Index(path, object_format=store.object_format)
        self.info_attributes = os.path.join(place.common, "info", "attributes")
        self.keeps_modes = _flag(config, b"filemode", True)
        self.keeps_links = _flag(config, b"symlinks", True)
        self.converts_lines = _setting(config, b"autocrlf").lower() in (b"true", b"input")

    def finds_changes(self, tree: ObjectID | None) -> bool | None:
        from dulwich.index import IndexEntry

        if self._is_staged(tree):
            return True
        unsure = False
        for name, entry in self.index.items():
            # A conflicted path is as good as staged, so it has been told of above.
            changed = isinstance(entry, IndexEntry) and self._is_changed(name, entry)
            if changed:
                return True
            unsure = unsure or changed is None
        return None if unsure else False

    def _is_staged(self, tree: ObjectID | None) -> bool:
        for _, (old_mode, new_mode), (old, new) in self.index.changes_from_tree(self.store, tree):
            # Trees of old tools say 100664 where the index says 100644; git sees no difference.
            if old != new or old_mode is None or new_mode is None or _kind(old_mode) != _kind(new_mode):
                return True
        return False

    def _is_changed(self, name: bytes, entry: IndexEntry) -> bool | None:
        if stat.S_IFMT(entry.mode) == GITLINK or entry.skip_worktree or entry.flags & ASSUME_VALID:
            return False
        path = os.path.join(self.root, name)
        try:
            if self._is_beyond_link(os.path.dirname(path)):
                return True
            found = os.lstat(path)
        except (FileNotFoundError, NotADirectoryError):
            return True
        if self._is_other_kind(found.st_mode, entry.mode):
            return True
        if self._looks_same(found, entry):
            return False
        return self._has_other_content(path, name, found, entry)

    def _is_beyond_link(self, folder: bytes) -> bool:
        """Whether a folder is reached through a symbolic link: git then takes the tracked files in it for deleted."""
        if folder == self.root:
            return False
        if folder not in self.beyond_link:
            self.beyond_link[folder] = os.path.islink(folder) or self._is_beyond_link(os.path.dirname(folder))
        return self.beyond_link[folder]

    def _is_other_kind(self, found: int, recorded: int) -> bool:
        if not (stat.S_ISREG(found) or stat.S_ISLNK(found)):
            return True
        if stat.S_ISLNK(recorded) and not self.keeps_links:
            return False
        kept = _kind if self.keeps_modes else stat.S_IFMT
        return kept(found) != kept(recorded)

    def _looks_same(self, found: os.stat_result, entry: IndexEntry) -> bool:
        """Whether size and time of modification are those the index has.

        Not the time of change: a copy, a chown or a backup moves it for every file. Nor nanoseconds that either side
        lacks: image layers and archives drop them.
        """
        second, nano = entry.mtime if isinstance(entry.mtime, tuple) else (int(entry.mtime), 0)
        found_second, found_nano = divmod(found.st_mtime_ns, SECOND_NS)
        if (found.st_size & 0xFFFFFFFF, found_second & 0xFFFFFFFF) != (entry.size, second):
            return False
        if nano and found_nano:
            return nano == found_nano and found.st_mtime_ns < self.written_ns
        # A file as young as the index may have been changed again within that tick.
        return found_second < self.written_ns // SECOND_NS

    def _has_other_content(self, path: bytes, name: bytes, found: os.stat_result, entry: IndexEntry) -> bool | None:
        # As git: another size is a change, whatever a filter would make of it; size 0 stands for "look again".
        if entry.size and found.st_size & 0xFFFFFFFF != entry.size:
            return True
        is_link = stat.S_ISLNK(found.st_mode)
        self.budget -= max(found.st_size, PAGE)
        if self.budget < 0:
            return None
        content = os.readlink(path) if is_link else _read(path)
        if self._id(content) == entry.sha:
            return False
        conversion = None if is_link else self._conversion(name)
        if conversion == "lines":
            return self._id(content.replace(b"\r\n", b"\n")) != entry.sha
        if conversion == "lfs":
            return self._id(_lfs_pointer(content)) != entry.sha
        return None if conversion else True

    def _id(self, content: bytes) -> bytes:
        from dulwich.objects import Blob

        return Blob.from_string(content).get_id(self.store.object_format)

    def _conversion(self, name: bytes) -> str | None:
        """What git does to a file's content before it compares: "lines", "lfs", "program" or nothing."""
        attributes = self._attributes.match_path(name)
        if attributes.get(b"filter") == b"lfs":
            return "lfs"
        if any(attributes.get(key) for key in (b"filter", b"ident", b"working-tree-encoding")):
            return "program"
        if attributes.get(b"text") is False:
            return None
        return "lines" if self.converts_lines or attributes.keys() & {b"text", b"eol", b"crlf"} else None

    @functools.cached_property
    def _attributes(self) -> GitAttributes:
        from dulwich.attrs import GitAttributes

        def of_folder(folder: bytes) -> Patterns:
            return _patterns(os.path.join(self.root, folder, b".gitattributes"), folder)

        info = _patterns(os.fsencode(self.info_attributes), b"")
        return GitAttributes(of_folder(b""), directory_loader=of_folder, info_patterns=info)


def _kind(mode: int) -> int:
    """What git keeps of a mode: what the thing is, and whether its owner may execute it."""
    return stat.S_IFMT(mode) | (mode & 0o100 if stat.S_ISREG(mode) else 0)


def _patterns(path: bytes, folder: bytes) -> Patterns:
    from dulwich.attrs import compile_gitattributes_patterns, parse_git_attributes

    with suppress(FileNotFoundError), open(path, "rb") as file:
        return compile_gitattributes_patterns(parse_git_attributes(file), path, folder)
    return []


def _read(path: bytes) -> bytes:
    # A fifo that took the file's place since it was looked at must not block, nor a link lead elsewhere.
    with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        return file.read()


def _lfs_pointer(content: bytes) -> bytes:
    """What Git LFS puts into the repository for a file, https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md."""
    digest = hashlib.sha256(content).hexdigest()
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize {len(content)}\n".encode()
