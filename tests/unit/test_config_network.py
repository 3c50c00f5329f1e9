"""Ranges, addresses and the pod network: rules between settings."""

from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import pytest

from components.config.network import Network
from components.plan.addresses import default_pod_prefix, pod_range_of
from tests.unit.config_support import changed, expect_one, host_key, load, local_settings, problems, settings


def control_planes(count: int) -> dict[str, Any]:
    """Changes that make so many control planes, with a virtual address."""
    more = {
        f"machines[{3 + index}]": {
            "name": f"cp{index + 2}",
            "role": "control-plane",
            "address": f"10.80.0.{12 + index}",
            "ssh": {"hostKey": host_key(12 + index)},
        }
        for index in range(count - 1)
    }
    return {**more, "api.virtualAddress": "10.80.0.10"}


CASES: list[tuple[dict[str, Any], str, str]] = [
    # private
    ({"network.serviceRange": "172.32.0.0/16"}, "network.serviceRange", "172.16.0.0/12"),
    ({"network.podRange": "8.8.0.0/16"}, "network.podRange", "192.168.0.0/16"),
    # overlaps; the way out is one that is free
    ({"network.podRange": "10.80.0.0/16"}, "network.podRange", "podRange: 10.1.0.0/16"),
    ({"network.serviceRange": "10.10.0.0/16"}, "network.serviceRange", "serviceRange: 10.0.0.0/16"),
    ({"network.serviceRange": "10.80.0.0/24"}, "network.serviceRange", "serviceRange: 10.0.0.0/24"),
    ({"network.podRange": "10.0.0.0/16"}, "network.serviceRange", "serviceRange: 10.1.0.0/16"),
    # the services' size
    ({"network.serviceRange": "10.0.0.0/25"}, "network.serviceRange", "write 10.0.0.0/24"),
    ({"network.serviceRange": "172.16.0.0/11"}, "network.serviceRange", "write 172.0.0.0/11"),
    ({"network.serviceRange": "100.64.0.0/10"}, "network.serviceRange", "write 100.64.0.0/12"),
    # slots
    ({"network.podPrefix": 23}, "network.podPrefix", "take a podRange of /15 or a nodeRange of /25, or podPrefix: 24"),
    ({"network.podPrefix": 26}, "network.podPrefix", "podsPerNode: 61"),
    (
        {"network.podsPerNode": 254},
        "network.podRange",
        "take a podRange of /15 or a nodeRange of /25, or podsPerNode: 253",
    ),
    ({"network.podRange": "10.10.0.0/18"}, "network.podRange", "take a podRange of /17 or a nodeRange of /25"),
    ({"network.podRange": "10.10.0.0/24"}, "network.podRange", "take a podRange of /17"),
    # machines' addresses
    ({"machines[1].address": "10.80.1.4"}, "machines[1].address", "like 10.80.0.10"),
    ({"machines[1].address": "10.80.0.0"}, "machines[1].address", "like 10.80.0.10"),
    ({"machines[1].address": "10.80.0.255"}, "machines[1].address", "like 10.80.0.10"),
    ({"machines[1].address": "10.80.0.1"}, "machines[1].address", "like 10.80.0.10"),
    ({"machines[1].address": "10.80.0.11"}, "machines[1].address", "like 10.80.0.10"),
    # own pod ranges
    ({"machines[1].podRange": "10.11.0.0/24"}, "machines[1].podRange", "inside it"),
    ({"machines[1].podRange": "10.10.200.0/26"}, "machines[1].podRange", "a larger one"),
    ({"machines[1].podRange": "10.10.22.0/24"}, "machines[1].podRange", "another one"),
    ({"machines[1].podRange": "10.10.22.0/25"}, "machines[1].podRange", "another one"),
    # the virtual address
    ({"api.virtualAddress": "10.80.1.10"}, "api.virtualAddress", "like 10.80.0.10"),
    ({"api.virtualAddress": "10.80.0.21"}, "api.virtualAddress", "like 10.80.0.10"),
    ({"api.virtualAddress": "10.80.0.1"}, "api.virtualAddress", "like 10.80.0.10"),
    ({**control_planes(3), "api.virtualAddress": None}, "api.virtualAddress", "like 10.80.0.10"),
    # how many control planes
    ({"machines[0].role": "node"}, "machines", "role: control-plane"),
    ({"machines": []}, "machines", "role: control-plane"),
    (control_planes(2), "machines", "make it 1 or 3"),
    (control_planes(4), "machines", "make it 3 or 5"),
    (control_planes(9), "machines", "role: node"),
    # names and targets
    ({"machines[2].name": "n1"}, "machines[2].name", "of its own"),
    ({"machines[1].ssh.host": "h", "machines[2].ssh.host": "h"}, "machines[2].ssh", "ssh.host"),
    # mode and policy
    ({"network.mode": "manifests"}, "network.manifests", "add them"),
    ({"network.manifests": ["a.yaml"]}, "network.manifests", "mode: manifests"),
    ({"network": {"mode": "manifests", "manifests": ["https://x/a.yaml"]}}, "network.manifests[0]", "download it"),
    ({"network": {"mode": "manifests", "manifests": ["absent.yaml"]}}, "network.manifests[0]", "correct the path"),
    # providers
]


@pytest.mark.parametrize(("changes", "key", "way_out"), CASES, ids=lambda value: str(value)[:60])
def test_refused(changes: dict[str, Any], key: str, way_out: str, tmp_path: Path) -> None:
    expect_one(problems(changed(settings(), changes), root=tmp_path), key, way_out)


@pytest.mark.parametrize(
    "changes",
    [
        control_planes(3),
        control_planes(7),
        {"machines[1].podRange": "10.10.200.0/24"},
        # A range of its own may lie where its own address would put it.
        {"machines[1].podRange": "10.10.21.0/25"},
        {"network.podPrefix": 25},
        {"network.podsPerNode": 253},
        {"network.serviceRange": "100.64.0.0/12"},
        {"api.virtualAddress": "10.80.0.10"},
        {"machines[1].ssh.host": "h", "machines[2].ssh.host": "h", "machines[2].ssh.port": 2222},
        {"network.mode": "external", "network.policy": "none"},
        {"network.mode": "overlay"},
    ],
    ids=lambda value: str(value)[:60],
)
def test_taken(changes: dict[str, Any]) -> None:
    assert problems(changed(settings(), changes)) == ()


def test_the_mirrors_address_is_kept_on_local_machines_only() -> None:
    change = {"machines[1].address": "10.80.0.2"}
    expect_one(problems(changed(local_settings(), change)), "machines[1].address", "like 10.80.0.10")
    assert problems(changed(settings(), change)) == ()


def test_manifests_are_objects_in_yaml(tmp_path: Path) -> None:
    (tmp_path / "good.yaml").write_text("kind: DaemonSet\n---\nkind: ConfigMap\n---\n")
    (tmp_path / "list.yaml").write_text("- a\n")
    (tmp_path / "bad.yaml").write_text("a: [\n")
    data = changed(settings(), {"network": {"mode": "manifests", "manifests": ["good.yaml", "list.yaml", "bad.yaml"]}})
    found = problems(data, root=tmp_path)
    assert [(p.key, p.way_out) for p in found] == [
        ("kubernetes:network.manifests[1]", "correct the file"),
        ("kubernetes:network.manifests[2]", "correct the file"),
    ]


def test_the_policy_of_another_network_is_its_own(tmp_path: Path) -> None:
    (tmp_path / "cni.yaml").write_text("kind: DaemonSet\n")
    data = changed(settings(), {"network": {"mode": "manifests", "manifests": ["cni.yaml"]}})
    assert load(data, root=tmp_path).network.policy == "none"
    data = changed(data, {"network.policy": "calico"})
    expect_one(problems(data, root=tmp_path), "network.policy", "write none")


@pytest.mark.parametrize("node_prefix", range(20, 29))
@pytest.mark.parametrize("pod_prefix", [12, 14, 16])
def test_what_is_taken_gives_every_machine_pods_of_its_own(node_prefix: int, pod_prefix: int) -> None:
    """No refusal means: every address of the node range has a slot of its own with room enough."""
    nodes = next(IPv4Network("10.80.0.0/16").subnets(new_prefix=node_prefix))
    pods = next(IPv4Network("172.16.0.0/12").subnets(new_prefix=pod_prefix))
    change: dict[str, Any] = {"network": {"nodeRange": str(nodes), "podRange": str(pods), "podsPerNode": 60}}
    if node_prefix > 24:
        change |= {f"machines[{index}].address": str(nodes[index + 3]) for index in range(3)}
    found = problems(changed(settings(), change))
    prefix = default_pod_prefix(nodes, pods)
    fits = prefix <= 26
    assert [problem.key for problem in found] == ([] if fits else ["kubernetes:network.podRange"])
    if fits:
        slots = {pod_range_of(address, nodes, pods, prefix) for address in nodes}
        assert len(slots) == nodes.num_addresses


def test_the_default_is_one_that_is_taken() -> None:
    assert load(settings()).network == Network()
