"""Whether the lock file has every file that the machines of these settings fetch."""

from collections.abc import Iterator

from components.config.artifacts import Artifacts
from components.config.problems import ConfigError, Problem
from components.config.settings import ClusterConfig
from components.plan import downloads
from components.plan.cluster import make_cluster
from components.plan.lock import Lock


def missing_files(config: ClusterConfig, lock: Lock, artifacts: Artifacts | None) -> list[Problem]:
    """A problem for each file that is not there, as far as one can tell; for settings that are right by themselves."""
    found = [*_mirror_out_of_reach(config, artifacts), *_not_in_lock(config, lock)]
    return list(dict.fromkeys(found))


def _mirror_out_of_reach(config: ClusterConfig, artifacts: Artifacts | None) -> Iterator[Problem]:
    if artifacts and artifacts.source == "mirror" and config.provider != "local" and artifacts.url is None:
        yield Problem(
            key="kubernetes:binaries.source",
            found="toolchain",
            rule=f"the toolchain's mirror ({artifacts.root}) is served to machines of provider local only",
            way_out=f"serve that folder yourself, and write source: mirror, url: …, lock: {artifacts.lock}",
        )


def _not_in_lock(config: ClusterConfig, lock: Lock) -> Iterator[Problem]:
    try:
        cluster = make_cluster(config, lock)
    except ConfigError as error:
        yield from error.problems
        return
    source = downloads.Artifacts(lock=lock, mirror=None, archives=config.images.source != "registry")
    # Machines of one role and version fetch the same.
    kinds = {(machine.role, machine.kubernetes_version): machine for machine in cluster.machines}
    for machine in kinds.values():
        for lines in (downloads.binary_lines, downloads.image_lines):
            try:
                lines(cluster, machine, source)
            except ConfigError as error:
                yield from error.problems
