"""The plan as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from components.config.artifacts import Artifacts as Decided
from components.config.paths import ROOT
from components.config.previous import PreviousCluster
from components.config.settings import ClusterConfig
from components.plan.addresses import nth_address
from components.plan.cloud import CloudPlan, make_cloud
from components.plan.cluster import make_cluster
from components.plan.downloads import Artifacts
from components.plan.lock import Lock
from components.plan.model import Cluster, File
from components.plan.rollout import Rollout, make_rollout
from components.plan.rotation import Progress, make_progress


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The cluster, what a cloud is asked for, where files come from, the user's own files, the order of changes, and
    where rotations are."""

    cluster: Cluster
    cloud: CloudPlan | None
    artifacts: Artifacts
    extra_files: Mapping[str, tuple[File, ...]]
    rollout: Rollout
    progress: Progress


def make_plan(
    config: ClusterConfig, lock: Lock, decided: Decided | None, previous: PreviousCluster | None = None
) -> Plan:
    """Decide everything; `decided` is what `make tools` found, where a source is `toolchain`, `previous` what the last
    `pulumi up` made."""
    cluster = make_cluster(config, lock, tuple(_text(path) for path in config.network.manifests))
    return Plan(
        cluster=cluster,
        cloud=make_cloud(config, cluster, previous.instances if previous else {}),
        artifacts=_artifacts(config, lock, decided, cluster),
        extra_files={name: _extra_files(config, name) for name in _names(cluster)},
        rollout=make_rollout(cluster, previous, config.rollout.max_unavailable),
        progress=make_progress(cluster.rotation, previous),
    )


def _names(cluster: Cluster) -> list[str]:
    """Of machines, and of groups, whose machines have no names yet."""
    return [*(machine.name for machine in cluster.machines), *(group.name for group in cluster.groups)]


def _text(path: Path) -> str:
    return (ROOT / path.expanduser()).read_text()


def _artifacts(config: ClusterConfig, lock: Lock, decided: Decided | None, cluster: Cluster) -> Artifacts:
    binaries, images = config.binaries, config.images
    archives = images.source == "archives" or (
        images.source == "toolchain" and decided is not None and decided.images == "archives"
    )
    if binaries.source != "toolchain":
        return Artifacts(lock=lock, mirror=binaries.url, archives=archives)
    if decided is None or decided.source == "upstream":
        return Artifacts(lock=lock, mirror=None, archives=archives)
    if decided.url is not None:
        return Artifacts(lock=lock, mirror=decided.url, archives=archives)
    # A mirror on the local machines' own network: the second address of the node range (the first is this computer).
    address = nth_address(cluster.node_range, 2)
    return Artifacts(lock=lock, mirror=f"http://{address}", archives=archives, served_folder=str(decided.root))


def _extra_files(config: ClusterConfig, machine: str) -> tuple[File, ...]:
    return tuple(
        File(path=file.path, content=file.content, mode=file.mode)
        for file in config.extra_files
        if not file.machines or machine in file.machines
    )
