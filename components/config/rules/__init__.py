"""What must hold between settings, and between settings and the world around them.

Each rule takes the `Facts` and yields a problem for every place where it does not hold.
"""

from collections.abc import Callable, Iterable

from components.config.facts import Facts
from components.config.problems import Problem
from components.config.rules import (
    access,
    addresses,
    cloud,
    extra_args,
    extra_files,
    fixed,
    leaving,
    machines,
    pod_network,
    pools,
    ranges,
    sources,
    ssh,
    versions,
)

Rule = Callable[[Facts], Iterable[Problem]]

RULES: tuple[Rule, ...] = (
    machines.place,
    machines.names,
    machines.control_planes,
    leaving.gone,
    leaving.gone_before_others_leave,
    leaving.control_plane_stays,
    ranges.private_ranges,
    ranges.separate_ranges,
    ranges.service_range_size,
    ranges.pod_slots,
    addresses.machine_addresses,
    addresses.virtual_address,
    addresses.own_pod_ranges,
    cloud.region_and_zones,
    cloud.cluster_name,
    cloud.node_range,
    cloud.network,
    cloud.who_may_come,
    cloud.balancer,
    cloud.controller_manager,
    cloud.addons_are_there,
    cloud.images,
    cloud.quotas,
    pools.names,
    pools.zones,
    pools.places,
    pools.kinds,
    pod_network.manifests,
    pod_network.policy,
    versions.known,
    versions.kubelets,
    versions.upgrade,
    fixed.fixed,
    fixed.control_planes_stay,
    ssh.makes_its_own,
    ssh.private_key,
    ssh.secret_stays_secret,
    ssh.host_keys,
    ssh.targets,
    sources.binaries,
    sources.toolchain,
    sources.images,
    sources.archives,
    access.api_port,
    access.users,
    access.certificates,
    extra_args.extra_args,
    extra_files.extra_files,
)
