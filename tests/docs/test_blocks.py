"""Every block of README.md and docs/ does what it says."""

from __future__ import annotations

import re
import subprocess
import sys
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tests.docs.blocks import DOCUMENTS, ROOT, blocks, inline_code, parse, prose
from tests.docs.reader import PLACE, Failed, Reader

README, *DOCS = DOCUMENTS


@pytest.mark.slow
def test_the_readme_holds_for_a_newcomer(newcomer: Reader) -> None:
    """With the site just served, the pages that the readme names are there."""
    pages = re.findall(rf"<(http://{PLACE}/[^>]*)>", prose(README))
    assert len(pages) == 3
    for block in blocks(README):
        newcomer.follow([block])
        if block.kind == "serve" and pages:
            for page in pages:
                _fetch(page.replace(PLACE, f"localhost:{newcomer.port()}"))
            pages = []


def _fetch(page: str) -> None:
    with urllib.request.urlopen(page) as answer:
        assert answer.status == 200
        assert answer.headers.get_content_type() == "text/html"


def test_make_does_what_the_readme_says() -> None:
    """Only told: one of them would run these very tests."""
    for target, done in (("demo", "django_status serve"), ("test", "-m pytest")):
        told = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True, check=True)
        assert done in told.stdout


@pytest.mark.slow
@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_a_document_holds_for_a_user(path: Path, user: Reader) -> None:
    user.follow(blocks(path))


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_commands_in_the_prose_are_understood(path: Path, user: Reader) -> None:
    for command in inline_code(path):
        if re.match(r"(python manage\.py|django_status|python -m status) ", command) and "serve" not in command:
            done = user.run(command)
            assert done.returncode in (0, 1), f"{command}: {done.stderr}"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_no_code_hides_from_being_tried(path: Path) -> None:
    """Blocks by indentation, or within a list, would not be found."""
    assert not re.search(r"^(?: {4}|\t)", prose(path), re.MULTILINE)
    assert not re.search(r"^\s+(```|~~~)|^~~~", path.read_text(), re.MULTILINE)


def test_a_block_without_a_marker_fails(user: Reader) -> None:
    with pytest.raises(Failed, match=r"doc\.md:3: no known marker"):
        user.follow(parse("# Title\n\n```python\n1 / 0\n```\n", "doc.md"))


def test_a_marker_counts_for_the_block_right_below_alone(user: Reader) -> None:
    with pytest.raises(Failed, match=r"doc\.md:3: no known marker"):
        user.follow(parse("<!-- python -->\n\n```python\n1 / 0\n```\n", "doc.md"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<!-- run -->\n```console\nfalse\n```\n", "false ended with 1"),
        ("<!-- run: exits 1 -->\n```console\ntrue\n```\n", "true ended with 0"),
        ("<!-- run -->\n```console\necho 12 ms\n```\n\n<!-- output -->\n```text\n13 ms\n```\n", "printed was"),
        ("<!-- run -->\n```console\necho '[1]'\n```\n\n<!-- output -->\n```json\n[true]\n```\n", r"the JSON is"),
        ("<!-- python -->\n```python\n1 / 0\n```\n", "ZeroDivisionError"),
        ("<!-- settings -->\n```python\nSTATUS_TIMEOUT = 0\n```\n", r"status\.E008"),
        ("<!-- settings: E008 -->\n```python\nSTATUS_TIMEOUT = 1\n```\n", r"expected .*status\.E008"),
        ("<!-- settings -->\n```python\nnothing = 0\n```\n", "nothing is set"),
        ("<!-- append: shop/nothing.py -->\n```python\n```\n", "to append to"),
        ("<!-- tried: what nobody tries -->\n```ini\n```\n", "what nobody tries is not tried"),
        ("<!-- make -->\n```console\nmake nothing\n```\n", "no target nothing"),
        ("<!-- install -->\n```console\npython -m pip install django-status[nothing]\n```\n", "no extra"),
    ],
)
def test_what_does_not_hold_is_told(user: Reader, text: str, said: str) -> None:
    with pytest.raises(Failed, match=said):
        user.follow(parse(text, "doc.md"))


def test_the_stand_in_for_curl_prints_what_curl_would() -> None:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response_only(503)
            self.send_header("Said", self.headers["Say"])
            self.end_headers()
            self.wfile.write(self.path.encode())

        def log_message(self, *args: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/a?b"
        stand_in = [sys.executable, str(Path(__file__).with_name("curl.py")), "-s", "-X", "POST", "-H", "Say: hello"]
        whole = subprocess.run([*stand_in, "-i", url], capture_output=True, text=True, check=True).stdout
        code = subprocess.run(
            [*stand_in, "-o", "/dev/null", "-w", "%{http_code}\\n", url], capture_output=True, text=True, check=True
        ).stdout
        server.shutdown()
    assert whole == "HTTP/1.1 503 Service Unavailable\nSaid: hello\n\n/a?b"
    assert code == "503\n"
