"""Machines on AWS: a VPC, instances, routes to pods, security groups, and balancers for the API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_aws as aws

from components.machines.aws import lookup
from components.machines.aws.balancer import make_balancers
from components.machines.aws.firewall import make_firewall
from components.machines.aws.groups import make_group
from components.machines.aws.instances import Making, make_bastion, make_instance
from components.machines.aws.names import Names
from components.machines.aws.network import make_network
from components.machines.aws.rights import make_profile
from components.machines.aws.routes import make_routes
from components.machines.emptying import Emptying
from components.machines.keys import GroupData, Keys
from components.plan.cloud import CloudPlan
from components.plan.model import Machine
from components.plan.rotation import Generations
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
    authorized_keys: pulumi.Output[str] | None
    images: Mapping[str, pulumi.Input[str]]

    def __init__(self, name: str, cloud: CloudPlan, ssh: Generations) -> None:
        super().__init__("kubernetes:index:AwsMachines", name, opts=_with_provider(cloud))
        own, names = (
            pulumi.ResourceOptions(parent=self),
            Names(prefix=cloud.prefix, controlled=cloud.controller_manager),
        )
        network = make_network(cloud, names, own)
        firewall = make_firewall(cloud.rules, network.vpc_id, names, own)
        keys = Keys(ssh, own)
        profile = make_profile(cloud, names, own)
        making = Making(
            cloud=cloud, network=network, firewall=firewall, names=names, keys=keys, profile=profile, opts=own
        )
        self._making = making
        bastion = make_bastion(making)
        # A pool's machines have one image, but those that have to wait for a new one.
        queries = {one.pool: one.image for one in cloud.instances if not one.held_image}
        queries |= {group.name: group.image for group in cloud.groups}
        self._images = images = {pool: lookup.image(pool, query, own) for pool, query in queries.items()}
        self.images = {one.name: one.image.id or images[one.pool] for one in cloud.instances}
        control_planes = {
            one.name: make_instance(making, one, self.images[one.name], bastion) for one in cloud.control_planes
        }
        emptying = Emptying(cloud=cloud, control_planes=tuple(control_planes.values()), opts=own)
        self.hosts = control_planes | {
            one.name: make_instance(making, one, self.images[one.name], bastion, after=emptying.before(one))
            for one in cloud.nodes
        }
        self.operator_key, self.authorized_keys = keys.operator, keys.authorized
        self.foundations = [*firewall.rules, *make_routes(cloud, network, self.hosts, own)]
        self._balancers, addresses = make_balancers(cloud, network, firewall, names, own)
        self.api_addresses = [address.public_ip for address in addresses]
        self.register_outputs({})

    def make_group(self, data: GroupData, after: pulumi.Resource) -> pulumi.Resource:
        """An auto-scaling group with its template."""
        group = self._making.cloud.group(data.group)
        return make_group(self._making, group, self._images[group.name], self._making.keys.group_user_data(data), after)

    def joined(self, machine: Machine, serving: pulumi.Resource) -> None:
        """Both balancers send connections to a control plane from when it serves until it is about to go."""
        instance = self.hosts[machine.name].identity
        for balancer in self._balancers:
            balancer.add(machine.name, instance or "", serving)


def _with_provider(cloud: CloudPlan) -> pulumi.ResourceOptions:
    """A provider of this stack's region, whatever else is configured; it looks for credentials where AWS's tools do."""
    provider = aws.Provider("aws", region=cloud.region, default_tags=aws.ProviderDefaultTagsArgs(tags=dict(cloud.tags)))
    return pulumi.ResourceOptions(providers=[provider])
