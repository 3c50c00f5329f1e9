"""Pods' packets: a route to each machine's pod range, with the machine as its next hop."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
import pulumi_gcp as gcp

from components.machines.gce.instances import link
from components.machines.gce.names import Names
from components.machines.gce.network import Network
from components.plan.cloud import CloudPlan
from components.remote import Host


def make_routes(
    cloud: CloudPlan, network: Network, names: Names, hosts: Mapping[str, Host], opts: pulumi.ResourceOptions
) -> list[pulumi.Resource]:
    """Register the routes. A route goes before its machine is made anew, and comes back after it."""
    own = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(delete_before_replace=True))
    return [
        gcp.compute.Route(
            f"{machine}-pods",
            name=names.of(machine),
            description=f"Pods of {machine}",
            network=network.network,
            dest_range=str(pods),
            next_hop_instance=link(hosts[machine]),
            opts=own,
        )
        for machine, pods in cloud.routes.items()
    ]
