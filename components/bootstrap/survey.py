"""The survey of all machines as one resource: it runs again when a machine comes, goes, or is reached otherwise."""

from __future__ import annotations

import json
from typing import Any

import pulumi

from components.machines import Machines
from components.plan.model import Cluster, Machine
from components.remote import Host, run_here


def survey(cluster: Cluster, machines: Machines, opts: pulumi.ResourceOptions) -> pulumi.Resource:
    """Register the survey; steps on machines depend on it, so a refused machine stops them all before they begin."""
    hosts = machines.hosts
    targets = [_target(machine, cluster.api_port, hosts[machine.name]) for machine in cluster.machines]
    private_key = next(iter(hosts.values())).private_key
    # Machines that the program has just asked for may still be starting.
    patience = machines.reach_limit if machines.boots else 0
    request = pulumi.Output.all(private_key=private_key, patience=patience, machines=targets).apply(json.dumps)
    instances = [host.instance for host in hosts.values() if host.instance]
    return run_here(
        "survey",
        f"python -m components.survey # {len(targets)} machines",
        pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[*machines.foundations, *instances])),
        stdin=pulumi.Output.secret(request),
    )


def _target(machine: Machine, api_port: int, host: Host) -> dict[str, Any]:
    bastion = host.bastion and {
        "host": host.bastion.host,
        "port": host.bastion.port,
        "user": host.bastion.user,
        "host_key": host.bastion.host_key,
    }
    return {
        "name": host.name,
        "role": machine.role,
        "address": str(machine.address),
        "api_port": api_port,
        "host": host.address,
        "port": host.port,
        "user": host.user,
        "host_key": host.host_key,
        "bastion": bastion,
    }
