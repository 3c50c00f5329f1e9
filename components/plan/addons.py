"""Which addon manifests the cluster gets; they lie at /etc/kubernetes/addons/ on a control plane.

What a cluster can't start without (roles, the policy engine's resources) comes with the control plane: `files.py`.
"""

from collections.abc import Iterator

from components.plan.model import Cluster, File
from components.plan.templates import render

FOLDER = "/etc/kubernetes/addons"


def _names(cluster: Cluster) -> Iterator[str]:
    yield "coredns.yaml"
    if cluster.groups:
        yield "groups.yaml"
    if cluster.metrics_server:
        yield "metrics-server.yaml"
    if cluster.local_volumes:
        yield "local-path-provisioner.yaml"
    if cluster.controller_manager:
        yield "cloud-controller-manager.yaml"
    if cluster.csi:
        yield "csi-driver.yaml"


def addon_files(cluster: Cluster) -> tuple[File, ...]:
    """The manifests in the order in which they are applied; the user's CNI manifests come first."""
    own = (File(path=f"{FOLDER}/network-{n}.yaml", content=text) for n, text in enumerate(cluster.network_manifests))
    machine = cluster.control_planes[0]
    given = (f"{FOLDER}/{name}" for name in _names(cluster))
    return (*own, *(File(path=path, content=render(path, cluster, machine)) for path in given))
