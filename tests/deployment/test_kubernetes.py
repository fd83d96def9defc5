"""The page's Deployment: its probes are asked as the kubelet asks them, its preStop is run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from status import conf
from status.probes import verdict
from tests.clients import kubelet
from tests.deployment.backends import DocumentedGunicorn
from tests.deployment.snippets import configured, drained_for_s, served_by, snippet
from tests.servers.process import running

PROBES = ("startupProbe", "livenessProbe", "readinessProbe")


@pytest.fixture(scope="module")
def pod() -> dict[str, Any]:
    deployment = yaml.safe_load(snippet("deployment.yaml"))
    assert (deployment["apiVersion"], deployment["kind"]) == ("apps/v1", "Deployment")
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    assert deployment["spec"]["selector"]["matchLabels"] == labels
    spec: dict[str, Any] = deployment["spec"]["template"]["spec"]
    return spec


@pytest.fixture(scope="module")
def container(pod: dict[str, Any]) -> dict[str, Any]:
    (container,) = pod["containers"]
    return dict(container)


@pytest.fixture
def backend() -> Iterator[DocumentedGunicorn]:
    """As in a pod: asked by its address, which is not among `ALLOWED_HOSTS`, without HTTPS, which it insists on."""
    with running(DocumentedGunicorn("\nSECURE_SSL_REDIRECT = True\nALLOWED_HOSTS = ['shop.example.com']\n")) as backend:
        yield backend


def ask(probe: dict[str, Any], port: int) -> tuple[bool, bytes]:
    """Whether the kubelet takes the answer for well, and what it was."""
    name, timeout_s = f"10.244.1.7:{port}", probe.get("timeoutSeconds", 1)
    answer = kubelet.probe(port, probe["httpGet"]["path"], timeout_s=timeout_s, name=name)
    return answer.is_well, answer.said


def test_a_well_pod_is_well_by_each_probe(container: dict[str, Any], backend: DocumentedGunicorn) -> None:
    for name in PROBES:
        assert ask(container[name], backend.port) == (True, b"ok")


def test_while_it_drains_it_gets_no_traffic_and_is_not_restarted(
    container: dict[str, Any], backend: DocumentedGunicorn
) -> None:
    command = container["lifecycle"]["preStop"]["exec"]["command"]
    assert command[:2] == ["sh", "-c"]
    done = backend.shell(command[2].replace("sleep 10", "sleep 0"))
    assert done.returncode == 0, done.stderr
    assert ask(container["readinessProbe"], backend.port) == (False, b"draining")
    assert ask(container["livenessProbe"], backend.port) == (True, b"ok")
    assert ask(container["startupProbe"], backend.port) == (True, b"ok")


def test_each_probe_is_asked_at_a_port_of_the_container(container: dict[str, Any]) -> None:
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    (bound,) = {configured("bind").rpartition(":")[2]}
    assert {ports[container[name]["httpGet"]["port"]] for name in PROBES} == {int(bound)}


def test_the_kubelet_waits_longer_than_the_probe_takes(container: dict[str, Any]) -> None:
    for name in PROBES:
        assert container[name].get("timeoutSeconds", 1) > conf.Settings().probe_timeout_s


def test_the_stop_fits_into_the_time_that_it_is_given(pod: dict[str, Any], container: dict[str, Any]) -> None:
    (pause_s,) = [
        int(word) for word in container["lifecycle"]["preStop"]["exec"]["command"][2].split() if word.isdigit()
    ]
    readiness = container["readinessProbe"]
    seen_s = readiness["failureThreshold"] * (readiness["periodSeconds"] + readiness["timeoutSeconds"])
    assert seen_s < pause_s
    assert pause_s + configured("graceful_timeout") < pod["terminationGracePeriodSeconds"]


def test_the_drain_lasts_for_the_longest_stop_and_hardly_longer(pod: dict[str, Any], container: dict[str, Any]) -> None:
    """The container that comes next may find it, as after a restart for its liveness, with a volume at /tmp."""
    lasts_s = drained_for_s(container["lifecycle"]["preStop"]["exec"]["command"][2])
    assert 0 <= lasts_s - pod["terminationGracePeriodSeconds"] <= 5


def test_it_is_started_as_the_page_says(container: dict[str, Any]) -> None:
    assert container["command"] == served_by("gunicorn")


def test_the_kubelet_reads_all_of_the_longest_answer() -> None:
    assert verdict.MAX_BODY < kubelet.MAX_BODY


def test_the_middleware_is_what_makes_it_well(container: dict[str, Any], backend: DocumentedGunicorn) -> None:
    """A page is refused at this address; were it allowed, the redirect would read as well."""
    page = {**container["readinessProbe"], "httpGet": {"path": "/who/"}}
    assert ask(page, backend.port)[0] is False
