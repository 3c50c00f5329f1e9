"""From pools that are groups to what their machines are told: all but what only a machine itself knows.

That stands in files as a blank, and the machine fills it in: `join.py` among the files for machines.
"""

from __future__ import annotations

from components.config.cloud import Cloud
from components.config.pools import Group as Chosen
from components.config.pools import Pool
from components.config.settings import ClusterConfig
from components.plan.model import Group, Member
from components.plan.pools import labels, site_of, taint
from components.plan.site import Zone

NAME, ADDRESS, POD_RANGE = "@NAME@", "@ADDRESS@", "@POD_RANGE@"
SERVER, ZONE, PROVIDER_ID, TOKEN = "@SERVER@", "@ZONE@", "@PROVIDER_ID@", "@TOKEN@"
# How a machine is called in the cloud: by its id on AWS, by its host name on GCE.
PROVIDER_IDS = {"aws": "aws:///@ZONE@/@ID@", "gce": "gce://{project}/@ZONE@/@HOST@"}


def make_groups(config: ClusterConfig, version: str) -> tuple[Group, ...]:
    """All groups, in the order of the configuration; `version` is the cluster's."""
    cloud = config.cloud
    if cloud is None:
        return ()
    return tuple(_group(config, cloud, pool, pool.group, version) for pool in config.pools if pool.group is not None)


def zones_of(config: ClusterConfig, cloud: Cloud, pool: Pool) -> tuple[Zone, ...]:
    """The zones that the pool's machines may be in."""
    site = site_of(config, cloud)
    return tuple(site.zone(name) for name in pool.zones or cloud.zones)


def _group(config: ClusterConfig, cloud: Cloud, pool: Pool, chosen: Chosen, version: str) -> Group:
    zones = zones_of(config, cloud, pool)
    return Group(
        name=pool.name,
        member=Member(
            name=NAME,
            role="node",
            address=ADDRESS,
            pod_range=POD_RANGE,
            api_server_url=SERVER,
            kubernetes_version=pool.kubernetes_version or version,
            labels=labels(pool, cloud.region, ZONE),
            taints=tuple(map(taint, pool.taints)),
            provider_id=PROVIDER_ID,
            labels_itself=True,
        ),
        subnets=tuple(dict.fromkeys(zone.groups for zone in zones if zone.groups)),
        provider_id=PROVIDER_IDS[config.provider].format(project=cloud.project),
        servers={zone.name: f"https://{zone.api_address}:{config.api.port}" for zone in zones},
        minimum=chosen.min,
        token_hours=chosen.token_hours,
    )
