from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from status.providers.deployed import repository, worktree
from status.providers.deployed.repository import DulwichMissing, Repository, RepositoryProblem, read
from tests.settings import STATUS_RUNTIME_DIR

GIT = shutil.which("git") or ""
pytestmark = pytest.mark.skipif(not GIT, reason="needs the git program to make repositories")
ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "HOME": "/nonexistent",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "Ada Lovelace",
    "GIT_AUTHOR_EMAIL": "ada@example.org",
    "GIT_AUTHOR_DATE": "2024-02-29T12:30:00 +0545",
    "GIT_COMMITTER_NAME": "Charles Babbage",
    "GIT_COMMITTER_EMAIL": "charles@example.org",
    "GIT_COMMITTER_DATE": "2024-03-01T01:00:00 -0800",
}


class Git:
    """A repository made by the git program, which also says what is true of it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __call__(
        self, *arguments: str, check: bool = True, stdin: bytes | None = None, env: dict[str, str] | None = None
    ) -> str:
        done = subprocess.run(
            [GIT, "-c", "init.defaultBranch=main", "-c", "protocol.file.allow=always", *arguments],
            cwd=self.path,
            env=ENVIRONMENT | (env or {}),
            check=check,
            capture_output=True,
            input=stdin,
        )
        return done.stdout.decode(errors="replace").strip()

    @property
    def head(self) -> str:
        return self("rev-parse", "HEAD")

    def is_dirty(self) -> bool:
        # Without optional locks git refreshes no index: it must not hide what the reader would see.
        return bool(self("--no-optional-locks", "status", "--porcelain", "-uno"))

    def write(self, name: str, text: str | bytes = "text\n") -> Path:
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def commit(self, name: str = "file.txt", text: str | bytes = "text\n", message: str = "First", **env: str) -> str:
        self.write(name, text)
        self("add", "--all")
        self("commit", "--quiet", "--allow-empty", "--message", message, env=env)
        self.settle()
        return self.head

    def settle(self) -> None:
        """Let the index be younger than what it tells of, as it is in a repository that wasn't made this very tick."""
        for file in self.path.rglob("*"):
            if ".git" not in file.parts and not file.is_symlink() and file.is_file():
                os.utime(file, (time.time() - 60, time.time() - 60))
        self("update-index", "-q", "--refresh", check=False)


@pytest.fixture
def git(tmp_path: Path) -> Git:
    repo = Git(tmp_path / "project")
    repo.path.mkdir()
    repo("init", "--quiet")
    return repo


@pytest.fixture(autouse=True)
def no_programs_and_no_open_files(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whatever a test reads, it reads without a git program, and leaves no file open."""
    monkeypatch.setenv("PATH", "")
    before = open_files()
    yield
    assert open_files() == before


def open_files() -> list[str]:
    folder = Path("/proc/self/fd")
    links = [str(link.readlink()) for link in folder.iterdir() if link.is_symlink()] if folder.is_dir() else []
    # Nor what the thread that tells has open for a moment: what this process has counted.
    others = ("/proc", "pipe:", "socket:", "anon_inode:", STATUS_RUNTIME_DIR)
    return sorted(link for link in links if not link.startswith(others))


def facts(path: Path) -> Repository:
    found = read(path)
    assert found is not None
    return found


def set_git_file(git: Git, name: str, content: bytes) -> None:
    (git.path / ".git" / name).write_bytes(content)


# What is found, and where


def test_a_folder_outside_of_any_repository_has_none(tmp_path: Path) -> None:
    assert read(tmp_path) is None


@pytest.mark.parametrize("name", ["missing", "file.txt/below-a-file", "nul\0byte"])
def test_a_path_that_does_not_exist_has_no_repository_even_below_one(git: Git, name: str) -> None:
    git.commit()
    assert read(git.path / name) is None


@pytest.mark.parametrize("below", [".", "apps", "apps/shop/templates", "apps/shop/page.html"])
def test_the_repository_is_found_above_the_path(git: Git, below: str) -> None:
    commit = git.commit("apps/shop/page.html")
    (git.path / "apps/shop/templates").mkdir()
    found = facts(git.path / below)
    assert found["commit"] is not None
    assert found["commit"]["id"] == commit
    assert found["dirty"] is False


def test_the_repository_is_found_through_a_symbolic_link(git: Git, tmp_path: Path) -> None:
    git.commit("apps/page.html")
    (tmp_path / "link").symlink_to(git.path / "apps")
    assert facts(tmp_path / "link")["branch"]["local"] == "main"


def test_a_folder_that_only_looks_like_a_repository_is_passed_over(git: Git) -> None:
    git.commit()
    (git.path / "vendor" / ".git").mkdir(parents=True)
    for name in ("objects", "refs"):
        (git.path / "apps" / name).mkdir(parents=True)
    assert facts(git.path / "vendor")["commit"] == facts(git.path / "apps")["commit"] == facts(git.path)["commit"]


def test_everything_at_once_as_2_x_had_it_and_the_new_keys(git: Git) -> None:
    commit = git.commit(message="Let it begin\n\nAnd more.")
    git("tag", "v1.0")
    assert read(git.path) == {
        "scm": "git",
        "branch": {"local": "main", "remote": "unknown"},
        "commit": {
            "id": commit,
            "summary": "Let it begin",
            "author": "Ada Lovelace <ada@example.org>",
            "date": datetime(2024, 2, 29, 12, 30, tzinfo=timezone(timedelta(hours=5, minutes=45))),
        },
        "tag": "v1.0",
        "detached": False,
        "dirty": False,
        "shallow": False,
    }


def test_nothing_is_written(git: Git) -> None:
    git.commit()
    git("tag", "-am", "x", "v1")
    git("gc", "--quiet")
    git.write("file.txt", "touched")
    git.write("file.txt")

    def state() -> dict[str, tuple[int, bytes]]:
        paths = sorted(git.path.rglob("*"))
        return {str(p): (p.lstat().st_mtime_ns, p.read_bytes() if p.is_file() else b"") for p in [git.path, *paths]}

    before = state()
    facts(git.path)
    assert state() == before


def test_the_environment_of_a_git_hook_does_not_lead_elsewhere(git: Git, monkeypatch: pytest.MonkeyPatch) -> None:
    git.commit()
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR"):
        monkeypatch.setenv(name, "/nonexistent")
    assert facts(git.path)["dirty"] is False


def test_a_home_that_may_not_be_read_is_not_asked(git: Git, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    git.commit()
    (tmp_path / ".gitconfig").write_text("[broken")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert facts(git.path)["dirty"] is False


def test_files_are_closed_when_reading_fails(git: Git) -> None:
    git.commit()
    git("gc", "--quiet")
    for pack in (git.path / ".git/objects/pack").glob("*.pack"):
        pack.chmod(0o644)
        pack.write_bytes(pack.read_bytes()[:40])
    with pytest.raises(RepositoryProblem):
        read(git.path)


# Branches


def test_a_branch_without_a_commit_has_no_commit(git: Git) -> None:
    found = facts(git.path)
    assert found["branch"] == {"local": "main", "remote": "unknown"}
    assert (found["commit"], found["tag"], found["detached"], found["dirty"]) == (None, None, False, False)


def test_a_file_added_before_the_first_commit_is_a_change(git: Git) -> None:
    git.write("file.txt")
    git("add", "--all")
    assert facts(git.path)["dirty"] is git.is_dirty() is True


def test_a_detached_head_has_no_local_branch(git: Git) -> None:
    git.commit()
    git("checkout", "--quiet", "--detach")
    found = facts(git.path)
    assert found["branch"] == {"local": None, "remote": "unknown"}
    assert found["detached"] is True
    assert found["commit"] is not None
    assert found["commit"]["id"] == git.head


@pytest.mark.parametrize("name", ["feature/deep/er", "größe/日本語", "wip-#1", 'quote"d'])
@pytest.mark.parametrize("packed", [False, True])
def test_a_branch_keeps_its_whole_name(git: Git, name: str, packed: bool) -> None:
    git.commit()
    git("checkout", "--quiet", "-b", name)
    git("config", f"branch.{name}.remote", "up/stream")
    git("config", f"branch.{name}.merge", f"refs/heads/{name}")
    if packed:
        git("pack-refs", "--all")
    assert facts(git.path)["branch"] == {"local": name, "remote": f"up/stream/{name}"}


def test_a_branch_name_that_is_no_utf_8_can_still_be_shown(git: Git) -> None:
    git.commit()
    set_git_file(git, "HEAD", b"ref: refs/heads/caf\xe9\n")
    assert facts(git.path)["branch"]["local"] == "caf\ufffd"


def test_a_branch_that_stands_for_another_is_shown_as_that_one(git: Git) -> None:
    git.commit()
    git("symbolic-ref", "refs/heads/alias", "refs/heads/main")
    git("symbolic-ref", "HEAD", "refs/heads/alias")
    assert facts(git.path)["branch"]["local"] == git("branch", "--show-current") == "main"


@pytest.mark.parametrize(
    ("remote", "merge", "shown"),
    [
        ("origin", "refs/heads/main", "origin/main"),
        ("origin", "refs/heads/team/main", "origin/team/main"),
        ("origin", "refs/pull/7/head", "origin/pull/7/head"),
        (".", "refs/heads/develop", "develop"),
        ("origin", None, "unknown"),
        (None, "refs/heads/main", "unknown"),
    ],
)
def test_the_remote_branch_is_what_the_configuration_tracks(
    git: Git, remote: str | None, merge: str | None, shown: str
) -> None:
    git.commit()
    for name, value in (("remote", remote), ("merge", merge)):
        if value:
            git("config", f"branch.main.{name}", value)
    assert facts(git.path)["branch"]["remote"] == shown


def test_a_clone_tracks_what_git_says_it_tracks(git: Git, tmp_path: Path) -> None:
    git.commit()
    git("clone", "--quiet", str(git.path), str(tmp_path / "clone"))
    clone = Git(tmp_path / "clone")
    assert facts(clone.path)["branch"]["remote"] == clone("rev-parse", "--abbrev-ref", "@{upstream}") == "origin/main"


# Commits


@pytest.mark.parametrize("zone", ["+0000", "-0330", "+1400", "-1200"])
def test_the_date_is_the_authors_in_the_authors_zone(git: Git, zone: str) -> None:
    git.commit(GIT_AUTHOR_DATE=f"1700000000 {zone}")
    commit = facts(git.path)["commit"]
    assert commit is not None
    assert commit["date"] is not None
    assert commit["date"].isoformat() == git("log", "-1", "--format=%aI").replace("Z", "+00:00")


def raw_commit(git: Git, author: bytes, message: bytes = b"Odd\n", more: bytes = b"") -> None:
    tree = git("write-tree").encode()
    raw = b"tree " + tree + b"\nauthor " + author + b"\ncommitter A <a@b> 1 +0000\n" + more + b"\n" + message
    name = git("hash-object", "-t", "commit", "-w", "--literally", "--stdin", stdin=raw)
    git("update-ref", "refs/heads/main", name)


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("1700000000 +9959", datetime.fromtimestamp(1700000000, timezone.utc)),
        ("99999999999999 +0000", None),
    ],
)
def test_a_date_beyond_what_there_is_does_not_hide_the_rest(git: Git, when: str, expected: datetime | None) -> None:
    raw_commit(git, f"A U Thor <a@b> {when}".encode())
    commit = facts(git.path)["commit"]
    assert commit is not None
    assert (commit["date"], commit["summary"]) == (expected, "Odd")


@pytest.mark.parametrize("encoding", ["ISO-8859-1", "cp1252", "no-such-encoding", "rot13", "undefined", "a\xff"])
def test_a_commit_in_another_encoding_can_be_shown(git: Git, encoding: str) -> None:
    header = b"encoding " + encoding.encode("latin-1") + b"\n"
    raw_commit(git, "Jürgen <j@b> 1 +0000".encode("latin-1"), "Größe\n".encode("latin-1"), header)
    commit = facts(git.path)["commit"]
    assert commit is not None
    known = encoding in ("ISO-8859-1", "cp1252")
    assert commit["author"] == ("Jürgen <j@b>" if known else "J\ufffdrgen <j@b>")
    assert commit["summary"] == ("Größe" if known else "Gr\ufffd\ufffde")


def test_a_codec_that_yields_surrogates_leaves_none(git: Git) -> None:
    raw_commit(git, b"A <a@b> 1 +0000", b"\\ud800x\n", b"encoding unicode_escape\n")
    commit = facts(git.path)["commit"]
    assert commit is not None
    assert commit["summary"] == "?x"


@pytest.mark.parametrize(
    ("message", "summary"),
    [(b"\n\n  One\r\ntwo\n", "One"), (b"", ""), (b"One", "One"), ("Übung ✓\n\nx".encode(), "Übung ✓")],
)
def test_the_summary_is_the_first_line(git: Git, message: bytes, summary: str) -> None:
    raw_commit(git, b"A <a@b> 1 +0000", message)
    commit = facts(git.path)["commit"]
    assert commit is not None
    assert commit["summary"] == summary


# Tags


@pytest.mark.parametrize("packed", ["loose", "packed", "packed without a header"])
@pytest.mark.parametrize("annotated", [False, True])
def test_a_tag_of_the_commit_is_found(git: Git, annotated: bool, packed: str) -> None:
    git.commit()
    git("tag", *(["-a", "-m", "x"] if annotated else []), "releases/v1.0")
    if packed != "loose":
        git("pack-refs", "--all")
    if packed == "packed without a header":
        lines = (git.path / ".git/packed-refs").read_bytes().splitlines(keepends=True)
        set_git_file(git, "packed-refs", b"".join(line for line in lines if not line.startswith((b"#", b"^"))))
    assert facts(git.path)["tag"] == git("describe", "--tags", "--exact-match") == "releases/v1.0"


def test_a_tag_of_a_tag_is_a_tag_of_the_commit(git: Git) -> None:
    git.commit()
    git("tag", "-am", "x", "inner")
    git("-c", "advice.nestedTag=false", "tag", "-am", "x", "v1", "inner")
    git("tag", "-d", "inner")
    assert facts(git.path)["tag"] == "v1"


@pytest.mark.parametrize("packed", [False, True])
def test_tags_of_other_commits_and_of_files_are_not(git: Git, packed: bool) -> None:
    git.commit()
    git("tag", "v1")
    git("tag", "-am", "x", "v1a")
    git("tag", "blob", "HEAD:file.txt")
    git.commit(text="new\n")
    if packed:
        git("pack-refs", "--all")
    assert facts(git.path)["tag"] is None


@pytest.mark.parametrize("annotated", [[], ["-am", "x"]])
def test_a_tag_moved_after_it_was_packed_counts_where_it_is_now(git: Git, annotated: list[str]) -> None:
    git.commit()
    git("tag", *annotated, "latest")
    git("pack-refs", "--all")
    git.commit(text="new\n")
    git("tag", "--force", *annotated, "latest")
    assert facts(git.path)["tag"] == "latest"
    git("checkout", "--quiet", "HEAD~")
    assert facts(git.path)["tag"] is None


@pytest.mark.parametrize(
    ("tags", "highest"),
    [
        (["v1.9", "v1.10"], "v1.10"),
        (["v1.0", "v1.0.1"], "v1.0.1"),
        (["v2.0rc1", "v2.0"], "v2.0"),
        (["v2.0-beta.2", "v2.0-beta.10", "v2.0-alpha.11"], "v2.0-beta.10"),
        (["v2.0", "v2.0.post1"], "v2.0.post1"),
        (["latest", "production", "v1.0"], "v1.0"),
        (["stable", "latest"], "stable"),
        (["V1", "v1"], "v1"),
    ],
)
def test_of_several_tags_the_highest_version_is_shown(git: Git, tags: list[str], highest: str) -> None:
    git.commit()
    for tag in tags:
        git("tag", tag)
    assert facts(git.path)["tag"] == highest
    git("pack-refs", "--all")
    assert facts(git.path)["tag"] == highest


@pytest.mark.parametrize("content", [b"", b"nonsense\n", b"f" * 40 + b"\n"])
def test_a_broken_tag_does_not_hide_the_others(git: Git, content: bytes) -> None:
    git.commit()
    git("tag", "v1")
    set_git_file(git, "refs/tags/v2", content)
    (git.path / ".git/refs/tags/empty").mkdir()
    assert facts(git.path)["tag"] == "v1"


def test_a_tag_that_is_no_ascii_is_shown(git: Git) -> None:
    git.commit()
    git("tag", "ausgabe-größer-1")
    assert facts(git.path)["tag"] == "ausgabe-größer-1"


# Kinds of repositories


def test_a_linked_worktree_has_its_own_branch_and_changes_and_the_shared_rest(git: Git, tmp_path: Path) -> None:
    git.commit()
    git("tag", "v1")
    git("config", "branch.side.remote", "origin")
    git("config", "branch.side.merge", "refs/heads/side")
    git("pack-refs", "--all")
    git("worktree", "add", "--quiet", "-b", "side", str(tmp_path / "side"))
    side = Git(tmp_path / "side")
    found = facts(side.path)
    assert found["branch"] == {"local": "side", "remote": "origin/side"}
    assert (found["tag"], found["dirty"]) == ("v1", False)
    side.write("file.txt", "changed\n")
    assert facts(side.path)["dirty"] is True
    assert facts(git.path)["dirty"] is False


def test_a_worktree_of_a_bare_repository_is_not_bare(git: Git, tmp_path: Path) -> None:
    git.commit()
    git("clone", "--quiet", "--bare", str(git.path), str(tmp_path / "bare"))
    Git(tmp_path / "bare")("worktree", "add", "--quiet", str(tmp_path / "tree"), "main")
    (tmp_path / "tree" / "file.txt").write_text("changed\n")
    assert facts(tmp_path / "tree")["dirty"] is True


def test_a_bare_repository_cannot_be_dirty_or_clean(git: Git, tmp_path: Path) -> None:
    git.commit()
    git("clone", "--quiet", "--bare", str(git.path), str(tmp_path / "bare"))
    found = facts(tmp_path / "bare" / "objects")
    assert found["branch"]["local"] == "main"
    assert found["dirty"] is None
    git("config", "core.bare", "yes")
    assert facts(git.path)["dirty"] is None


def test_from_inside_the_git_folder_changes_cannot_be_told(git: Git) -> None:
    git.commit()
    assert facts(git.path / ".git" / "refs")["dirty"] is None


def test_a_submodule_is_a_repository_of_its_own(git: Git, tmp_path: Path) -> None:
    inner = Git(tmp_path / "inner")
    inner.path.mkdir()
    inner("init", "--quiet")
    commit = inner.commit("inner.txt")
    git.commit()
    git("submodule", "--quiet", "add", str(inner.path), "lib")
    git.commit("other.txt")
    assert (git.path / "lib" / ".git").is_file()
    found = facts(git.path / "lib")
    assert found["commit"] is not None
    assert found["commit"]["id"] == commit
    assert found["dirty"] is False
    (git.path / "lib" / "inner.txt").write_text("changed\n")
    assert facts(git.path / "lib")["dirty"] is True
    assert facts(git.path)["dirty"] is False


def test_a_separate_git_folder_and_a_work_tree_elsewhere_are_followed(git: Git, tmp_path: Path) -> None:
    git.commit()
    git("init", "--quiet", "--separate-git-dir", str(tmp_path / "store"))
    assert facts(git.path)["dirty"] is False
    (tmp_path / "elsewhere").mkdir()
    git("config", "core.worktree", "../elsewhere")
    assert facts(git.path)["dirty"] is True
    shutil.copy2(git.path / "file.txt", tmp_path / "elsewhere")
    assert facts(git.path)["dirty"] is False


def test_a_shallow_clone_says_so(git: Git, tmp_path: Path) -> None:
    for text in ("1\n", "2\n", "3\n"):
        git.commit(text=text)
    git("clone", "--quiet", "--depth", "1", git.path.as_uri(), str(tmp_path / "clone"))
    found = facts(tmp_path / "clone")
    assert found["commit"] is not None
    assert found["commit"]["id"] == git.head
    assert (found["shallow"], found["dirty"]) == (True, False)


def test_a_partial_clone_can_be_read(git: Git, tmp_path: Path) -> None:
    git.commit()
    git("config", "uploadpack.allowFilter", "true")
    git("clone", "--quiet", "--filter=blob:none", git.path.as_uri(), str(tmp_path / "clone"))
    assert "partialclone" in (tmp_path / "clone/.git/config").read_text().lower()
    assert facts(tmp_path / "clone")["dirty"] is False


def test_a_clone_that_borrows_its_objects_can_be_read(git: Git, tmp_path: Path) -> None:
    git.commit()
    git("gc", "--quiet")
    git("clone", "--quiet", "--shared", str(git.path), str(tmp_path / "clone"))
    assert facts(tmp_path / "clone")["dirty"] is False


def test_a_packed_repository_with_a_multi_pack_index_can_be_read(git: Git) -> None:
    git.commit()
    git("repack", "-adq", "--write-midx")
    git("commit-graph", "write")
    assert facts(git.path)["dirty"] is False


def test_a_sha256_repository_can_be_read(tmp_path: Path) -> None:
    repo = Git(tmp_path)
    repo("init", "--quiet", "--object-format=sha256")
    commit = repo.commit()
    repo("tag", "-am", "x", "v1")
    found = facts(tmp_path)
    assert found["commit"] is not None
    assert found["commit"]["id"] == commit
    assert len(commit) == 64
    assert (found["tag"], found["dirty"]) == ("v1", False)
    # Touched: now its content must be hashed.
    os.utime(tmp_path / "file.txt", (1, 1))
    assert facts(tmp_path)["dirty"] is False
    repo("gc", "--quiet")
    assert facts(tmp_path)["commit"] == found["commit"]


def test_a_repository_with_a_reftable_is_refused_and_left_as_it_is(git: Git) -> None:
    git.commit()
    git("config", "core.repositoryFormatVersion", "1")
    git("config", "extensions.refStorage", "reftable")
    with pytest.raises(RepositoryProblem, match=r"^the repository uses refStorage = reftable, which can't"):
        read(git.path)
    assert (git.path / ".git/refs/heads/main").is_file()


def test_files_said_to_keep_the_refs_are_no_obstacle(git: Git) -> None:
    git.commit()
    git("config", "core.repositoryFormatVersion", "1")
    git("config", "extensions.refStorage", "files")
    assert facts(git.path)["dirty"] is False


# Problems


def is_one_line(text: str) -> bool:
    return bool(text) and text == " ".join(text.split()) and text.encode() != b""


@pytest.mark.parametrize(
    ("name", "content", "text"),
    [
        ("HEAD", b"", "HEAD is empty"),
        ("HEAD", b"nonsense\n", "HEAD holds no commit id"),
        ("HEAD", b"ref: ../../etc/passwd\n", "which is no branch"),
        ("HEAD", b"1" * 40 + b"\n", "HEAD is at 1111"),
        ("refs/heads/main", b"", "refs/heads/main is empty"),
        ("refs/heads/main", b"nonsense\n", "refs/heads/main holds no commit id"),
        ("refs/heads/main", b"1" * 40 + b"\n", "HEAD is at 1111"),
        ("refs/heads/main", b"ref: refs/heads/main\n", "SymrefLoop"),
        ("config", b"[broken\n", "the repository can't be read"),
        ("config", b"[core]\n\trepositoryformatversion = 2\n", "newer than this reader"),
        ("config", b"[core]\n\trepositoryformatversion = x\n", "the repository can't be read"),
        ("packed-refs", b"nonsense\n", "the repository can't be read"),
    ],
)
def test_a_damaged_repository_is_told_of_in_one_line(git: Git, name: str, content: bytes, text: str) -> None:
    git.commit()
    set_git_file(git, name, content)
    with pytest.raises(RepositoryProblem, match=text) as caught:
        read(git.path)
    assert is_one_line(str(caught.value))


def test_a_head_that_is_no_commit_is_told_of(git: Git) -> None:
    git.commit()
    set_git_file(git, "HEAD", git("rev-parse", "HEAD:file.txt").encode() + b"\n")
    with pytest.raises(RepositoryProblem, match="which is no commit in this repository"):
        read(git.path)


@pytest.mark.parametrize("raw", [b"", b"not zlib", zlib.compress(b"commit 3\0abc"), zlib.compress(b"commit 1\0abc")])
def test_a_damaged_commit_is_told_of(git: Git, raw: bytes) -> None:
    commit = git.commit()
    file = git.path / ".git/objects" / commit[:2] / commit[2:]
    file.chmod(0o644)
    file.write_bytes(raw)
    with pytest.raises(RepositoryProblem) as caught:
        read(git.path)
    assert is_one_line(str(caught.value))


@pytest.mark.parametrize("content", [b"gitdir: /nonexistent/modules/lib\n", b"nonsense", b"", b"gitdir: a\0b\n"])
def test_a_git_file_that_leads_nowhere_is_told_of(git: Git, content: bytes) -> None:
    git.commit()
    (git.path / "lib").mkdir()
    git.write("lib/.git", content)
    with pytest.raises(RepositoryProblem, match=r"lib/\.git names no git repository that is there"):
        read(git.path / "lib")


def test_what_may_not_be_read_is_told_of(git: Git, monkeypatch: pytest.MonkeyPatch) -> None:
    git.commit()
    with monkeypatch.context() as patch:
        patch.setattr(os, "access", lambda path, mode: False)
        with pytest.raises(RepositoryProblem, match=r"project/\.git may not be read by this user$"):
            read(git.path)

    def refuse(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    git.write("lib/.git")
    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(RepositoryProblem, match=r"lib/\.git can't be read: Permission denied$"):
        read(git.path / "lib")


def test_without_dulwich_the_extra_is_named_where_there_is_a_repository(
    git: Git, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "dulwich", None)
    with pytest.raises(DulwichMissing, match=r"^install django-status\[git\] to see the repository$"):
        read(git.path)
    assert read(tmp_path) is None


# Changes: beside git, which is asked first and its answer taken for the truth

Change = Callable[[Git], object]


def same_length_same_time(git: Git) -> None:
    file = git.path / "file.txt"
    times = file.stat()
    file.write_text("TEXT\n")
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns + 1_000_000_000))


def replace_by(make: Callable[[Path], object], name: str = "file.txt") -> Change:
    def change(git: Git) -> None:
        (git.path / name).unlink()
        make(git.path / name)

    return change


def replace_folder_by_link(git: Git) -> None:
    (git.path / "folder").rename(git.path / "moved")
    (git.path / "folder").symlink_to("moved")


def commands(*lines: str) -> Change:
    return lambda git: [git(*line.split()) for line in lines]


def both(*changes: Change) -> Change:
    return lambda git: [change(git) for change in changes]


CHANGES: dict[str, Change] = {
    "nothing": lambda git: None,
    "an untracked file": lambda git: git.write("new.txt"),
    "an ignored file": both(lambda git: git.write(".git/info/exclude", "*.log\n"), lambda git: git.write("a.log")),
    "other content": lambda git: git.write("file.txt", "other, longer\n"),
    "other content of the same length": same_length_same_time,
    "a file below changed": lambda git: git.write("folder/inner.txt", "other\n"),
    "touched": lambda git: os.utime(git.path / "file.txt", (1, 1)),
    "rewritten as it was": lambda git: git.write("file.txt"),
    "deleted": lambda git: (git.path / "file.txt").unlink(),
    "folder deleted": lambda git: shutil.rmtree(git.path / "folder"),
    "executable now": lambda git: (git.path / "file.txt").chmod(0o755),
    "writable for the group": lambda git: (git.path / "file.txt").chmod(0o664),
    "executable, which the configuration ignores": both(
        commands("config core.fileMode false"), lambda git: (git.path / "file.txt").chmod(0o755)
    ),
    "a file became a link": replace_by(lambda path: path.symlink_to("folder/inner.txt")),
    "a file became a folder": replace_by(Path.mkdir),
    "a file became a fifo": replace_by(os.mkfifo),
    "a folder became a file": lambda git: [shutil.rmtree(git.path / "folder"), git.write("folder")],
    "a folder became a link to the same files": replace_folder_by_link,
    "a link made anew": replace_by(lambda path: path.symlink_to("file.txt"), "link"),
    "a link leads elsewhere": replace_by(lambda path: path.symlink_to("run.sh"), "link"),
    "a link became a file": replace_by(lambda path: path.write_text("file.txt"), "link"),
    "a link stands as a file, as the configuration says": both(
        commands("config core.symlinks false"), replace_by(lambda path: path.write_text("file.txt"), "link")
    ),
    "staged": both(lambda git: git.write("file.txt", "other\n"), commands("add file.txt")),
    "staged and undone in the work tree": both(
        lambda git: git.write("file.txt", "other\n"), commands("add file.txt"), lambda git: git.write("file.txt")
    ),
    "staged new file": both(lambda git: git.write("new.txt"), commands("add new.txt")),
    "announced new file": both(lambda git: git.write("new.txt"), commands("add --intent-to-add new.txt")),
    "staged deletion": commands("rm --quiet --cached file.txt"),
    "staged mode": commands("update-index --chmod=+x file.txt"),
    "renamed": commands("mv file.txt renamed.txt"),
    "no index": lambda git: (git.path / ".git/index").unlink(),
    "assumed unchanged": both(
        commands("update-index --assume-unchanged file.txt"), lambda git: git.write("file.txt", "other\n")
    ),
    "skipped in the work tree": both(
        commands("update-index --skip-worktree file.txt"), lambda git: (git.path / "file.txt").unlink()
    ),
    "sparse checkout": commands("sparse-checkout set --no-cone /folder/"),
    "index version 4": commands("update-index --index-version 4"),
    "untracked cache and split threads": commands("update-index --untracked-cache", "config index.threads 4"),
    "an index without a checksum": commands("config index.skipHash true", "update-index --force-write-index"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_dirty_is_what_git_says(git: Git, change: Change) -> None:
    git.write("folder/inner.txt", "inner\n")
    git.write("run.sh").chmod(0o755)
    (git.path / "link").symlink_to("file.txt")
    git.commit()
    change(git)
    assert facts(git.path)["dirty"] is git.is_dirty()


def test_a_merge_conflict_is_a_change(git: Git) -> None:
    git.commit()
    git("checkout", "--quiet", "-b", "other")
    git.commit(text="other\n")
    git("checkout", "--quiet", "main")
    git.commit(text="main\n")
    git("merge", "--quiet", "other", check=False)
    assert facts(git.path)["dirty"] is git.is_dirty() is True


def test_a_change_within_the_tick_that_wrote_the_index_is_seen(git: Git) -> None:
    git.write("file.txt", "1111\n")
    git("add", "--all")
    git("commit", "--quiet", "--message", "x")
    index, file = git.path / ".git/index", git.path / "file.txt"
    times = file.stat()
    os.utime(index, ns=(times.st_atime_ns, times.st_mtime_ns))
    file.write_text("2222\n")
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert facts(git.path)["dirty"] is True


def without_parts_of_seconds(git: Git) -> None:
    for path in (git.path / "file.txt", git.path / ".git/index"):
        second = int(path.stat().st_mtime)
        os.utime(path, (second, second))


def test_an_image_layer_that_dropped_nanoseconds_and_owners_reads_nothing(
    git: Git, monkeypatch: pytest.MonkeyPatch
) -> None:
    git.commit()
    without_parts_of_seconds(git)
    monkeypatch.setattr(worktree, "_read", None)
    assert facts(git.path)["dirty"] is False


@pytest.mark.parametrize(("budget", "dirty"), [(worktree.READ_BUDGET, False), (2 * worktree.PAGE - 1, None)])
def test_time_stamps_reset_everywhere_are_read_up_to_the_budget(
    git: Git, monkeypatch: pytest.MonkeyPatch, budget: int, dirty: bool | None
) -> None:
    git.write("second.txt", "22\n")
    git.commit()
    for name in ("file.txt", "second.txt"):
        os.utime(git.path / name, (315532800, 315532800))
    monkeypatch.setattr(worktree, "READ_BUDGET", budget)
    assert facts(git.path)["dirty"] is dirty
    # Another length is a change even where nothing may be read any more.
    git.write("second.txt", "longer than before\n")
    assert facts(git.path)["dirty"] is True


def test_a_large_file_of_another_length_is_not_read(git: Git, monkeypatch: pytest.MonkeyPatch) -> None:
    git.commit()
    git.write("file.txt", "longer than before\n")
    monkeypatch.setattr(worktree, "_read", None)
    assert facts(git.path)["dirty"] is True


def test_a_file_that_may_not_be_read_leaves_the_rest_known(git: Git, monkeypatch: pytest.MonkeyPatch) -> None:
    git.commit()
    os.utime(git.path / "file.txt", (1, 1))

    def refuse(path: bytes) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(worktree, "_read", refuse)
    found = facts(git.path)
    assert found["commit"] is not None
    assert found["dirty"] is None


@pytest.mark.parametrize("damage", [b"", b"nonsense", b"DIRC\0\0\0\x09\0\0\0\0" + b"\0" * 20])
def test_with_a_damaged_index_only_dirty_is_unknown(git: Git, damage: bytes) -> None:
    git.commit()
    set_git_file(git, "index", damage)
    found = facts(git.path)
    assert found["commit"] is not None
    assert found["dirty"] is None


@pytest.mark.parametrize(
    "split", [["update-index --split-index"], ["sparse-checkout set --cone --sparse-index apps", "status"]]
)
def test_an_index_that_is_kept_in_parts_is_unknown_rather_than_wrong(git: Git, split: list[str]) -> None:
    for name in ("apps/a.txt", "docs/b.txt", "docs/deep/c.txt"):
        git.write(name)
    git.commit()
    commands(*split)(git)
    assert facts(git.path)["dirty"] is None


def test_trees_with_the_modes_of_old_tools_are_no_change(git: Git) -> None:
    git.commit()
    blob = bytes.fromhex(git("rev-parse", "HEAD:file.txt"))
    raw = b"100664 file.txt\0" + blob
    tree = git("hash-object", "-t", "tree", "-w", "--literally", "--stdin", stdin=raw)
    git("update-ref", "HEAD", git("commit-tree", "-m", "x", tree))
    assert facts(git.path)["dirty"] is git.is_dirty() is False


# Filters


def rewrite(git: Git, name: str, content: bytes) -> None:
    """Another time stamp, so that only the content can tell."""
    os.utime(git.write(name, content), (1, 1))


def test_a_filter_program_is_never_run(git: Git, tmp_path: Path) -> None:
    trace = tmp_path / "ran"
    git.write(".gitattributes", "*.bin filter=shell\n")
    git.commit("a.bin", "content\n")
    git("config", "filter.shell.clean", f"/bin/sh -c '/usr/bin/touch {trace}; cat'")
    git("config", "filter.shell.process", f"/usr/bin/touch {trace}")
    git("config", "core.fsmonitor", f"/usr/bin/touch {trace}")
    for content, dirty in ((b"content\n", False), (b"CONTENT\n", None), (b"of another length\n", True)):
        rewrite(git, "a.bin", content)
        assert facts(git.path)["dirty"] is dirty
    assert not trace.exists()


def test_a_change_elsewhere_outweighs_what_is_unknown(git: Git) -> None:
    git.write(".gitattributes", "*.bin ident\n")
    git.write("z.txt")
    git.commit("a.bin", "content\n")
    rewrite(git, "a.bin", b"CONTENT\n")
    assert facts(git.path)["dirty"] is None
    git.write("z.txt", "changed\n")
    assert facts(git.path)["dirty"] is True


LFS = """#!/bin/sh
content=$(mktemp); cat > $content
printf 'version https://git-lfs.github.com/spec/v1\\noid sha256:%s\\nsize %s\\n' \\
    $(sha256sum < $content | cut -c1-64) $(wc -c < $content)
"""


@pytest.mark.parametrize("content", [b"large\0file\n", b"LARGE\0file\n", b"of another length\n"])
def test_a_file_in_git_lfs_is_compared_with_its_pointer(git: Git, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "clean").write_text(LFS)
    (tmp_path / "clean").chmod(0o755)
    git("config", "filter.lfs.clean", str(tmp_path / "clean"))
    git.write(".gitattributes", "*.psd filter=lfs diff=lfs merge=lfs -text\n")
    git.commit("sub/a.psd", b"large\0file\n")
    assert git("show", "HEAD:sub/a.psd").startswith("version https://git-lfs")
    rewrite(git, "sub/a.psd", content)
    assert facts(git.path)["dirty"] is git.is_dirty()


@pytest.mark.parametrize("content", [b"one\r\ntwo\r\n", b"one\r\nTWO\r\n", b"one\ntwo\n"])
@pytest.mark.parametrize(
    ("attributes", "autocrlf"),
    [
        ("*.txt text\n", "false"),
        ("*.txt eol=crlf\n", "false"),
        ("*.txt text=auto\n", "false"),
        ("* text=auto\n*.txt -text\n", "false"),
        ("*.txt text\n*.txt !text\n", "false"),
        ("", "false"),
        ("", "true"),
        ("", "input"),
    ],
)
@pytest.mark.parametrize("place", [".gitattributes", "folder/.gitattributes", ".git/info/attributes"])
def test_line_endings_count_as_git_counts_them(
    git: Git, attributes: str, autocrlf: str, content: bytes, place: str
) -> None:
    git.write(place, attributes)
    git("config", "core.autocrlf", autocrlf)
    git.commit("folder/a.txt", b"one\r\ntwo\r\n")
    rewrite(git, "folder/a.txt", content)
    assert facts(git.path)["dirty"] is git.is_dirty()


def test_the_module_needs_no_dulwich_to_be_imported() -> None:
    source = (
        "import sys; import status.providers.deployed.repository, status.providers.deployed.worktree;"
        "assert not [name for name in sys.modules if name.startswith('dulwich')]"
    )
    folder = str(Path(repository.__file__).parents[2])
    subprocess.run([sys.executable, "-c", source], check=True, env={"PYTHONPATH": folder})
