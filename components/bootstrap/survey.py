"""The survey of all machines as one resource: it runs again when a machine comes, goes, or is reached otherwise."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pulumi

from components.machines import Machines
from components.plan.model import Cluster, Machine
from components.remote import Host, run_here


def survey(cluster: Cluster, machines: Machines, opts: pulumi.ResourceOptions) -> pulumi.Resource:
    """Register the survey; steps on machines depend on it, so a refused machine stops them all before they begin."""
    hosts = machines.hosts
    # Machines that the program has just asked for may still be starting.
    patience = machines.reach_limit if machines.boots else 0
    request = access(cluster, hosts).apply(lambda asked: json.dumps({**asked, "patience": patience}))
    instances = [host.instance for host in hosts.values() if host.instance]
    return run_here(
        "survey",
        f"python -m components.survey # {len(hosts)} machines",
        pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[*machines.foundations, *instances])),
        stdin=request,
    )


def access(cluster: Cluster, hosts: Mapping[str, Host]) -> pulumi.Output[dict[str, Any]]:
    """How each machine is reached, secret; `components.ssh.Access` reads it."""
    targets = [_target(machine, cluster, hosts[machine.name]) for machine in cluster.machines]
    private_key = next(iter(hosts.values())).private_key
    secret: pulumi.Output[dict[str, Any]] = pulumi.Output.secret(
        pulumi.Output.all(private_key=private_key, machines=targets)
    )
    return secret


def _target(machine: Machine, cluster: Cluster, host: Host) -> dict[str, object]:
    # Only there where it is true: the request of other clusters stays as it was, and with it the survey.
    tunnel = {"tunnel": True} if cluster.network_mode == "overlay" else {}
    return host.target(role=machine.role, address=str(machine.address), api_port=cluster.api_port, **tunnel)
