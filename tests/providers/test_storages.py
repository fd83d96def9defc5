"""Storages that give back what they were given, and keep nothing of it."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from time import monotonic
from typing import Any, ClassVar

import psutil
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage
from django.core.files.storage import storages as site_storages
from django.test import override_settings

from status import State
from status.core.observation import Observation
from status.testing import inline
from tests.checking import look, told_at_start
from tests.waiting import wait_until

PATH = "storages.storages"
FILES = "django.core.files.storage.FileSystemStorage"
STATIC = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}


@contextmanager
def site(**entries: Mapping[str, Any]) -> Iterator[None]:
    with override_settings(STORAGES={"staticfiles": STATIC, **entries}):
        yield


def files(folder: Path, backend: str = FILES) -> dict[str, Any]:
    return {"BACKEND": backend, "OPTIONS": {"location": str(folder)}}


def look_at(entry: Mapping[str, Any], **options: Any) -> Observation:
    with site(default=entry):
        return look(PATH, **options)["default"]


# Storages of a project's own, each with a fault


class Renaming(FileSystemStorage):
    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        return f"other-{name}"


class Garbling(FileSystemStorage):
    def _save(self, name: str, content: Any) -> str:
        return str(super()._save(name, ContentFile(b"garbled")))  # type: ignore[misc] # not in its stubs


class Emptying(FileSystemStorage):
    def _save(self, name: str, content: Any) -> str:
        return str(super()._save(name, ContentFile(b"")))  # type: ignore[misc]


class Keeping(FileSystemStorage):
    def delete(self, name: str) -> None:
        pass


class HalfWriting(FileSystemStorage):
    def _save(self, name: str, content: Any) -> str:
        super()._save(name, ContentFile(b"half"))  # type: ignore[misc]
        raise OSError(28, "No space left on device")


class Unreadable(FileSystemStorage):
    def _open(self, name: str, mode: str = "rb") -> Any:
        raise PermissionError(13, "Permission denied")


HERE = f"{__name__}."


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("backend", [FILES, HERE + "Renaming"])
def test_a_storage_that_gives_back_what_it_was_given_passes_and_keeps_nothing(backend: str, tmp_path: Path) -> None:
    seen = look_at(files(tmp_path, backend))
    assert (seen.state, seen.error) == (State.PASS, None)
    assert not list(tmp_path.iterdir())


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize(
    ("backend", "error"),
    [
        ("Garbling", "it was given a file and gave back something else"),
        ("Emptying", "it was given a file and gave back an empty one"),
        ("HalfWriting", "OSError: [Errno 28] No space left on device"),
        ("Unreadable", "PermissionError: [Errno 13] Permission denied"),
    ],
)
def test_a_storage_that_does_not_fails_and_nothing_is_left_behind(backend: str, error: str, tmp_path: Path) -> None:
    seen = look_at(files(tmp_path, HERE + backend))
    assert (seen.state, seen.error) == (State.FAIL, error)
    assert not list(tmp_path.iterdir())


@pytest.mark.usefixtures("patient")
def test_a_storage_that_keeps_what_is_deleted_fails(tmp_path: Path) -> None:
    assert look_at(files(tmp_path, HERE + "Keeping")).error == "it keeps what is deleted"


@pytest.mark.usefixtures("patient")
def test_a_folder_that_is_not_there_warns_and_is_not_made(tmp_path: Path) -> None:
    seen = look_at(files(tmp_path / "media"))
    assert (seen.state, seen.error) == (
        State.WARN,
        "its folder is not there yet: the first file that is saved makes it",
    )
    assert look_at(files(tmp_path), folder="uploads").state is State.WARN
    assert not list(tmp_path.iterdir())
    (tmp_path / "uploads").mkdir()
    assert look_at(files(tmp_path), folder="uploads/").state is State.PASS
    assert list(tmp_path.iterdir()) == [tmp_path / "uploads"]


@pytest.mark.usefixtures("patient")
def test_a_storage_in_memory_passes_and_says_so() -> None:
    seen = look_at({"BACKEND": "django.core.files.storage.InMemoryStorage"})
    assert (seen.state, seen.detail) == (State.PASS, "in memory: each instance has its own")


@pytest.mark.usefixtures("patient")
def test_those_of_a_deploy_are_left_out_unless_they_are_named(tmp_path: Path) -> None:
    with (
        site(default=files(tmp_path), private=files(tmp_path)),
        override_settings(STATIC_ROOT=str(tmp_path), STATIC_URL="/static/"),
    ):
        assert list(look(PATH)) == ["default", "private"]
        assert list(look(PATH, ["private"])) == ["private"]
        assert look(PATH, aliases=["staticfiles"])["staticfiles"].state is State.PASS


@pytest.mark.usefixtures("patient")
def test_a_backend_that_is_not_installed_fails_alone(tmp_path: Path) -> None:
    with site(default=files(tmp_path), gone={"BACKEND": "nowhere.Storage"}):
        seen = look(PATH)
    assert (seen["default"].state, seen["gone"].state) == (State.PASS, State.FAIL)
    assert "Could not find backend" in str(seen["gone"].error)


@pytest.mark.usefixtures("patient")
def test_the_sites_own_instance_is_left_alone(tmp_path: Path) -> None:
    with site(default=files(tmp_path)):
        before = dict(site_storages._storages)  # type: ignore[attr-defined]
        assert look(PATH)["default"].state is State.PASS
        assert site_storages._storages == before  # type: ignore[attr-defined]


def test_inline_it_is_the_tests_own(tmp_path: Path) -> None:
    with site(default={"BACKEND": "django.core.files.storage.InMemoryStorage"}), inline():
        assert look(PATH)["default"].state is State.PASS
        assert site_storages["default"].listdir("") == ([], [])


@pytest.mark.usefixtures("patient")
def test_a_file_system_that_takes_no_files_fails() -> None:
    seen = look_at(files(Path("/proc/self")))  # nobody writes there
    assert seen.state is State.FAIL


@pytest.mark.parametrize(
    ("args", "kwargs", "told"),
    [
        ([[]], {}, "aliases names none: a check of nothing would always pass"),
        (["default"], {}, "aliases is a list of texts, not a str"),
        ([["other"]], {}, "aliases: STORAGES has no 'other' (it has: default, staticfiles)"),
        ([], {"folder": None}, "folder is a text, not a NoneType"),
    ],
)
def test_a_wrong_argument_is_told_at_start(args: Any, kwargs: Any, told: str) -> None:
    assert told in told_at_start(PATH, *args, **kwargs)


# S3, of which this is what the check needs: objects by name, put, got, asked for and deleted


class Bucket(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    objects: ClassVar[dict[str, bytes]] = {}
    asked: ClassVar[list[str]] = []

    def do_PUT(self) -> None:
        body = b""
        if self.headers.get("Transfer-Encoding") == "chunked" or "aws-chunked" in self.headers.get(
            "Content-Encoding", ""
        ):
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            body = raw.partition(b"\r\n")[2][: int(self.headers["X-Amz-Decoded-Content-Length"])]
        else:
            body = self.rfile.read(int(self.headers["Content-Length"]))
        self.objects[self.path] = body
        self._answer(200)

    def do_GET(self) -> None:
        self._answer(200 if self.path.partition("?")[0] in self.objects else 404)

    do_HEAD = do_GET  # noqa: N815

    def do_DELETE(self) -> None:
        self.objects.pop(self.path, None)
        self._answer(204)

    def _answer(self, code: int) -> None:
        self.asked.append(f"{self.command} {code}")
        body = self.objects.get(self.path.partition("?")[0], b"") if code == 200 and self.command != "PUT" else b""
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", f'"{hashlib.md5(body).hexdigest()}"')
        self.send_header("Last-Modified", "Thu, 26 Nov 2026 19:00:00 GMT")
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def bucket() -> Iterator[int]:
    Bucket.objects.clear()
    Bucket.asked.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Bucket)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def s3(port: int) -> dict[str, Any]:
    options = {
        "bucket_name": "media",
        "access_key": "me",
        "secret_key": "hunter2",
        "region_name": "here",
        "endpoint_url": f"http://127.0.0.1:{port}",
        "addressing_style": "path",
    }
    return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}


@pytest.mark.usefixtures("patient")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of botocore
def test_s3_gives_back_what_it_was_given_and_keeps_nothing(bucket: int) -> None:
    seen = look_at(s3(bucket))
    assert (seen.state, seen.error) == (State.PASS, None)
    assert not Bucket.objects
    assert {each.split()[0] for each in Bucket.asked} == {"PUT", "HEAD", "GET", "DELETE"}
    assert len(Bucket.asked) <= 6


@pytest.mark.usefixtures("hurried")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_an_s3_that_never_answers_fails_at_the_deadline_and_is_hung_up_on(silent_port: int) -> None:
    with site(default=s3(silent_port)), override_settings(STATUS_TIMEOUT=2.0):
        started = monotonic()
        assert look(PATH)["default"].state is State.FAIL
        assert monotonic() - started < 2.5
        assert connections_to(silent_port)
        wait_until(lambda: not connections_to(silent_port), timeout_s=10)


def connections_to(port: int) -> list[Any]:
    return [
        each
        for each in psutil.Process().net_connections("tcp")
        if each.raddr and each.raddr.port == port and each.status == psutil.CONN_ESTABLISHED
    ]


@pytest.mark.usefixtures("patient")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_an_s3_that_refuses_fails_without_its_key(refused_port: int) -> None:
    seen = look_at(s3(refused_port))
    assert seen.state is State.FAIL
    assert "Could not connect" in str(seen.error)
    assert "hunter2" not in str(seen)
