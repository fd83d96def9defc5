"""The kubelet's rules: what it makes of each probe in each state of a site."""

from __future__ import annotations

import pytest

from tests.clients import kubelet
from tests.clients.kubelet import MAX_BODY, Result, probe
from tests.clients.site import Site
from tests.servers.ports import HOST, refused_port, silent_port, unreachable_port
from tests.servers.process import running
from tests.servers.scripted import read_head, saying, serving, trickling

PROBES = ("/livez", "/readyz", "/startupz")
ASKING = {"/readyz", "/startupz"}
"""Those that ask for the site's one check."""


@pytest.mark.parametrize("path", PROBES)
@pytest.mark.parametrize(("word", "code"), [("pass", 200), ("warn", 200), ("fail", 503), ("raise", 503), ("hang", 503)])
def test_a_probe_is_well_as_far_as_what_it_asks_for_is(path: str, word: str, code: int, site: Site) -> None:
    site.says(word, code)
    expected = code if path in ASKING else 200
    answer = probe(site.port, path)
    # Of what hangs as well: there is an answer within the kubelet's second, and it names the check.
    assert (answer.code, answer.is_well) == (expected, expected == 200), answer
    assert answer.said == (b"ok" if expected == 200 else b"health/told" + (b"/it" if word == "fail" else b""))


def test_a_process_that_stands_still_fails_each() -> None:
    with running(Site()) as site:
        assert probe(site.port, "/livez").is_well
        site.stop_in_its_tracks()
        for path in PROBES:
            answer = probe(site.port, path, timeout_s=0.3)
            assert (answer.is_well, answer.code) == (False, 0)
        site.resume()


def test_a_pod_is_asked_by_its_address_and_answers_without_a_redirect() -> None:
    settings = "\nALLOWED_HOSTS = ['shop.example.com']\nSECURE_SSL_REDIRECT = True\n"
    with running(Site(settings)) as site:
        for path in PROBES:
            assert probe(site.port, path, name="10.244.1.7:8000") == Result("success", b"ok", 200)
        # What it is spared: to be taken for well because of where it would have been sent.
        assert probe(site.port, "/status/api/health", name="shop.example.com").outcome == "warning"


def test_the_longest_answer_is_read_whole(site: Site) -> None:
    site.says("fail", 503)
    answer = probe(site.port, "/readyz?verbose&" + "&".join(f"exclude=health/{at:0100}" for at in range(30)))
    assert 0 < len(answer.said) < MAX_BODY


# --- the prober itself ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "outcome"),
    [(200, "success"), (204, "success"), (399, "success"), (400, "failure"), (404, "failure"), (503, "failure")],
)
def test_from_200_to_399_is_success(code: int, outcome: str) -> None:
    with serving(saying(f"HTTP/1.1 {code} x\r\nContent-Length: 0\r\n\r\n".encode())) as server:
        assert probe(server.port, "/").outcome == outcome


def test_it_reads_ten_kibibytes_and_no_more() -> None:
    with serving(saying(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 3 * MAX_BODY)) as server:
        answer = probe(server.port, "/")
    assert (answer.outcome, len(answer.said)) == ("success", MAX_BODY)


def test_it_follows_no_redirect_to_another_host() -> None:
    with serving(
        saying(b"HTTP/1.1 301 x\r\nLocation: https://shop.example.com/\r\nContent-Length: 0\r\n\r\n")
    ) as server:
        assert probe(server.port, "/") == Result("warning", b"", 301)
        assert server.calls == 1


@pytest.mark.parametrize(("code", "outcome"), [(200, "success"), (503, "failure")])
def test_it_follows_one_to_the_same_host(code: int, outcome: str) -> None:
    def script(caller: object) -> None:
        first = b"GET /here " in read_head(caller)  # type: ignore[arg-type]
        said = b"302 x\r\nLocation: /there" if first else f"{code} x".encode()
        caller.sendall(b"HTTP/1.1 " + said + b"\r\nContent-Length: 0\r\n\r\n")  # type: ignore[attr-defined]

    with serving(script) as server:
        assert probe(server.port, "/here").outcome == outcome
        assert server.calls == 2


def test_it_does_not_go_round_in_circles() -> None:
    with serving(saying(b"HTTP/1.1 302 x\r\nLocation: /\r\nContent-Length: 0\r\n\r\n")) as server:
        assert probe(server.port, "/").outcome == "failure"
        assert server.calls == kubelet.MAX_REDIRECTS


def test_its_second_is_for_all_of_an_answer() -> None:
    """Also for one that comes byte by byte, each of them in time."""
    with serving(trickling(b"HTTP/1.1 200 OK\r\n" + b"X: " + b"x" * 200 + b"\r\n\r\n")) as server:
        answer = probe(server.port, "/", timeout_s=0.3)
    assert answer.outcome == "failure"


def test_nobody_there_is_a_failure() -> None:
    for place in (refused_port, silent_port, unreachable_port):
        with place() as port:
            answer = probe(port, "/livez", HOST, timeout_s=0.2)
        assert (answer.outcome, answer.code) == ("failure", 0)


def test_it_says_who_it_is() -> None:
    heads: list[bytes] = []

    def script(caller: object) -> None:
        heads.append(read_head(caller))  # type: ignore[arg-type]
        caller.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")  # type: ignore[attr-defined]

    with serving(script) as server:
        assert probe(server.port, "/livez", name="10.244.1.7:8000").is_well
    lines = heads[0].split(b"\r\n")
    assert lines[0] == b"GET /livez HTTP/1.1"
    assert {b"Host: 10.244.1.7:8000", b"User-Agent: kube-probe/1.33", b"Accept: */*", b"Connection: close"} <= {*lines}
