"""What the clouds promise, one by one, and that without the piece that makes it so it is not so."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

import asyncssh
import pytest

from tests.clouds.box import (
    INTERNET,
    MIRROR,
    NAT,
    NETWORK,
    OPERATOR,
    Box,
    fetch,
    make_instance,
    operator_reaches,
    rule,
    ssh,
)
from tests.cluster.local_machines import process_running
from tools.clouds.world import Balancer, HealthCheck, Network, Route, World
from tools.machines import podman

pytestmark = [
    pytest.mark.machines,
    pytest.mark.skipif(os.geteuid() != 0, reason="a cloud in a box needs root"),
]
USER_KEY, HOST_KEY = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
HOST_KEY_LINES = "".join(f"    {line}\n" for line in HOST_KEY.export_private_key().decode().splitlines())
USER_DATA = f"""#cloud-config
ssh_authorized_keys: ["{USER_KEY.export_public_key().decode().strip()}"]
ssh_keys:
  ed25519_public: {HOST_KEY.export_public_key().decode().strip()}
  ed25519_private: |
{HOST_KEY_LINES}
write_files:
  - {{path: /etc/marker, content: hello, permissions: "0600"}}
"""
POD_RANGE, POD = IPv4Network("10.10.11.0/24"), "10.10.11.5"
NODES = NETWORK.ranges[0]

FRONT = make_instance("front", "10.80.0.11", "192.88.99.1", user_data=USER_DATA, image="debian-12")
SECOND = make_instance("second", "10.80.0.12", "192.88.99.2")
BACK = make_instance("back", "10.80.0.71")
# Of another network with the same range.
STRANGER = make_instance("stranger", "10.80.0.12", network="vpc-2")
ALL = (FRONT, SECOND, BACK)
POD_ROUTE = Route(network="vpc-1", subnets=(), destination=POD_RANGE, next_hop=FRONT.id)
BASE = World(
    networks=(NETWORK, Network(id="vpc-2", ranges=NETWORK.ranges)),
    instances=(*ALL, STRANGER),
    routes=(INTERNET, NAT, POD_ROUTE),
    rules=(
        rule("tcp", (22,), (OPERATOR, NODES, POD_RANGE), *ALL, STRANGER),
        rule("tcp", (80,), (IPv4Network("0.0.0.0/0"),), FRONT, SECOND),
    ),
)
BALANCER = Balancer(
    id="lb-1", network="vpc-1", address=IPv4Address("192.88.99.8"), port=8080,
    targets=((FRONT.id, 80), (SECOND.id, 80)),
    check=HealthCheck(protocol="http", port=80, path="/", interval=1, timeout=1, healthy=2, unhealthy=2),
    public=True, allowed=None,
)  # fmt: skip


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    """An AWS with three instances in one network and one in another."""
    box = Box("aws", tmp_path_factory.mktemp("box"))
    box.start()
    try:
        box.become(BASE)
        for instance in (FRONT, SECOND):
            box.on(instance, f"echo {instance.name} >/var/www/html/index.html; systemctl start nginx")
        # Stands for a pod: an address that the cloud knows by its routes only.
        box.on(FRONT, f"ip address add {POD}/32 dev lo")
        yield box
    finally:
        box.remove()


@pytest.fixture
def box(running: Box) -> Iterator[Box]:
    """The cloud, as it was before when the test ends."""
    yield running
    running.become(BASE)


def until(condition: Callable[[], bool]) -> None:
    """Wait for something that takes a few health checks."""
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "it did not come about within 20 s"
        time.sleep(0.3)


def test_cloud_init_gives_host_key_user_and_files(box: Box) -> None:
    printed = ssh("192.88.99.1", "admin", USER_KEY, HOST_KEY, "sudo cat /etc/marker; echo; hostname; id -un")
    assert printed.split() == ["hello", "front", "admin"]
    assert "no matching" not in printed


def test_cloud_init_knows_who_and_where_it_is(box: Box) -> None:
    asked = "{{v1.instance_id}} {{v1.availability_zone}} {{v1.region}} {{v1.cloud_name}} {{v1.local_hostname}}"
    answer = box.on(FRONT, f"cloud-init query --format '{asked}'")
    assert answer.split() == [FRONT.id, FRONT.zone, FRONT.region, "aws", "front"]


def test_a_rule_may_be_for_some_of_the_addresses_that_an_instance_stands_for(box: Box) -> None:
    box.on(FRONT, "systemctl start nginx")
    for destinations, reached in (((POD_RANGE,), [POD]), ((), ["10.80.0.11", POD])):
        narrow = replace(rule("tcp", (80,), (NODES,), FRONT), destinations=destinations)
        box.become(replace(BASE, rules=(BASE.rules[0], narrow)))
        asked = ["10.80.0.11", POD]
        ask = "curl --silent --output /dev/null --max-time 2 http://{}/ && echo {} || true"
        found = box.on(SECOND, "; ".join(ask.format(each, each) for each in asked))
        assert found.split() == reached


def test_image_decides_about_the_default_user(box: Box) -> None:
    assert box.on(SECOND, "id -un ubuntu") == "ubuntu"
    assert "admin" not in box.on(SECOND, "getent passwd")


def test_instances_of_a_network_reach_each_other_through_it_alone(box: Box) -> None:
    assert box.reaches(FRONT, SECOND.address)
    assert box.reaches(FRONT, BACK.address)
    # Every hop is the network's: no instance has another one's hardware address.
    router = box.on(FRONT, "ip neigh show 10.80.0.1").split()[4]
    assert router in box.on(FRONT, f"ip neigh show {SECOND.address}")


def test_networks_with_the_same_range_do_not_see_each_other(box: Box) -> None:
    assert not box.reaches(STRANGER, FRONT.address)
    assert box.reaches(FRONT, SECOND.address)
    assert "second" not in box.on(STRANGER, "hostname")


def test_what_no_rule_lets_in_is_dropped(box: Box) -> None:
    assert box.reaches(FRONT, SECOND.address)
    box.change(rules=BASE.rules[1:])
    assert not box.reaches(FRONT, SECOND.address)
    assert not operator_reaches(FRONT.public_address)
    assert box.reaches(FRONT, SECOND.address, 80)


def test_rule_names_instances_as_sources(box: Box) -> None:
    only_front = replace(rule("tcp", (22,), (), BACK), source_instances=(FRONT.id,))
    box.change(rules=(only_front,))
    assert box.reaches(FRONT, BACK.address)
    assert not box.reaches(SECOND, BACK.address)


def test_route_carries_to_pods(box: Box) -> None:
    assert box.reaches(BACK, POD)
    box.change(routes=(INTERNET, NAT))
    assert not box.reaches(BACK, POD)


def test_route_holds_for_its_subnets(box: Box) -> None:
    box.change(routes=(INTERNET, NAT, replace(POD_ROUTE, subnets=(SECOND.subnet,))))
    assert box.reaches(SECOND, POD)
    assert not box.reaches(BACK, POD)


def test_route_to_a_stopped_instance_leads_nowhere(box: Box) -> None:
    box.change(routes=(INTERNET, NAT, replace(POD_ROUTE, next_hop="i-gone")))
    assert not box.reaches(BACK, POD)


def test_source_check_drops_what_an_instance_sends_for_others(box: Box) -> None:
    assert box.reaches(FRONT, BACK.address, source=POD)
    box.change(instances=(replace(FRONT, forwards=False), SECOND, BACK, STRANGER))
    assert not box.reaches(FRONT, BACK.address, source=POD)
    assert box.reaches(FRONT, BACK.address)


def test_destination_check_drops_what_is_for_others(box: Box) -> None:
    box.change(instances=(replace(FRONT, forwards=False), SECOND, BACK, STRANGER))
    assert not box.reaches(BACK, POD)
    assert box.reaches(BACK, FRONT.address)


def test_public_address_needs_a_route_to_the_internet(box: Box) -> None:
    assert operator_reaches(FRONT.public_address)
    box.change(routes=(NAT, POD_ROUTE))
    assert not operator_reaches(FRONT.public_address)


def test_internet_knows_public_addresses_only(box: Box) -> None:
    assert box.on(FRONT, f"curl --silent --output /dev/null --write-out %{{http_code}} http://{MIRROR}/") != "000"
    assert not box.reaches(FRONT, MIRROR, 80, source=POD)
    assert f"KFS_ARTIFACTS=http://{MIRROR}" in box.command("env").stdout
    # The way out of the box is there only without a mirror.
    assert "eth0" not in podman.run("exec", f"internet.cloud-{box.name}", "ls", "/sys/class/net")


def test_private_instance_goes_out_by_nat_and_is_reached_by_nobody(box: Box) -> None:
    assert box.reaches(BACK, MIRROR, 80)
    assert not operator_reaches(NAT.nat_address)
    box.change(routes=(INTERNET, POD_ROUTE))
    assert not box.reaches(BACK, MIRROR, 80)


def test_balancer_hands_on_to_healthy_targets(box: Box) -> None:
    box.change(balancers=(BALANCER,))
    until(lambda: {fetch(BALANCER.address, 8080) for _ in range(8)} == {"front\n", "second\n"})
    box.on(FRONT, "systemctl stop nginx")
    until(lambda: "unhealthy" in box.command("status").stdout)
    until(lambda: {fetch(BALANCER.address, 8080) for _ in range(8)} == {"second\n"})
    box.on(FRONT, "systemctl start nginx")
    until(lambda: {fetch(BALANCER.address, 8080) for _ in range(8)} == {"front\n", "second\n"})


def test_target_reaches_itself_through_its_balancer(box: Box) -> None:
    box.change(balancers=(replace(BALANCER, targets=((FRONT.id, 80),)),))
    assert box.on(FRONT, f"curl --silent --max-time 4 http://{BALANCER.address}:8080/") == "front"


def test_private_balancer_is_a_neighbour_in_its_subnet(box: Box) -> None:
    inside = replace(BALANCER, address=IPv4Address("10.80.0.4"), public=False)
    box.change(balancers=(inside,))
    for client in (FRONT, BACK):
        assert box.on(client, f"curl --silent --max-time 4 http://{inside.address}:8080/") in ("front", "second")
    assert fetch(inside.address, 8080) == ""


def test_health_check_passes_the_rules_as_well(box: Box) -> None:
    box.become(replace(BASE, rules=BASE.rules[:1], balancers=(BALANCER,)), settle=False)
    until(lambda: "no connection to port 80" in box.command("status").stdout)


def test_wrong_health_check_is_told_by_settle(box: Box) -> None:
    check = replace(BALANCER.check, path="/nowhere") if BALANCER.check else None
    box.become(replace(BASE, balancers=(replace(BALANCER, check=check),)), settle=False)
    done = box.command("settle", "--limit", "4")
    assert done.returncode == 1
    assert "target i-front: /nowhere answers 404" in done.stderr


def test_balancer_refuses_whom_it_does_not_allow(box: Box) -> None:
    box.change(balancers=(replace(BALANCER, allowed=(OPERATOR,)),))
    assert fetch(BALANCER.address, 8080)
    box.change(balancers=(replace(BALANCER, allowed=(NODES,)),))
    assert not fetch(BALANCER.address, 8080)


def test_stopped_instance_keeps_its_disk(box: Box) -> None:
    box.on(SECOND, "echo kept >/var/lib/kept")
    box.change(instances=(FRONT, replace(SECOND, running=False), BACK, STRANGER))
    assert not operator_reaches(SECOND.public_address)
    box.become(BASE)
    assert box.on(SECOND, "cat /var/lib/kept") == "kept"
    assert box.reaches(BACK, SECOND.address)
    box.on(SECOND, "systemctl start nginx")


def test_rebooted_instance_is_connected_again(box: Box) -> None:
    subprocess.run(["podman", "exec", box.container(BACK), "reboot"], check=False, capture_output=True)
    until(lambda: not box_is_up(box))
    until(lambda: box_is_up(box))
    box.become(BASE)
    assert box.reaches(FRONT, BACK.address)


def box_is_up(box: Box) -> bool:
    """True if the network reaches the instance `back`."""
    return box.reaches(FRONT, BACK.address)


def test_terminated_instance_leaves_nothing(box: Box) -> None:
    extra = make_instance("extra", "10.80.0.72")
    box.change(instances=(*BASE.instances, extra))
    assert names(box.container(extra))
    box.become(BASE)
    assert names(box.container(extra)) == ""


def names(container: str) -> str:
    """What podman has of that name."""
    commands = (["podman", "ps", "--all"], ["podman", "volume", "ls"])
    chosen = ["--quiet", "--filter", f"name={container}"]
    return "".join(
        subprocess.run([*one, *chosen], capture_output=True, text=True, check=True).stdout for one in commands
    )


def test_removed_cloud_leaves_nothing(tmp_path: Path) -> None:
    box = Box("aws", tmp_path)
    box.start()
    box.become(World(networks=(NETWORK,), routes=(INTERNET,)))
    assert names(f"cloud-{box.name}")
    done = box.command("stop")
    assert done.returncode == 1
    assert "still has vpc-1" in done.stderr
    box.become(World())
    assert box.command("stop").returncode == 0
    assert names(f"cloud-{box.name}") == ""


def test_start_removes_what_a_killed_daemon_left(tmp_path: Path) -> None:
    box = Box("aws", tmp_path)
    box.start()
    try:
        box.become(World(networks=(NETWORK,), routes=(INTERNET,)))
        os.kill(process_running(f"daemon\0aws\0--name\0{box.name}"), signal.SIGKILL)
        assert names(f"vpc-1.cloud-{box.name}")
        box.become(World(), settle=False)
        box.start()
        assert names(f"vpc-1.cloud-{box.name}") == ""
    finally:
        box.remove()
