"""Lists and removes what belongs to a cluster."""

from __future__ import annotations

from . import podman


def list_all() -> list[tuple[str, str, str, str]]:
    """One (kind, name, cluster, state or range) for each container, network and volume of ours, sorted."""
    label = f"label={podman.CLUSTER_LABEL}"
    rows = []
    for container in podman.list_objects("container", label):
        labels = container["Labels"]
        role, cluster = labels.get(podman.ROLE_LABEL, "container"), labels[podman.CLUSTER_LABEL]
        rows.append((role, container["Names"][0], cluster, container["State"]))
    for network in podman.list_objects("network", label):
        cluster, subnet = network["labels"][podman.CLUSTER_LABEL], network["subnets"][0]["subnet"]
        rows.append(("network", network["name"], cluster, subnet))
    for volume in podman.list_objects("volume", label):
        rows.append(("volume", volume["Name"], volume["Labels"][podman.CLUSTER_LABEL], ""))
    return sorted(rows, key=lambda row: (row[2], row[0], row[1]))


def cleanup(cluster: str) -> list[str]:
    """Remove every container, volume and network of the cluster; returns the names of what was removed."""
    label = f"label={podman.CLUSTER_LABEL}={cluster}"
    containers = [container["Names"][0] for container in podman.list_objects("container", label)]
    if containers:
        podman.run("rm", "--force", "--ignore", "--time", "0", "--volumes", *containers)
    volumes = [volume["Name"] for volume in podman.list_objects("volume", label)]
    if volumes:
        podman.run("volume", "rm", "--force", *volumes)
    networks = [network["name"] for network in podman.list_objects("network", label)]
    if networks:
        podman.run("network", "rm", "--force", *networks)
    return [*containers, *volumes, *networks]
