from ipaddress import IPv4Address, IPv4Network

import pytest

from components.plan.addresses import default_pod_prefix, nth_address, pod_range_of
from tests.support import LOCAL, plan


@pytest.mark.parametrize(
    ("node_range", "pod_range", "address", "expected"),
    [
        ("10.80.0.0/24", "10.10.0.0/16", "10.80.0.13", "10.10.13.0/24"),
        ("10.80.0.0/24", "10.10.0.0/16", "10.80.0.254", "10.10.254.0/24"),
        # A larger node range cuts the same pods into smaller pieces.
        ("10.80.0.0/22", "10.10.0.0/16", "10.80.1.1", "10.10.64.64/26"),
        ("192.168.7.128/25", "10.64.0.0/12", "192.168.7.130", "10.64.64.0/19"),
    ],
)
def test_a_machines_place_in_the_node_range_is_its_place_in_the_pod_range(
    node_range: str, pod_range: str, address: str, expected: str
) -> None:
    nodes, pods = IPv4Network(node_range), IPv4Network(pod_range)
    found = pod_range_of(IPv4Address(address), nodes, pods, default_pod_prefix(nodes, pods))
    assert found == IPv4Network(expected)


def test_every_address_of_the_node_range_has_pods_of_its_own() -> None:
    nodes, pods = IPv4Network("10.80.0.0/24"), IPv4Network("10.10.0.0/16")
    ranges = [pod_range_of(address, nodes, pods, 24) for address in nodes]
    assert len(set(ranges)) == 256
    assert all(one.subnet_of(pods) for one in ranges)


@pytest.mark.parametrize(("address", "prefix"), [("10.81.0.13", 24), ("10.80.0.200", 23)])
def test_what_does_not_fit_is_refused(address: str, prefix: int) -> None:
    with pytest.raises(ValueError, match=address):
        pod_range_of(IPv4Address(address), IPv4Network("10.80.0.0/24"), IPv4Network("10.10.0.0/16"), prefix)


def test_services_have_the_api_first_and_dns_tenth() -> None:
    cluster = plan().cluster
    assert (str(cluster.api_service_address), str(cluster.dns_address)) == ("10.0.0.1", "10.0.0.10")
    assert nth_address(IPv4Network("10.0.0.0/16"), 256) == IPv4Address("10.0.1.0")


def test_a_machine_that_leaves_shifts_nobody() -> None:
    before = {m.name: m.pod_range for m in plan().cluster.machines}
    machines = [m for m in LOCAL["machines"] if m["name"] != "n1"]
    after = {m.name: m.pod_range for m in plan(machines=machines).cluster.machines}
    assert after == {name: pods for name, pods in before.items() if name != "n1"}
