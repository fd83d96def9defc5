"""The times that the page's configurations have in common."""

from __future__ import annotations

from tests.deployment.snippets import PAGE, configured, served_by


def test_both_servers_give_requests_and_idle_connections_the_same_time() -> None:
    words = served_by("uvicorn")
    options = dict(zip(words[2::2], words[3::2], strict=True))
    assert int(options["--timeout-graceful-shutdown"]) == configured("graceful_timeout")
    assert int(options["--timeout-keep-alive"]) == configured("keepalive")


def test_the_stop_takes_as_long_as_the_table_says() -> None:
    table = PAGE.read_text().partition("| from the start of the stop |")[2].partition("\n\n")[0]
    times = [int(line.split()[1]) for line in table.splitlines()[2:]]
    assert times == [0, 10, 10 + configured("graceful_timeout"), 45]
