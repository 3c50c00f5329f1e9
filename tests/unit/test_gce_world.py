"""What follows from a project in the stand-in for Google's cloud, for the data plane."""

from __future__ import annotations

from ipaddress import IPv4Network

import pytest

from tests.unit.gce_support import GLOBAL, REGIONAL, ZONE, Project
from tools.clouds.gce import GoogleCloud
from tools.clouds.gce.objects import PUBLIC_RANGE
from tools.clouds.world import HealthCheck, World

NET = f"{GLOBAL}/networks/net"
INTERNET, ALL = "internet", IPv4Network("0.0.0.0/0")


class Cloud(Project):
    """A project and the cloud that it is in."""

    def __init__(self) -> None:
        super().__init__()
        self.cloud = GoogleCloud()
        self.api = self.cloud.api
        self.network()

    def world(self) -> World:
        return self.cloud.world()

    def identity(self, name: str) -> str:
        return next(each.id for each in self.world().instances if each.name == name)

    def open(self, name: str, port: str, **fields: object) -> None:
        allowed = [{"IPProtocol": "tcp", "ports": [port]}]
        self.insert(f"{GLOBAL}/firewalls", name, network=NET, allowed=allowed, **fields)


@pytest.fixture
def cloud() -> Cloud:
    """A cloud with a network."""
    return Cloud()


def test_an_instance_with_all_that_the_data_plane_needs(cloud: Cloud) -> None:
    interface = {"subnetwork": f"{REGIONAL}/subnetworks/net", "networkIP": "10.0.0.9", "accessConfigs": [{}]}
    items = [{"key": "user-data", "value": "#cloud-config"}, {"key": "ssh-keys", "value": "admin:ssh-ed25519 AAAA\n"}]
    cloud.instance("one", networkInterfaces=[interface], metadata={"items": items})
    (one,) = cloud.world().instances
    assert (one.name, str(one.address), str(one.subnet)) == ("one", "10.0.0.9", "10.0.0.0/24")
    assert (one.image, one.user_data, one.ssh_keys) == ("debian-12", "#cloud-config", ("ssh-ed25519 AAAA",))
    assert (one.running, one.forwards, one.public_address in PUBLIC_RANGE) == (True, True, True)
    (network,) = cloud.world().networks
    assert (network.id, network.ranges) == (one.network, (IPv4Network("10.0.0.0/24"),))


def test_routes_lead_to_instances_and_to_the_internet(cloud: Cloud) -> None:
    cloud.instance("one")
    target = f"{ZONE}/instances/one"
    cloud.insert(f"{GLOBAL}/routes", "r", network=NET, destRange="10.1.0.0/24", priority=1000, nextHopInstance=target)
    routes = {(each.destination, each.next_hop) for each in cloud.world().routes}
    assert routes == {(ALL, INTERNET), (IPv4Network("10.1.0.0/24"), cloud.identity("one"))}
    cloud.call("DELETE", target)
    assert {each.next_hop for each in cloud.world().routes} == {INTERNET}, (
        "a route to a machine that is gone leads nowhere"
    )


def test_a_nat_gateway_serves_the_subnetworks_that_it_names(cloud: Cloud) -> None:
    cloud.insert(f"{REGIONAL}/subnetworks", "two", network=NET, ipCidrRange="10.0.1.0/24")
    gateway = {
        "name": "nat",
        "natIpAllocateOption": "AUTO_ONLY",
        "sourceSubnetworkIpRangesToNat": "LIST_OF_SUBNETWORKS",
        "subnetworks": [{"name": f"{REGIONAL}/subnetworks/two", "sourceIpRangesToNat": ["ALL_IP_RANGES"]}],
    }
    cloud.insert(f"{REGIONAL}/routers", "router", network=NET, nats=[gateway])
    (nat,) = [each for each in cloud.world().routes if each.next_hop == "nat"]
    assert (nat.subnets, nat.destination) == ((IPv4Network("10.0.1.0/24"),), ALL)


def test_rules_guard_by_tag_and_let_in_by_range_or_tag(cloud: Cloud) -> None:
    for name, tags in (("one", ["node"]), ("two", ["control-plane"]), ("three", [])):
        cloud.instance(name, tags={"items": tags})
    cloud.open("kubelet", "10250", targetTags=["node"], sourceTags=["control-plane"])
    cloud.open("ports", "30000-32767", sourceRanges=["192.0.2.0/24"])
    cloud.open("off", "1", disabled=True)
    kubelet, ports = cloud.world().rules
    assert (kubelet.instances, kubelet.source_instances) == ((cloud.identity("one"),), (cloud.identity("two"),))
    assert (kubelet.sources, kubelet.ports, kubelet.protocol) == ((), ((10250, 10250),), "tcp")
    assert (len(ports.instances), ports.sources) == (3, (IPv4Network("192.0.2.0/24"),))
    assert ports.ports == ((30000, 32767),)


def test_a_rule_may_be_for_some_destinations(cloud: Cloud) -> None:
    cloud.instance("one")
    cloud.open("pods", "1-65535", sourceRanges=["10.0.0.0/24"], destinationRanges=["10.10.0.0/16"])
    cloud.open("all", "22", sourceRanges=["10.0.0.0/24"])
    assert [rule.destinations for rule in cloud.world().rules] == [(IPv4Network("10.10.0.0/16"),), ()]


def test_a_balancer_hands_on_to_the_members_of_its_groups(cloud: Cloud) -> None:
    cloud.instance("one")
    cloud.instance("two")
    cloud.balancer("one")
    (balancer,) = cloud.world().balancers
    assert balancer.targets == ((cloud.identity("one"), 6443),)
    assert (balancer.public, balancer.port, balancer.allowed) == (True, 6443, None)
    check = HealthCheck(protocol="https", port=6443, path="/readyz", interval=5, timeout=5, healthy=2, unhealthy=2)
    assert balancer.check == check


def test_what_happens_behind_the_engines_back(cloud: Cloud) -> None:
    cloud.instance("one")
    cloud.balancer("one")
    cloud.cloud.changed.clear()
    cloud.cloud.act("stop-instance", "one")
    assert cloud.cloud.changed.is_set()
    assert not cloud.world().instances[0].running
    cloud.cloud.act("start-instance", cloud.identity("one"))
    assert cloud.world().instances[0].running
    cloud.cloud.act("check-source-dest", "one")
    assert not cloud.world().instances[0].forwards
    cloud.cloud.act("break-health-check", "api")
    check = cloud.world().balancers[0].check
    assert check is not None
    assert check.path == "/not-there"
    cloud.cloud.act("delete-instance", "one")
    assert cloud.world().instances == ()
    with pytest.raises(ValueError, match="delete-route: there is no lost; there are default-route-"):
        cloud.cloud.act("delete-route", "lost")


def test_only_a_change_wakes_the_data_plane(cloud: Cloud) -> None:
    cloud.cloud.changed.clear()
    cloud.call("GET", NET)
    assert not cloud.cloud.changed.is_set()
    cloud.insert(f"{REGIONAL}/addresses", "api")
    assert cloud.cloud.changed.is_set()
