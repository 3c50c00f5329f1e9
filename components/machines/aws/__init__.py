"""Machines on AWS: a VPC, instances, routes to pods, security groups, and balancers for the API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_aws as aws

from components.machines.aws import lookup
from components.machines.aws.balancer import make_balancers
from components.machines.aws.firewall import make_firewall
from components.machines.aws.instances import Making, make_bastion, make_instance
from components.machines.aws.names import Names
from components.machines.aws.network import make_network
from components.machines.aws.rights import make_profile
from components.machines.aws.routes import make_routes
from components.machines.keys import Keys
from components.plan.cloud import CloudPlan
from components.plan.model import Machine
from components.remote import Host


class Machines(pulumi.ComponentResource):
    """Everything that the plan asks of AWS."""

    hosts: Mapping[str, Host]
    # An instance boots and runs cloud-init within one or two minutes; a large one takes longer.
    reach_limit = 300
    boots = True
    foundations: Sequence[pulumi.Resource]
    api_addresses: Sequence[pulumi.Output[str]]
    operator_key: pulumi.Output[str] | None
    images: Mapping[str, pulumi.Input[str]]

    def __init__(self, name: str, cloud: CloudPlan) -> None:
        super().__init__("kubernetes:index:AwsMachines", name, opts=_with_provider(cloud))
        own, names = (
            pulumi.ResourceOptions(parent=self),
            Names(prefix=cloud.prefix, controlled=cloud.controller_manager),
        )
        network = make_network(cloud, names, own)
        firewall = make_firewall(cloud.rules, network.vpc_id, names, own)
        keys = Keys(own)
        profile = make_profile(cloud, names, own)
        making = Making(
            cloud=cloud, network=network, firewall=firewall, names=names, keys=keys, profile=profile, opts=own
        )
        bastion = make_bastion(making)
        # A pool's machines have one image, but those that have to wait for a new one.
        queries = {one.pool: one.image for one in cloud.instances if not one.held_image}
        images = {pool: lookup.image(pool, query, own) for pool, query in queries.items()}
        self.images = {one.name: one.image.id or images[one.pool] for one in cloud.instances}
        self.hosts = {one.name: make_instance(making, one, self.images[one.name], bastion) for one in cloud.instances}
        self.operator_key = keys.operator
        self.foundations = [*firewall.rules, *make_routes(cloud, network, self.hosts, own)]
        self._balancers, addresses = make_balancers(cloud, network, firewall, names, own)
        self.api_addresses = [address.public_ip for address in addresses]
        self.register_outputs({})

    def joined(self, machine: Machine, serving: pulumi.Resource) -> None:
        """Both balancers send connections to a control plane from when it serves until it is about to go."""
        instance = self.hosts[machine.name].identity
        for balancer in self._balancers:
            balancer.add(machine.name, instance or "", serving)


def _with_provider(cloud: CloudPlan) -> pulumi.ResourceOptions:
    """A provider of this stack's region, whatever else is configured; it looks for credentials where AWS's tools do."""
    provider = aws.Provider("aws", region=cloud.region, default_tags=aws.ProviderDefaultTagsArgs(tags=dict(cloud.tags)))
    return pulumi.ResourceOptions(providers=[provider])
