"""From pools to machines: names, zones and addresses, all of them before anything exists.

The machines of a pool go round its zones: with zones a, b, c and `first: 20`, the first three have place 20 in a's, b's
and c's part of the node range, the fourth place 21 in a's. A pool that grows moves nobody.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Literal

from components.config.cloud import Cloud, Image
from components.config.machine import Machine
from components.config.pools import Pool
from components.config.settings import ClusterConfig
from components.plan.addresses import nth_address
from components.plan.model import Taint
from components.plan.site import Site, make_site

POOL_LABEL = "kubernetes-from-scratch/pool"
# Who publishes images with cloud-init, and under which names: https://wiki.debian.org/Cloud/AmazonEC2Image (account
# 136693071363) and https://cloud.google.com/compute/docs/images/os-details (Google's Debian has no cloud-init).
IMAGES = {
    "aws": ("136693071363", "debian-12-{architecture}-2*"),
    "gce": ("ubuntu-os-cloud", "ubuntu-2404-lts-{architecture}"),
}


@dataclass(frozen=True, kw_only=True)
class ImageQuery:
    """Which image a machine wants: `id`, or the newest of this owner, name (GCE: family) and architecture."""

    owner: str
    name: str
    id: str
    architecture: Literal["amd64", "arm64"]

    @property
    def text(self) -> str:
        """What is wanted, in one line: a machine is made anew when this changes, not when a newer image comes out."""
        return self.id or f"{self.owner}/{self.name}"


@dataclass(frozen=True, kw_only=True)
class Instance:
    """A machine to be made in a cloud."""

    name: str
    pool: str
    role: Literal["control-plane", "node"]
    zone: str
    address: IPv4Address
    type: str
    disk: int
    """GiB."""
    image: ImageQuery
    spot: bool
    reserved_address: bool
    held_image: str = ""
    """What was wanted when `image` was taken, where a new image has to wait (see replacement.py)."""

    @property
    def image_text(self) -> str:
        """Which image was wanted when this one was chosen."""
        return self.held_image or self.image.text

    @property
    def shape(self) -> str:
        """What the cloud stops the machine for, or makes it anew, when it changes."""
        return f"{self.type} {self.image_text}"


def names(pool: Pool) -> list[str]:
    """The machines' names."""
    return [f"{pool.name}-{number}" for number in range(1, pool.count + 1)]


def spots(pool: Pool, zones: tuple[str, ...]) -> Iterator[tuple[str, int]]:
    """Zone and place in that zone's part, of each machine."""
    own, first = pool.zones or zones, pool.first or 0
    return ((own[index % len(own)], first + index // len(own)) for index in range(pool.count))


def site_of(config: ClusterConfig, cloud: Cloud) -> Site:
    """The zones' parts of the node range."""
    return make_site(config.network.node_range, cloud.zones, config.provider)


def make_instances(config: ClusterConfig, cloud: Cloud) -> tuple[Instance, ...]:
    """All machines of all pools, in the order of the configuration; those of groups are the cloud's to make."""
    site = site_of(config, cloud)
    return tuple(
        Instance(
            name=name,
            pool=pool.name,
            role=pool.role,
            zone=zone,
            address=nth_address(site.zone(zone).subnet, place),
            type=pool.type,
            disk=pool.disk,
            image=image_query(pool.image or cloud.image, config.provider, pool.architecture),
            spot=pool.spot,
            reserved_address=pool.reserved_address,
        )
        for pool in config.pools
        if pool.group is None
        for name, (zone, place) in zip(names(pool), spots(pool, cloud.zones), strict=True)
    )


def image_query(image: Image, provider: str, architecture: Literal["amd64", "arm64"]) -> ImageQuery:
    """The setting, with the provider's defaults."""
    owner, name = IMAGES[provider]
    return ImageQuery(
        owner=image.owner or owner,
        name=(image.name or name).replace("{architecture}", architecture),
        id=image.id or "",
        architecture=architecture,
    )


def members(config: ClusterConfig) -> tuple[Machine, ...]:
    """The cluster's machines: those of the configuration, or those that the pools give."""
    if config.cloud is None:
        return config.machines
    pools = {pool.name: pool for pool in config.pools}
    return tuple(_member(one, pools[one.pool], config.cloud.region) for one in make_instances(config, config.cloud))


def labels(pool: Pool, region: str, zone: str) -> dict[str, str]:
    """The labels of the pool's Nodes in that zone."""
    return {
        "topology.kubernetes.io/region": region,
        "topology.kubernetes.io/zone": zone,
        POOL_LABEL: pool.name,
        **pool.labels,
    }


def taint(text: str) -> Taint:
    """`key=value:effect`, as the configuration has it."""
    pair, _, effect = text.rpartition(":")
    key, _, value = pair.partition("=")
    return Taint(key=key, value=value, effect=effect)


def _member(instance: Instance, pool: Pool, region: str) -> Machine:
    return Machine(
        name=instance.name,
        role=instance.role,
        address=instance.address,
        labels=labels(pool, region, instance.zone),
        taints=pool.taints,
        kubernetes_version=pool.kubernetes_version,
    )
