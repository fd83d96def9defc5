"""Where a caller asks from, whatever stands between."""

from __future__ import annotations

import re
from ipaddress import ip_address, ip_network
from typing import Any

import pytest
from django.test import override_settings
from hypothesis import assume, given
from hypothesis import strategies as st

from status import conf
from status.access.networks import MAX_FORWARDED, MAX_HOPS, client, is_near
from tests.docs.blocks import ROOT

NETWORKS = ["10.0.0.0/8", "fd00::/8"]
PROXIES = ["192.0.2.0/24", "2001:db8::1", "unix"]
PROXY = "192.0.2.7"


@pytest.fixture(autouse=True, scope="module")
def _site() -> Any:
    with override_settings(STATUS_NETWORKS=NETWORKS, STATUS_TRUSTED_PROXIES=PROXIES):
        yield


@pytest.mark.parametrize(
    ("address", "near"),
    [
        ("10.1.2.3", True),
        ("::ffff:10.1.2.3", True),
        ("fd00::1", True),
        ("fd00::1%eth0", True),
        ("11.1.2.3", False),
        ("::ffff:11.1.2.3", False),
        ("2001:db8::2", False),
        ("", False),
        ("localhost", False),
        ("10.1.2.3.4", False),
        ("10.1.2", False),
    ],
)
def test_without_a_proxy_the_address_of_the_connection_counts(address: str, near: bool) -> None:
    assert is_near(address, "") is near


@pytest.mark.parametrize(
    ("forwarded", "near"),
    [
        ("10.1.2.3", True),
        ("  10.1.2.3\t", True),
        ("10.1.2.3:4711", True),
        ("fd00::1", True),
        ("[fd00::1]", True),
        ("[fd00::1]:4711", True),
        ("::ffff:10.1.2.3", True),
        ("8.8.8.8, 10.1.2.3", True),
        ("rubbish, 10.1.2.3", True),
        (f"10.1.2.3, {PROXY}", True),
        (f"10.1.2.3, 2001:db8::1, {PROXY}:80", True),
        ("10.1.2.3, 8.8.8.8", False),
        (f"10.1.2.3, 8.8.8.8, {PROXY}", False),
        ("10.1.2.3,", False),
        ("10.1.2.3, unknown", False),
        ("10.1.2.3, _hidden", False),
        (f"10.1.2.3, rubbish, {PROXY}", False),
        ("10.1.2.3:x", False),
        ("10.1.2.3:", False),
        ("10.1.2.3:123456", False),
        ("10.1.2.3 :80", False),
        ("[10.1.2.3", False),
        ("10.1.2.3]", False),
        ("[fd00::1", False),
        ("[fd00::1]x", False),
        ("[fd00::1]:", False),
        ("[fd00::1%eth0]:80", True),
        ("[]", False),
        (":80", False),
        ("unix:", False),
        (PROXY, False),
        (f"{PROXY}, {PROXY}", False),
        ("", False),
    ],
)
@pytest.mark.parametrize("peer", [PROXY, "2001:db8::1", ""])
def test_behind_a_named_proxy_the_last_that_is_none_itself_counts(peer: str, forwarded: str, near: bool) -> None:
    assert is_near(peer, forwarded) is near


@pytest.mark.parametrize("forwarded", ["10.1.2.3", "8.8.8.8", "10.0.0.9, 8.8.8.8"])
@pytest.mark.parametrize("peer", ["8.8.8.8", "10.0.0.9", "", "rubbish"])
def test_what_one_says_that_is_no_named_proxy_makes_nobody_near(peer: str, forwarded: str) -> None:
    with override_settings(STATUS_TRUSTED_PROXIES=[]):
        assert not is_near(peer, forwarded)


def test_a_server_that_put_the_client_in_the_place_of_the_connection_is_believed() -> None:
    assert is_near("10.1.2.3", "10.1.2.3")
    assert is_near("10.1.2.3", "8.8.8.8, 10.1.2.3")


def test_a_proxy_is_not_near_by_its_own_address() -> None:
    with override_settings(STATUS_NETWORKS=["192.0.2.0/24"]):
        assert not is_near(PROXY, "")
        assert not is_near(PROXY, PROXY)
        assert not is_near(PROXY, "8.8.8.8")


def test_without_networks_nobody_is_near() -> None:
    with override_settings(STATUS_NETWORKS=[]):
        assert not is_near("10.1.2.3", "")
        assert not is_near(PROXY, "10.1.2.3")


@pytest.mark.parametrize("peer", ["localhost", "unix:", "10.1.2", " "])
def test_what_has_no_address_that_can_be_read_is_no_unix_socket(peer: str) -> None:
    assert not is_near(peer, "10.1.2.3")


def test_a_unix_socket_is_a_proxy_only_where_it_is_named() -> None:
    with override_settings(STATUS_TRUSTED_PROXIES=["192.0.2.0/24"]):
        assert not is_near("", "10.1.2.3")


@pytest.mark.parametrize("more", [1, 10 * MAX_HOPS])
def test_of_many_proxies_the_last_ones_are_read(more: int) -> None:
    behind = f", {PROXY}" * (MAX_HOPS - 1)
    assert is_near(PROXY, f"10.1.2.3{behind}")
    assert not is_near(PROXY, f"10.1.2.3{behind}{f', {PROXY}' * more}")


def test_of_a_long_header_its_end_is_read_but_no_part_of_an_entry() -> None:
    assert is_near(PROXY, f"{'x' * MAX_FORWARDED}, 10.1.2.3")
    padding = " " * (MAX_FORWARDED - len("10.1.2.3"))
    assert is_near(PROXY, f"{padding}10.1.2.3")
    assert not is_near(PROXY, f"x{padding}10.1.2.3")
    assert not is_near(PROXY, f"2{padding}10.1.2.3")


entries = st.sampled_from(["10.1.2.3", "fd00::1", PROXY, "8.8.8.8", "unknown", "[::1]:80", "", " "]) | st.text(
    max_size=9
)
claims = st.text() | st.lists(entries, max_size=2 * MAX_HOPS).map(",".join) | st.just("10.1.2.3," * MAX_FORWARDED)
addresses = st.ip_addresses().filter(lambda address: getattr(address, "ipv4_mapped", None) is None)


@given(claims, addresses, st.lists(st.sampled_from([PROXY, "192.0.2.8:80", "2001:db8::1"]), max_size=5))
def test_whatever_strangers_put_to_the_left_changes_nothing(claimed: str, asking: Any, between: list[str]) -> None:
    settings = conf.current()
    assume(not any(asking in network for network in settings.trusted_proxies))
    seen = ", ".join([str(asking), *between])
    for peer in (PROXY, ""):
        assert client(peer, seen, settings) == client(peer, f"{claimed},{seen}", settings) == asking


@given(claims, addresses)
def test_whatever_is_put_to_the_left_a_proxy_that_nobody_named_makes_nobody_near(claimed: str, asking: Any) -> None:
    assume(str(asking) != "10.0.0.9")
    assert not is_near("10.0.0.9", f"{claimed},{asking}")


@given(st.text(), st.text())
def test_whatever_is_said_there_is_no_error(address: str, forwarded: str) -> None:
    is_near(address, forwarded)
    is_near(PROXY, forwarded)


@given(st.ip_addresses(), st.ip_addresses())
def test_who_is_connected_and_no_proxy_is_who_asks(peer: Any, other: Any) -> None:
    settings = conf.current()
    if not any(peer in network for network in settings.trusted_proxies) and getattr(peer, "ipv4_mapped", None) is None:
        assert client(str(peer), "", settings) == peer
        assert client(str(peer), str(other), settings) in (None, peer)


@pytest.mark.parametrize("network", ["::ffff:10.0.0.0/104", "10.0.0.0/255.0.0.0"])
def test_a_network_may_be_written_in_other_ways(network: str) -> None:
    with override_settings(STATUS_NETWORKS=[network]):
        assert is_near("10.1.2.3", "")
        assert is_near("::ffff:10.1.2.3", "")
        assert not is_near("11.1.2.3", "")


def test_a_network_may_name_a_zone_which_callers_need_not_have() -> None:
    with override_settings(STATUS_NETWORKS=["fe80::%eth0/64"]):
        assert is_near("fe80::1%eth1", "")
        assert not is_near("fe81::1%eth0", "")


def test_networks_may_be_objects() -> None:
    with override_settings(STATUS_NETWORKS=[ip_network("10.0.0.0/8"), ip_address("fd00::1")]):
        assert is_near("10.1.2.3", "")
        assert is_near("fd00::1", "")
        assert not is_near("fd00::2", "")


def test_the_table_in_the_docs_is_true() -> None:
    text = (ROOT / "docs" / "settings.md").read_text()
    rows = re.findall(r"^\| (`[^`]+`|a Unix socket) \| (?:`([^`]+)` )?\| [^|]+ \| (yes|no) \|$", text, re.MULTILINE)
    assert len(rows) == 8
    with override_settings(STATUS_NETWORKS=["10.0.0.0/8"], STATUS_TRUSTED_PROXIES=["192.0.2.7", "unix"]):
        for connection, forwarded, trusted in rows:
            address = "" if connection == "a Unix socket" else connection.strip("`")
            assert is_near(address, forwarded) is (trusted == "yes"), (connection, forwarded)
