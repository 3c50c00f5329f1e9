"""The API's addresses: a balancer in the network for machines, and one with a reserved public address for people.

Both pass packets through to the same control planes: an unmanaged instance group in each zone that has some.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from components.machines.gce.names import Names
from components.machines.gce.network import Network
from components.plan.cloud import CloudPlan

# Seconds: an API server that stops is out after two checks.
CHECK_INTERVAL, CHECK_TIMEOUT, CHECKS = 5, 5, 2
# Seconds that the connections of a control plane that leaves have to end by themselves.
DRAIN = 30


@dataclass(frozen=True, kw_only=True)
class Balancers:
    """The addresses, and the groups that control planes are put into."""

    cloud: CloudPlan
    groups: Mapping[str, gcp.compute.InstanceGroup]
    """By zone."""
    public_addresses: list[pulumi.Output[str]]
    """One, or none where the API is private."""
    rules: list[pulumi.Resource]
    """What must be there before the API is found at its addresses."""
    opts: pulumi.ResourceOptions

    def add(self, machine: str, instance: pulumi.Input[str], serving: pulumi.Resource) -> None:
        """That control plane takes its share once `serving` is there; it leaves before that goes.

        By a membership and not by the group's list of instances: when an instance is made anew, the list stays the same
        to the letter, and Google has taken the instance off the group.
        """
        zone = self.cloud.instance(machine).zone
        own = pulumi.ResourceOptions(depends_on=[serving], delete_before_replace=True)
        gcp.compute.InstanceGroupMembership(
            f"{machine}-api",
            instance=instance,
            instance_group=self.groups[zone].name,
            zone=zone,
            opts=pulumi.ResourceOptions.merge(self.opts, own),
        )


def make_balancers(cloud: CloudPlan, network: Network, names: Names, opts: pulumi.ResourceOptions) -> Balancers:
    """Register the balancers."""
    zones = dict.fromkeys(one.zone for one in cloud.control_planes)
    groups = {zone: _group(zone, network, names, opts) for zone in zones}
    making = _Making(cloud=cloud, names=names, groups=groups, check=_check(cloud, names, opts), opts=opts)
    inside = _reserve_inside(cloud, network, names, opts)
    rules = [making.balancer("api-internal", inside.address, network)]
    if not cloud.api_public:
        return Balancers(cloud=cloud, groups=groups, public_addresses=[], rules=rules, opts=opts)
    outside = _reserve_outside(cloud, names, opts)
    rules.append(making.balancer("api", outside.address, None))
    return Balancers(cloud=cloud, groups=groups, public_addresses=[outside.address], rules=rules, opts=opts)


@dataclass(frozen=True, kw_only=True)
class _Making:
    """What both balancers are made with."""

    cloud: CloudPlan
    names: Names
    groups: Mapping[str, gcp.compute.InstanceGroup]
    check: gcp.compute.RegionHealthCheck
    opts: pulumi.ResourceOptions

    def balancer(self, part: str, address: pulumi.Input[str], network: Network | None) -> pulumi.Resource:
        """A balancer inside that network, or a public one."""
        scheme = "INTERNAL" if network else "EXTERNAL"
        service = gcp.compute.RegionBackendService(
            part,
            name=self.names.of(part),
            region=self.cloud.region,
            load_balancing_scheme=scheme,
            protocol="TCP",
            network=network.network if network else None,
            health_checks=self.check.self_link,
            backends=[
                gcp.compute.RegionBackendServiceBackendArgs(group=group.self_link, balancing_mode="CONNECTION")
                for group in self.groups.values()
            ],
            connection_draining_timeout_sec=DRAIN,
            opts=self.opts,
        )
        return gcp.compute.ForwardingRule(
            part,
            name=self.names.of(part),
            region=self.cloud.region,
            load_balancing_scheme=scheme,
            ip_protocol="TCP",
            ip_address=address,
            ports=[str(self.cloud.api_port)],
            network=network.network if network else None,
            subnetwork=network.of(self.cloud.site.zones[0].api_address) if network else None,
            backend_service=service.self_link,
            labels=self.names.labels,
            opts=self.opts,
        )


def _group(zone: str, network: Network, names: Names, opts: pulumi.ResourceOptions) -> gcp.compute.InstanceGroup:
    return gcp.compute.InstanceGroup(
        f"api-{zone}",
        name=names.of(f"api-{zone}"),
        description=f"Control planes of the cluster {names.prefix} in {zone}",
        network=network.network,
        zone=zone,
        opts=opts,
    )


def _check(cloud: CloudPlan, names: Names, opts: pulumi.ResourceOptions) -> gcp.compute.RegionHealthCheck:
    return gcp.compute.RegionHealthCheck(
        "api",
        name=names.of("api"),
        region=cloud.region,
        check_interval_sec=CHECK_INTERVAL,
        timeout_sec=CHECK_TIMEOUT,
        healthy_threshold=CHECKS,
        unhealthy_threshold=CHECKS,
        https_health_check=gcp.compute.RegionHealthCheckHttpsHealthCheckArgs(
            port=cloud.api_port, request_path="/readyz"
        ),
        opts=opts,
    )


def _reserve_inside(
    cloud: CloudPlan, network: Network, names: Names, opts: pulumi.ResourceOptions
) -> gcp.compute.Address:
    """The address that the plan chose; reserved, so that no other instance of the network takes it."""
    return gcp.compute.Address(
        "api-internal",
        name=names.of("api-internal"),
        region=cloud.region,
        address_type="INTERNAL",
        address=str(cloud.site.zones[0].api_address),
        subnetwork=network.of(cloud.site.zones[0].api_address),
        labels=names.labels,
        opts=opts,
    )


def _reserve_outside(cloud: CloudPlan, names: Names, opts: pulumi.ResourceOptions) -> gcp.compute.Address:
    return gcp.compute.Address("api", name=names.of("api"), region=cloud.region, labels=names.labels, opts=opts)
