"""The API's addresses: a balancer in the network for machines, and one with reserved public addresses for people."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from components.machines.aws.firewall import Firewall
from components.machines.aws.names import Names
from components.machines.aws.network import Network
from components.plan.cloud import CloudPlan
from components.plan.site import Zone

# Seconds: an API server that stops is out after two checks, and its connections have as long to end by themselves.
CHECK_INTERVAL, CHECK_TIMEOUT, CHECKS, DRAIN = 10, 5, 2, 30


class Balancer:
    """A network load balancer with its target group. Control planes are added once they serve."""

    def __init__(
        self,
        part: str,
        cloud: CloudPlan,
        network: Network,
        names: Names,
        mappings: list[aws.lb.LoadBalancerSubnetMappingArgs],
        group: aws.ec2.SecurityGroup,
        opts: pulumi.ResourceOptions,
        *,
        internal: bool,
    ) -> None:
        self._part, self._port, self._opts = part, cloud.api_port, opts
        self._targets = _target_group(part, cloud, network, names, opts)
        balancer = aws.lb.LoadBalancer(
            part,
            name=names.of(part),
            load_balancer_type="network",
            internal=internal,
            subnet_mappings=mappings,
            security_groups=[group.id],
            # A zone without a control plane that serves uses those of the others.
            enable_cross_zone_load_balancing=True,
            tags=names.tags(part),
            opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[*network.ways_out])),
        )
        self.listener = aws.lb.Listener(
            part,
            load_balancer_arn=balancer.arn,
            port=cloud.api_port,
            protocol="TCP",
            default_actions=[
                aws.lb.ListenerDefaultActionArgs(type="forward", target_group_arn=self._targets.arn),
            ],
            tags=names.tags(part),
            opts=opts,
        )

    def add(self, machine: str, instance_id: pulumi.Input[str], serving: pulumi.Resource) -> None:
        """That control plane takes its share once `serving` is there; it leaves before that goes."""
        aws.lb.TargetGroupAttachment(
            f"{machine}-{self._part}",
            target_group_arn=self._targets.arn,
            target_id=instance_id,
            port=self._port,
            opts=pulumi.ResourceOptions.merge(self._opts, pulumi.ResourceOptions(depends_on=[serving])),
        )


def _target_group(
    part: str, cloud: CloudPlan, network: Network, names: Names, opts: pulumi.ResourceOptions
) -> aws.lb.TargetGroup:
    return aws.lb.TargetGroup(
        part,
        name=names.of(part),
        vpc_id=network.vpc_id,
        target_type="instance",
        port=cloud.api_port,
        protocol="TCP",
        # With the clients' own addresses, a control plane could not reach itself through the balancer.
        preserve_client_ip="false",
        deregistration_delay=DRAIN,
        connection_termination=True,
        health_check=aws.lb.TargetGroupHealthCheckArgs(
            protocol="HTTPS",
            path="/readyz",
            port=str(cloud.api_port),
            matcher="200",
            interval=CHECK_INTERVAL,
            timeout=CHECK_TIMEOUT,
            healthy_threshold=CHECKS,
            unhealthy_threshold=CHECKS,
        ),
        tags=names.tags(part),
        opts=opts,
    )


def make_balancers(
    cloud: CloudPlan, network: Network, firewall: Firewall, names: Names, opts: pulumi.ResourceOptions
) -> tuple[list[Balancer], list[aws.ec2.Eip]]:
    """Register the balancers; with the public one's reserved addresses, one in each zone."""
    inside = [
        aws.lb.LoadBalancerSubnetMappingArgs(
            subnet_id=network.machines[zone.name].id, private_ipv4_address=str(zone.api_address)
        )
        for zone in cloud.site.zones
    ]
    groups = firewall.groups
    balancers = [Balancer("int", cloud, network, names, inside, groups["internal-balancer"], opts, internal=True)]
    if not cloud.api_public:
        return balancers, []
    addresses = {zone.name: _reserve(zone, names, opts) for zone in cloud.site.zones}
    outside = [
        aws.lb.LoadBalancerSubnetMappingArgs(subnet_id=network.edges[zone].id, allocation_id=address.allocation_id)
        for zone, address in addresses.items()
    ]
    balancers.append(Balancer("api", cloud, network, names, outside, groups["balancer"], opts, internal=False))
    return balancers, list(addresses.values())


def _reserve(zone: Zone, names: Names, opts: pulumi.ResourceOptions) -> aws.ec2.Eip:
    return aws.ec2.Eip(f"api-{zone.name}", domain="vpc", tags=names.tags(f"api-{zone.name}"), opts=opts)
