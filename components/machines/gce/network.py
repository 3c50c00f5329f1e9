"""The network: one for this cluster, or a part of an existing one; a subnetwork, and NAT for private nodes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from components.machines.gce import lookup
from components.machines.gce.names import Names
from components.plan.cloud import CloudPlan

# Bytes, as pods' interfaces have it; with Google's default of 1460 a node would have to cut their packets.
MTU = 1500
# The name of the subnetwork's second range.
PODS = "pods"


@dataclass(frozen=True, kw_only=True)
class Network:
    """What instances, routes, rules and balancers are put into."""

    network: pulumi.Input[str]
    subnetwork: pulumi.Output[str]
    ways_out: Sequence[pulumi.Resource]
    """What must be there before a machine can reach anything."""


def make_network(cloud: CloudPlan, names: Names, opts: pulumi.ResourceOptions) -> Network:
    """Register the network."""
    network = lookup.existing_network(cloud, opts) if cloud.network_id else _own_network(names, opts)
    subnetwork = gcp.compute.Subnetwork(
        "machines",
        name=names.prefix,
        description=f"Machines of the cluster {names.prefix}",
        network=network,
        region=cloud.region,
        ip_cidr_range=str(cloud.node_range),
        secondary_ip_ranges=_pods(cloud),
        opts=opts,
    )
    ways_out = [_nat(cloud, network, subnetwork, names, opts)] if cloud.nat_zones else []
    return Network(network=network, subnetwork=subnetwork.self_link, ways_out=ways_out)


def _pods(cloud: CloudPlan) -> list[gcp.compute.SubnetworkSecondaryIpRangeArgs] | None:
    """The range that machines' alias ranges are out of."""
    if not cloud.pod_aliases:
        return None
    return [gcp.compute.SubnetworkSecondaryIpRangeArgs(range_name=PODS, ip_cidr_range=str(cloud.pod_range))]


def _own_network(names: Names, opts: pulumi.ResourceOptions) -> pulumi.Output[str]:
    network = gcp.compute.Network(
        "network",
        name=names.prefix,
        description=f"The cluster {names.prefix}",
        auto_create_subnetworks=False,
        routing_mode="REGIONAL",
        mtu=MTU,
        opts=opts,
    )
    link: pulumi.Output[str] = network.self_link
    return link


def _nat(
    cloud: CloudPlan,
    network: pulumi.Input[str],
    subnetwork: gcp.compute.Subnetwork,
    names: Names,
    opts: pulumi.ResourceOptions,
) -> pulumi.Resource:
    """One for the whole region. Pods leave with their machine's address, so the subnetwork's own range is enough."""
    name = names.of("nat")
    router = gcp.compute.Router("nat", name=name, network=network, region=cloud.region, opts=opts)
    return gcp.compute.RouterNat(
        "nat",
        name=name,
        router=router.name,
        region=cloud.region,
        nat_ip_allocate_option="AUTO_ONLY",
        source_subnetwork_ip_ranges_to_nat="LIST_OF_SUBNETWORKS",
        subnetworks=[
            gcp.compute.RouterNatSubnetworkArgs(
                name=subnetwork.self_link, source_ip_ranges_to_nats=["PRIMARY_IP_RANGE"]
            )
        ],
        opts=opts,
    )
