"""What a cloud is asked for, decided before anything exists: both providers make their resources of this."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Literal

from components.config.cloud import Cloud
from components.config.previous import PreviousInstance
from components.config.settings import ClusterConfig
from components.plan.firewall import Rule, Surroundings, firewall
from components.plan.instance_groups import InstanceGroup, make_instance_groups
from components.plan.model import Cluster
from components.plan.pools import ImageQuery, Instance, image_query, make_instances, site_of
from components.plan.replacement import one_at_a_time
from components.plan.site import Site, Zone, groups_part

# The user that cloud-init makes on every machine, whatever the image; it may use sudo.
USER = "admin"
BASTION_TYPES = {"aws": "t3.micro", "gce": "e2-micro"}
# https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html (routes in a table, 1,000 at most; elastic
# addresses in a region) and https://cloud.google.com/vpc/docs/quota (static routes, addresses in use).
ROUTE_QUOTAS, ADDRESS_QUOTAS = {"aws": 50, "gce": 250}, {"aws": 5, "gce": 8}
# Routes that are no machine's: the network's own range and the way out; GCE has one to each subnetwork as well.
OTHER_ROUTES = 2


@dataclass(frozen=True, kw_only=True)
class CloudPlan:
    """Everything about the cloud part of a cluster. Names of what is made begin with `prefix`."""

    provider: Literal["aws", "gce"]
    prefix: str
    """The cluster's name, unique in the account or project; 28 characters at most."""
    region: str
    project: str
    """GCE's project; empty on AWS."""
    site: Site
    instances: tuple[Instance, ...]
    groups: tuple[InstanceGroup, ...]
    later: tuple[str, ...]
    """Machines whose new type or image has to wait for another `up`."""
    rules: tuple[Rule, ...]
    routes: Mapping[str, IPv4Network]
    """Machine → pod range that the cloud routes to it; empty where pods' network is another one's matter."""
    forwards: bool
    """Whether machines send and take packets with pods' addresses that are not their own; in a tunnel they have the
    machines' own, and aliases are their own."""
    pod_aliases: Mapping[str, IPv4Network]
    """Machine → pod range that is an alias range of its interface (GCE), in place of a route."""
    pod_range: IPv4Network
    drain_timeout: int
    """Seconds that a node's pods may take to leave it before its machine changes."""
    controller_manager: bool
    """Whether the cloud's controller manager runs on the control planes, which have rights for it."""
    csi: bool
    """Whether the cloud's CSI driver runs, and control planes have rights for that as well."""
    service_account: str
    """The one that control planes act as on GCE; empty where there is none."""
    tags: Mapping[str, str]
    api_port: int
    api_public: bool
    nodes_private: bool
    nat_zones: tuple[Zone, ...]
    """The zones that get a NAT gateway; GCE makes one for the region where there is any."""
    bastion: str
    """The bastion's machine type; empty where there is none."""
    bastion_image: ImageQuery
    network_id: str
    """The existing network; empty for one of the cluster's own."""
    node_range: IPv4Network
    machine_ranges: tuple[IPv4Network, ...]
    """GCE: the node range without that of groups, in as few aligned ranges as it takes."""
    groups_range: IPv4Network | None
    """GCE: where machines of groups have their addresses; None without groups."""
    protect: bool
    route_quota: int
    addresses: int
    """Reserved public addresses."""
    address_quota: int

    def instance(self, name: str) -> Instance:
        """The machine of that name."""
        return next(one for one in self.instances if one.name == name)

    def group(self, name: str) -> InstanceGroup:
        """The group of that name."""
        return next(one for one in self.groups if one.name == name)

    @property
    def control_planes(self) -> tuple[Instance, ...]:
        """The control planes, in the order of the configuration."""
        return tuple(one for one in self.instances if one.role == "control-plane")

    @property
    def nodes(self) -> tuple[Instance, ...]:
        """The others; without the machines of groups."""
        return tuple(one for one in self.instances if one.role == "node")


def make_cloud(config: ClusterConfig, cluster: Cluster, before: Mapping[str, PreviousInstance]) -> CloudPlan | None:
    """The cloud part of the plan; None where machines are not in one. `before` is what the last `up` left there."""
    cloud, provider = config.cloud, config.provider
    if cloud is None or provider not in ("aws", "gce"):
        return None
    site, private = site_of(config, cloud), cloud.network.nodes == "private"
    route_quota, address_quota = quotas(config, cloud)
    instances, later = one_at_a_time(make_instances(config, cloud), before)
    routed = {m.name: m.pod_range for m in cluster.machines} if cluster.network_mode == "routes" else {}
    has_groups = any(pool.group for pool in config.pools)
    groups_range = groups_part(config.network.node_range, len(cloud.zones)) if has_groups else None
    return CloudPlan(
        provider=provider,
        prefix=config.cluster_name,
        region=cloud.region,
        project=cloud.project or "",
        site=site,
        instances=instances,
        groups=make_instance_groups(config, cloud),
        later=later,
        rules=firewall(_surroundings(config, cloud, cluster, provider)),
        routes=routed if has_routes(config, cloud) else {},
        forwards=cluster.network_mode != "overlay" and cloud.network.pod_ranges == "routes",
        pod_aliases={} if has_routes(config, cloud) else routed,
        pod_range=config.network.pod_range,
        drain_timeout=config.rollout.drain_timeout,
        controller_manager=cluster.controller_manager,
        csi=cluster.csi,
        service_account=cloud.service_account or "",
        tags={"kubernetes-from-scratch/cluster": config.cluster_name},
        api_port=config.api.port,
        api_public=config.api.access == "public",
        nodes_private=private,
        nat_zones=_nat_zones(cloud, site),
        bastion=(cloud.bastion.type or BASTION_TYPES[provider]) if private else "",
        bastion_image=image_query(cloud.image, provider, "amd64"),
        network_id=cloud.network.id or "",
        node_range=config.network.node_range,
        machine_ranges=_machine_ranges(config.network.node_range, groups_range),
        groups_range=groups_range,
        protect=config.protect,
        route_quota=route_quota,
        addresses=addresses_needed(config, cloud),
        address_quota=address_quota,
    )


def _machine_ranges(node_range: IPv4Network, groups: IPv4Network | None) -> tuple[IPv4Network, ...]:
    return tuple(sorted(node_range.address_exclude(groups))) if groups else (node_range,)


def _nat_zones(cloud: Cloud, site: Site) -> tuple[Zone, ...]:
    if cloud.network.nodes == "public" or cloud.network.nat == "none":
        return ()
    return site.zones[:1] if cloud.network.nat == "one" else site.zones


def _surroundings(
    config: ClusterConfig, cloud: Cloud, cluster: Cluster, provider: Literal["aws", "gce"]
) -> Surroundings:
    return Surroundings(
        provider=provider,
        node_range=config.network.node_range,
        pod_range=config.network.pod_range,
        api_port=config.api.port,
        api_ranges=api_ranges(config, cloud),
        api_public=config.api.access == "public",
        ssh_ranges=cloud.operator_ranges,
        bastion=cloud.network.nodes == "private",
        node_port_ranges=cloud.node_port_ranges,
        metrics_server=config.addons.metrics_server,
        tunnel=cluster.network_mode == "overlay",
        nodes=bool(cluster.nodes or cluster.groups),
    )


def api_ranges(config: ClusterConfig, cloud: Cloud) -> tuple[IPv4Network, ...]:
    """Who reaches the API from outside: the operators, where it has a public address, and whom else they allow."""
    operators = cloud.operator_ranges if config.api.access == "public" else ()
    return tuple(dict.fromkeys((*operators, *config.api.allowed_ranges)))


def has_routes(config: ClusterConfig, cloud: Cloud) -> bool:
    """Whether the cloud gets a route for each machine."""
    return config.network.mode == "routes" and cloud.network.pod_ranges == "routes"


def routes_needed(machines: int) -> int:
    """Routes in one route table (AWS) or network (GCE)."""
    return machines + OTHER_ROUTES


def addresses_needed(config: ClusterConfig, cloud: Cloud) -> int:
    """Reserved public addresses: the API's (AWS: one in each zone), NAT gateways' (AWS), and the pools'."""
    several = config.provider == "aws"
    zones = len(cloud.zones) if several else 1
    api = zones if config.api.access == "public" else 0
    nat = {"one": 1, "each-zone": zones, "none": 0}[cloud.network.nat] if cloud.network.nodes == "private" else 0
    return api + (nat if several else 0) + sum(pool.count for pool in config.pools if pool.reserved_address)


def quotas(config: ClusterConfig, cloud: Cloud) -> tuple[int, int]:
    """Routes and addresses that the account allows."""
    provider = config.provider
    return (
        cloud.quotas.routes or ROUTE_QUOTAS[provider],
        cloud.quotas.addresses or ADDRESS_QUOTAS[provider],
    )
