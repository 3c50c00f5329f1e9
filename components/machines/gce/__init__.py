"""Machines on Compute Engine: a network, instances, routes to pods, a firewall, and balancers for the API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_gcp as gcp

from components.machines.emptying import Emptying
from components.machines.gce import lookup
from components.machines.gce.balancer import make_balancers
from components.machines.gce.firewall import make_firewall
from components.machines.gce.groups import make_group
from components.machines.gce.instances import Making, link, make_bastion, make_instance
from components.machines.gce.names import make_names
from components.machines.gce.network import make_network
from components.machines.gce.routes import make_routes
from components.machines.keys import GroupData, Keys
from components.plan.cloud import CloudPlan
from components.plan.model import Machine
from components.plan.rotation import Generations
from components.remote import Host


class Machines(pulumi.ComponentResource):
    """Everything that the plan asks of Google."""

    hosts: Mapping[str, Host]
    # An instance boots and runs cloud-init within a minute or two.
    reach_limit = 300
    boots = True
    foundations: Sequence[pulumi.Resource]
    api_addresses: Sequence[pulumi.Output[str]]
    operator_key: pulumi.Output[str] | None
    authorized_keys: pulumi.Output[str] | None
    images: Mapping[str, pulumi.Input[str]]

    def __init__(self, name: str, cloud: CloudPlan, ssh: Generations) -> None:
        super().__init__("kubernetes:index:GceMachines", name, opts=_with_provider(cloud))
        own, names = pulumi.ResourceOptions(parent=self), make_names(cloud.prefix, cloud.tags)
        lookup.check_places(cloud, own)
        network = make_network(cloud, names, own)
        firewall = make_firewall(cloud.rules, network.network, names, own)
        keys = Keys(ssh, own)
        making = Making(cloud=cloud, network=network, names=names, keys=keys, opts=own)
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
        self._balancers = make_balancers(cloud, network, names, own)
        self.api_addresses = self._balancers.public_addresses
        routes = make_routes(cloud, network, names, self.hosts, own)
        self.foundations = [*firewall, *routes, *self._balancers.rules]
        self.register_outputs({})

    def make_group(self, data: GroupData, after: pulumi.Resource) -> pulumi.Resource:
        """A managed instance group with its template."""
        group = self._making.cloud.group(data.group)
        return make_group(self._making, group, self._images[group.name], self._making.keys.group_user_data(data), after)

    def joined(self, machine: Machine, serving: pulumi.Resource) -> None:
        """Both balancers send connections to a control plane from when it serves until it is about to go."""
        self._balancers.add(machine.name, link(self.hosts[machine.name]), serving)


def _with_provider(cloud: CloudPlan) -> pulumi.ResourceOptions:
    """A provider of this stack's project and region, whatever else is configured; it looks for credentials where
    Google's tools do."""
    provider = gcp.Provider("gcp", project=cloud.project, region=cloud.region)
    return pulumi.ResourceOptions(providers=[provider])
