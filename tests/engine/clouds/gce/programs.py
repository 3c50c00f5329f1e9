"""A cluster's infrastructure in small, as a Pulumi program for GCE."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
from pulumi_gcp import compute

from tests.engine.standins.stack import Program

CHECKERS = ["130.211.0.0/22", "35.191.0.0/16"]
BOOT: dict[str, Any] = {"initialize_params": {"image": "debian-cloud/debian-12", "size": 20, "type": "pd-balanced"}}


def cluster(
    name: str = "one",
    nodes: Sequence[str] = ("n1",),
    *,
    instance: Mapping[str, Any] | None = None,
    ports: Sequence[str] = ("10250",),
    readiness: str = "/readyz",
) -> Program:
    """A control plane behind a balancer, and nodes that forward their pods' packets."""

    def program() -> None:
        network = compute.Network(f"{name}-net", name=name, auto_create_subnetworks=False)
        subnetwork = compute.Subnetwork(
            f"{name}-subnet", name=name, network=network.id, ip_cidr_range="10.80.0.0/24", region="europe-west3"
        )
        router = compute.Router(f"{name}-router", name=name, network=network.id)
        compute.RouterNat(
            f"{name}-nat",
            name=name,
            router=router.name,
            nat_ip_allocate_option="AUTO_ONLY",
            source_subnetwork_ip_ranges_to_nat="ALL_SUBNETWORKS_ALL_IP_RANGES",
        )
        _firewalls(name, network, ports)
        machines = {}
        for number, machine in enumerate(["cp1", *nodes]):
            machines[machine] = _machine(name, machine, subnetwork, f"10.80.0.{11 + number}", dict(instance or {}))
            compute.Route(
                f"{machine}-route",
                name=f"{name}-{machine}",
                network=network.id,
                dest_range=f"10.10.{11 + number}.0/24",
                next_hop_instance=machines[machine].self_link,
            )
        _balancer(name, network, machines["cp1"], readiness)
        pulumi.export("public", machines["cp1"].network_interfaces[0].access_configs[0].nat_ip)

    return program


def _firewalls(name: str, network: compute.Network, ports: Sequence[str]) -> None:
    compute.Firewall(
        f"{name}-api",
        name=f"{name}-api",
        network=network.id,
        allows=[{"protocol": "tcp", "ports": ["6443"]}],
        source_ranges=["192.0.2.0/24", *CHECKERS],
        target_tags=[f"{name}-control-plane"],
    )
    compute.Firewall(
        f"{name}-kubelet",
        name=f"{name}-kubelet",
        network=network.self_link,
        allows=[{"protocol": "tcp", "ports": list(ports)}, {"protocol": "icmp"}],
        source_tags=[f"{name}-control-plane"],
        target_tags=[f"{name}-node"],
    )


def _machine(
    name: str, machine: str, subnetwork: compute.Subnetwork, address: str, changes: dict[str, Any]
) -> compute.Instance:
    role = "control-plane" if machine.startswith("cp") else "node"
    arguments: dict[str, Any] = {
        "name": f"{name}-{machine}",
        "machine_type": "e2-medium",
        "zone": "europe-west3-a",
        "can_ip_forward": True,
        "tags": [f"{name}-{role}"],
        "labels": {"cluster": name},
        "boot_disk": BOOT,
        "network_interfaces": [{"subnetwork": subnetwork.id, "network_ip": address, "access_configs": [{}]}],
        "metadata": {"user-data": pulumi.Output.secret("#cloud-config"), "enable-oslogin": "FALSE"},
        "allow_stopping_for_update": True,
        **changes,
    }
    return compute.Instance(machine, **arguments)


def _balancer(name: str, network: compute.Network, machine: compute.Instance, readiness: str) -> None:
    address = compute.Address(f"{name}-address", name=name, region="europe-west3")
    group = compute.InstanceGroup(
        f"{name}-group", name=name, zone="europe-west3-a", network=network.id, instances=[machine.self_link]
    )
    check = compute.RegionHealthCheck(
        f"{name}-check",
        name=name,
        region="europe-west3",
        check_interval_sec=3,
        timeout_sec=2,
        https_health_check={"port": 6443, "request_path": readiness},
    )
    service = compute.RegionBackendService(
        f"{name}-service",
        name=name,
        region="europe-west3",
        protocol="TCP",
        load_balancing_scheme="EXTERNAL",
        health_checks=check.id,
        backends=[{"group": group.self_link, "balancing_mode": "CONNECTION"}],
    )
    compute.ForwardingRule(
        f"{name}-rule",
        name=name,
        region="europe-west3",
        ip_address=address.address,
        port_range="6443",
        backend_service=service.id,
    )
    pulumi.export("api", address.address)
