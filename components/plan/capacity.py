"""How large the cluster is, and how near it comes to limits: the output `plan`."""

from __future__ import annotations

from components.plan.cloud import routes_needed
from components.plan.instance_groups import InstanceGroup
from components.plan.plan import Plan
from components.plan.site import API_PLACE, RESERVED_LAST

# A range's own two addresses and the gateway's.
UNUSABLE = 3


def capacity(plan: Plan) -> dict[str, object]:
    """Counts of machines, addresses, routes and pods, each as `used` of `limit`; the machines of a cloud by type.

    Groups are listed apart, with the sizes they may have; of theirs, the fewest machines count for pods.
    """
    cluster, cloud = plan.cluster, plan.cloud
    machines = len(cluster.machines)
    result: dict[str, object] = {
        "machines": {"controlPlanes": len(cluster.control_planes), "nodes": len(cluster.nodes)},
        "nodeAddresses": {"used": machines, "limit": cluster.node_range.num_addresses - UNUSABLE},
        # Workloads go to nodes, or where there are none to control planes.
        "pods": {"limit": (cluster.node_count or len(cluster.control_planes)) * cluster.pods_per_node},
    }
    if cloud is None:
        return result
    kept = API_PLACE + 1 + RESERVED_LAST
    free = sum(zone.subnet.num_addresses - kept for zone in cloud.site.zones)
    types = sorted({one.type for one in cloud.instances})
    return {
        **result,
        "nodeAddresses": {"used": machines, "limit": free},
        "types": {name: sum(one.type == name for one in cloud.instances) for name in types},
        **({"groups": {one.name: _sizes(one) for one in cloud.groups}} if cloud.groups else {}),
        "routes": {"used": routes_needed(len(cloud.routes)) if cloud.routes else 0, "limit": cloud.route_quota},
        "publicAddresses": {"used": cloud.addresses, "limit": cloud.address_quota},
    }


def _sizes(group: InstanceGroup) -> dict[str, object]:
    return {"type": group.type, "atFirst": group.count, "min": group.minimum, "max": group.maximum}
