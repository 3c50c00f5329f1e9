"""Lists and removes what belongs to a cluster."""

from __future__ import annotations

from . import network, podman


def list_all() -> list[tuple[str, str, str, str]]:
    """One (kind, name, cluster, state or range) for each container, network and volume of ours, sorted."""
    label = f"label={podman.CLUSTER_LABEL}"
    rows = []
    for container in podman.list_objects("container", label):
        labels = container["Labels"]
        role, cluster = labels.get(podman.ROLE_LABEL, "container"), labels[podman.CLUSTER_LABEL]
        rows.append((role, container["Names"][0], cluster, container["State"]))
    for one in network.find_all(podman.CLUSTER_LABEL):
        rows.append(("network", one.name, one.cluster, str(one.range)))
    for volume in podman.list_objects("volume", label):
        rows.append(("volume", volume["Name"], volume["Labels"][podman.CLUSTER_LABEL], ""))
    return sorted(rows, key=lambda row: (row[2], row[0], row[1]))


def cleanup(cluster: str) -> list[str]:
    """Remove every container, volume and network of the cluster; returns the names of what was removed."""
    label = f"label={podman.CLUSTER_LABEL}={cluster}"
    containers = [container["Names"][0] for container in podman.list_objects("container", label)]
    if containers:
        podman.remove(*containers)
    volumes = [volume["Name"] for volume in podman.list_objects("volume", label)]
    if volumes:
        podman.run("volume", "rm", "--force", *volumes)
    networks = network.find_all(f"{podman.CLUSTER_LABEL}={cluster}")
    for one in networks:
        network.remove(one)
    return [*containers, *volumes, *(one.name for one in networks)]
