"""In what Google's network differs: a balancer leaves packets as they are, an instance is alone on its link."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

import pytest

from tests.clouds.box import INTERNET, NETWORK, OPERATOR, Box, fetch, make_instance, rule
from tools.clouds.world import Balancer, HealthCheck, World

pytestmark = [
    pytest.mark.machines,
    pytest.mark.skipif(os.geteuid() != 0, reason="a cloud in a box needs root"),
]
PROBERS = IPv4Network("35.191.0.0/16")
TARGET = make_instance("target", "10.80.0.11", "192.88.99.21")
# Debian's images at Google have no cloud-init.
CLIENT = make_instance("client", "10.80.0.12", "192.88.99.22", image="debian-12")
BALANCER = Balancer(
    id="lb-1", network="vpc-1", address=IPv4Address("192.88.99.28"), port=80, targets=((TARGET.id, 80),),
    check=HealthCheck(protocol="http", port=80, path="/", interval=1, timeout=1, healthy=1, unhealthy=1),
    public=True, allowed=None,
)  # fmt: skip
BASE = World(
    networks=(NETWORK,),
    instances=(TARGET, CLIENT),
    routes=(replace(INTERNET, subnets=()),),
    rules=(rule("tcp", (80,), (PROBERS, OPERATOR, IPv4Network("192.88.99.22/32")), TARGET),),
    balancers=(BALANCER,),
)


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    """A target with a web server behind a balancer, and a client."""
    box = Box("gce", tmp_path_factory.mktemp("box"))
    box.start()
    try:
        box.become(replace(BASE, balancers=()))
        box.on(TARGET, "systemctl start nginx")
        box.become(BASE)
        yield box
    finally:
        box.remove()


def test_target_sees_the_client_itself(box: Box) -> None:
    assert "nginx" in fetch(BALANCER.address, 80)
    assert "nginx" in box.on(CLIENT, f"curl --silent --max-time 4 http://{BALANCER.address}/")
    seen = {line.split()[0] for line in box.on(TARGET, "cat /var/log/nginx/access.log").splitlines()}
    assert {str(OPERATOR[0]), str(CLIENT.public_address)} <= seen
    assert any(IPv4Address(address) in PROBERS for address in seen)


def test_client_that_no_rule_lets_in_gets_nothing_from_the_balancer(box: Box) -> None:
    try:
        box.become(replace(BASE, rules=(rule("tcp", (80,), (PROBERS,), TARGET),)))
        assert fetch(BALANCER.address, 80) == ""
    finally:
        box.become(BASE)


def test_target_answers_its_balancers_address_itself(box: Box) -> None:
    assert BALANCER.address.compressed in box.on(TARGET, "ip route show table local proto 66")
    assert box.on(CLIENT, "ip route show table local proto 66") == ""
    assert box.on(TARGET, f"curl --silent --output /dev/null http://{BALANCER.address}/ && echo ok") == "ok"
    # The target's own answer, not the balancer's.
    assert str(BALANCER.address) in box.on(TARGET, "cut --delimiter ' ' --fields 1 /var/log/nginx/access.log")


def test_instance_is_alone_on_its_link(box: Box) -> None:
    assert "10.80.0.11/32" in box.on(TARGET, "ip address show eth0")
    assert "mtu 1460" in box.on(TARGET, "ip link show eth0")


def test_debian_has_no_cloud_init_there(box: Box) -> None:
    assert "disabled" in box.on(CLIENT, "cloud-init status || true")
    assert "done" in box.on(TARGET, "cloud-init status || true")
