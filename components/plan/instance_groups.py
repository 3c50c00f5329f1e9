"""Groups of machines as a cloud is asked for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from components.config.cloud import Cloud
from components.config.settings import ClusterConfig
from components.plan.groups import zones_of
from components.plan.model import Taint
from components.plan.pools import POOL_LABEL, ImageQuery, image_query, taint
from components.plan.site import Zone


@dataclass(frozen=True, kw_only=True)
class InstanceGroup:
    """A group of machines that a cloud makes by a template."""

    name: str
    """The pool's."""
    zones: tuple[Zone, ...]
    type: str
    disk: int
    """GiB."""
    image: ImageQuery
    spot: bool
    minimum: int
    maximum: int
    count: int
    """How many there are at first."""
    labels: Mapping[str, str]
    """Of its Nodes, as far as they are the same in all zones: an autoscaler is told what a new machine would be."""
    taints: tuple[Taint, ...]

    @property
    def fixed(self) -> bool:
        """Whether its size is always `count`; else it is left alone once the group is there."""
        return self.minimum == self.maximum


def make_instance_groups(config: ClusterConfig, cloud: Cloud) -> tuple[InstanceGroup, ...]:
    """All groups, in the order of the configuration."""
    return tuple(
        InstanceGroup(
            name=pool.name,
            zones=zones_of(config, cloud, pool),
            type=pool.type,
            disk=pool.disk,
            image=image_query(pool.image or cloud.image, config.provider, pool.architecture),
            spot=pool.spot,
            minimum=pool.group.min,
            maximum=pool.group.max,
            count=pool.count,
            labels={POOL_LABEL: pool.name, **pool.labels},
            taints=tuple(map(taint, pool.taints)),
        )
        for pool in config.pools
        if pool.group is not None
    )
