"""The VPC: one for this cluster, or the cluster's part of an existing one; subnets, ways out, route tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network

import pulumi
import pulumi_aws as aws

from components.machines.aws import lookup
from components.machines.aws.names import Names
from components.plan.cloud import CloudPlan
from components.plan.site import Zone

ANYWHERE = "0.0.0.0/0"


@dataclass(frozen=True, kw_only=True)
class Network:
    """What instances, routes and balancers are put into."""

    vpc_id: pulumi.Input[str]
    machines: Mapping[str, aws.ec2.Subnet]
    """Zone → the subnet of its machines."""
    groups: Mapping[str, aws.ec2.Subnet]
    """Zone → the subnet of machines of groups; none where there are no groups."""
    edges: Mapping[str, aws.ec2.Subnet]
    """Zone → its public subnet, where a public balancer or a NAT gateway needs one."""
    bastion: aws.ec2.Subnet | None
    tables: Mapping[str, aws.ec2.RouteTable]
    """Name → the route tables of machines: these get the pods' routes."""
    ways_out: Sequence[pulumi.Resource]
    """What must be there before a machine can reach anything."""


def make_network(cloud: CloudPlan, names: Names, opts: pulumi.ResourceOptions) -> Network:
    """Register the network."""
    vpc_id, gateway_id = _vpc(cloud, names, opts)
    public = _Tables(names, vpc_id, opts)
    edge_zones = cloud.site.zones if cloud.api_public else cloud.nat_zones
    edges = {zone.name: _subnet(f"edge-{zone.name}", zone, names, vpc_id, opts) for zone in edge_zones}
    bastion = _bastion_subnet(cloud, names, vpc_id, opts) if cloud.bastion else None
    if edges or bastion:
        public.add("edges", gateway_id=gateway_id)
        for name, subnet in {**edges, **({"bastion": bastion} if bastion else {})}.items():
            public.associate(f"edge-{name}", "edges", subnet)
    machines = _Tables(names, vpc_id, opts)
    subnets = {
        zone.name: _machine_subnet(cloud, f"machines-{zone.name}", zone.name, zone.subnet, names, vpc_id, opts)
        for zone in cloud.site.zones
    }
    groups = {
        zone.name: _machine_subnet(cloud, f"groups-{zone.name}", zone.name, zone.groups, names, vpc_id, opts)
        for zone in cloud.site.zones
        if cloud.groups and zone.groups
    }
    zone_table = _ways_out(cloud, machines, gateway_id, names, edges, opts)
    for zone, subnet in subnets.items():
        machines.associate(f"machines-{zone}", zone_table[zone], subnet)
    for zone, subnet in groups.items():
        machines.associate(f"groups-{zone}", zone_table[zone], subnet)
    return Network(
        vpc_id=vpc_id,
        machines=subnets,
        groups=groups,
        edges=edges,
        bastion=bastion,
        tables=machines.tables,
        ways_out=[*machines.ways, *public.ways],
    )


def _vpc(cloud: CloudPlan, names: Names, opts: pulumi.ResourceOptions) -> tuple[pulumi.Input[str], pulumi.Input[str]]:
    """The ids of the VPC and of its internet gateway."""
    if cloud.network_id:
        lookup.check_network(cloud, opts)
        return cloud.network_id, lookup.internet_gateway(cloud, opts)
    vpc = aws.ec2.Vpc(
        "network",
        cidr_block=str(cloud.node_range),
        enable_dns_support=True,
        enable_dns_hostnames=True,
        tags=names.tags("network"),
        opts=opts,
    )
    gateway = aws.ec2.InternetGateway("internet", vpc_id=vpc.id, tags=names.tags("internet"), opts=opts)
    return vpc.id, gateway.id


def _machine_subnet(
    cloud: CloudPlan,
    name: str,
    zone: str,
    block: IPv4Network,
    names: Names,
    vpc_id: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> aws.ec2.Subnet:
    return aws.ec2.Subnet(
        name,
        vpc_id=vpc_id,
        availability_zone=zone,
        cidr_block=str(block),
        # Not said of each instance: one that stands still has no public address, and would be taken for a changed one.
        map_public_ip_on_launch=not cloud.nodes_private,
        tags=names.owned(name, **_machines_balance(cloud)),
        opts=opts,
    )


def _subnet(
    name: str, zone: Zone, names: Names, vpc_id: pulumi.Input[str], opts: pulumi.ResourceOptions
) -> aws.ec2.Subnet:
    return aws.ec2.Subnet(
        name,
        vpc_id=vpc_id,
        availability_zone=zone.name,
        cidr_block=str(zone.edge),
        tags=names.owned(name, **{"kubernetes.io/role/elb": "1"}),
        opts=opts,
    )


def _machines_balance(cloud: CloudPlan) -> dict[str, str]:
    """Which balancers of services go into machines' subnets: internal ones, and public ones where no edge is there."""
    public = {} if cloud.api_public or cloud.nodes_private else {"kubernetes.io/role/elb": "1"}
    return {"kubernetes.io/role/internal-elb": "1", **public}


def _bastion_subnet(
    cloud: CloudPlan, names: Names, vpc_id: pulumi.Input[str], opts: pulumi.ResourceOptions
) -> aws.ec2.Subnet:
    return aws.ec2.Subnet(
        "bastion",
        vpc_id=vpc_id,
        availability_zone=cloud.site.zones[0].name,
        cidr_block=str(cloud.site.bastion_subnet),
        map_public_ip_on_launch=True,
        tags=names.tags("bastion"),
        opts=opts,
    )


def _ways_out(
    cloud: CloudPlan,
    tables: _Tables,
    gateway_id: pulumi.Input[str],
    names: Names,
    edges: Mapping[str, aws.ec2.Subnet],
    opts: pulumi.ResourceOptions,
) -> dict[str, str]:
    """The tables of machines, each with its default route; zone → table."""
    zones = [zone.name for zone in cloud.site.zones]
    if not cloud.nodes_private or not cloud.nat_zones:
        tables.add("machines", gateway_id=None if cloud.nodes_private else gateway_id)
        return dict.fromkeys(zones, "machines")
    nat = [zone.name for zone in cloud.nat_zones]
    for zone in nat:
        address = aws.ec2.Eip(f"nat-{zone}", domain="vpc", tags=names.tags(f"nat-{zone}"), opts=opts)
        # It works only once its subnet leads to the internet.
        ready = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=list(tables.ways)))
        gateway = aws.ec2.NatGateway(
            f"nat-{zone}",
            subnet_id=edges[zone].id,
            allocation_id=address.allocation_id,
            tags=names.tags(f"nat-{zone}"),
            opts=ready,
        )
        tables.add(f"machines-{zone}", nat_gateway_id=gateway.id)
    return {zone: f"machines-{zone if zone in nat else nat[0]}" for zone in zones}


class _Tables:
    """Route tables, each with its default route, and the subnets that they are for."""

    def __init__(self, names: Names, vpc_id: pulumi.Input[str], opts: pulumi.ResourceOptions) -> None:
        self._names, self._vpc_id, self._opts = names, vpc_id, opts
        self.tables: dict[str, aws.ec2.RouteTable] = {}
        self.ways: list[pulumi.Resource] = []

    def add(
        self,
        name: str,
        *,
        gateway_id: pulumi.Input[str] | None = None,
        nat_gateway_id: pulumi.Input[str] | None = None,
    ) -> None:
        """A table; without a gateway it has no default route."""
        table = aws.ec2.RouteTable(name, vpc_id=self._vpc_id, tags=self._names.tags(name), opts=self._opts)
        self.tables[name] = table
        if gateway_id is not None or nat_gateway_id is not None:
            route = aws.ec2.Route(
                f"{name}-out",
                route_table_id=table.id,
                destination_cidr_block=ANYWHERE,
                gateway_id=gateway_id,
                nat_gateway_id=nat_gateway_id,
                opts=self._opts,
            )
            self.ways.append(route)

    def associate(self, name: str, table: str, subnet: aws.ec2.Subnet) -> None:
        """That subnet follows that table."""
        association = aws.ec2.RouteTableAssociation(
            name, route_table_id=self.tables[table].id, subnet_id=subnet.id, opts=self._opts
        )
        self.ways.append(association)
