"""Pods' packets: a route to each machine's pod range, in every route table of machines."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from components.machines.aws.network import Network
from components.plan.cloud import CloudPlan
from components.remote import Host


def make_routes(
    cloud: CloudPlan, network: Network, hosts: Mapping[str, Host], opts: pulumi.ResourceOptions
) -> list[pulumi.Resource]:
    """Register the routes."""
    return [
        aws.ec2.Route(
            f"{machine}-pods" if len(network.tables) == 1 else f"{machine}-pods-{name}",
            route_table_id=table.id,
            destination_cidr_block=str(pods),
            network_interface_id=_interface(hosts[machine]),
            opts=opts,
        )
        for machine, pods in cloud.routes.items()
        for name, table in network.tables.items()
    ]


def _interface(host: Host) -> pulumi.Output[str]:
    if not isinstance(host.instance, aws.ec2.Instance):
        raise TypeError(f"{host.name} is no instance of EC2")
    interface: pulumi.Output[str] = host.instance.primary_network_interface_id
    return interface
