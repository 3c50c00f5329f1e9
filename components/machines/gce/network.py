"""The network: one for this cluster, or a part of an existing one; a subnetwork, and NAT for private nodes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

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
    machines: Mapping[IPv4Network, pulumi.Output[str]]
    """Range → subnetwork of machines that have their addresses from the plan."""
    groups: pulumi.Output[str] | None
    """The subnetwork of machines of groups."""
    ways_out: Sequence[pulumi.Resource]
    """What must be there before a machine can reach anything."""

    def of(self, address: IPv4Address) -> pulumi.Output[str]:
        """The subnetwork that has that address."""
        return next(subnetwork for block, subnetwork in self.machines.items() if address in block)


def make_network(cloud: CloudPlan, names: Names, opts: pulumi.ResourceOptions) -> Network:
    """Register the network."""
    network = lookup.existing_network(cloud, opts) if cloud.network_id else _own_network(names, opts)
    machines = {
        block: _subnetwork(cloud, f"machines-{place}" if place > 1 else "machines", block, network, names, opts)
        for place, block in enumerate(cloud.machine_ranges, start=1)
    }
    groups = _subnetwork(cloud, "groups", cloud.groups_range, network, names, opts) if cloud.groups_range else None
    ways_out = (
        [_nat(cloud, network, [*machines.values(), *filter(None, [groups])], names, opts)] if cloud.nat_zones else []
    )
    return Network(
        network=network,
        machines={block: one.self_link for block, one in machines.items()},
        groups=groups.self_link if groups else None,
        ways_out=ways_out,
    )


def _subnetwork(
    cloud: CloudPlan,
    part: str,
    block: IPv4Network,
    network: pulumi.Input[str],
    names: Names,
    opts: pulumi.ResourceOptions,
) -> gcp.compute.Subnetwork:
    return gcp.compute.Subnetwork(
        part,
        # The first has the cluster's name alone: most clusters have no other.
        name=names.prefix if part == "machines" else names.of(part),
        description=f"Machines of the cluster {names.prefix}",
        network=network,
        region=cloud.region,
        ip_cidr_range=str(block),
        secondary_ip_ranges=_pods(cloud),
        opts=opts,
    )


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
    subnetworks: Sequence[gcp.compute.Subnetwork],
    names: Names,
    opts: pulumi.ResourceOptions,
) -> pulumi.Resource:
    """One for the whole region. Pods leave with their machine's address, so subnetworks' own ranges are enough."""
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
            gcp.compute.RouterNatSubnetworkArgs(name=one.self_link, source_ip_ranges_to_nats=["PRIMARY_IP_RANGE"])
            for one in subnetworks
        ],
        opts=opts,
    )
