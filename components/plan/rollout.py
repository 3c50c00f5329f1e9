"""In which order a change goes over the machines, and which control plane does what only one does. Pure.

Machines that are new are installed at once and in parallel. Machines that were there are changed in order: control
planes one at a time, then nodes in batches. So a kubelet is never newer than an API server, and a failure stops the
rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from components.config.previous import PreviousCluster
from components.plan.model import Cluster


@dataclass(frozen=True, kw_only=True)
class Rollout:
    """The order. It depends on nothing but the settings and the last outputs, and a change of it runs no step."""

    founder: str
    """The control plane that may found the etcd cluster. It keeps its name for ever: no later one founds a second."""
    coordinator: str
    """The control plane on which machines are registered, addons applied and the cluster verified."""
    control_planes: tuple[str, ...]
    """In the order in which they came, which is that in which they start and change: it is kept, whatever the order of
    the settings, for what is run on the first one would else be run anew on another one."""
    ran: Mapping[str, str]
    """Control plane → the Kubernetes version that it ran before."""
    registrars: Mapping[str, str]
    """Machine → the control plane on which it is registered: another one, for at its end it can't speak for itself."""
    batches: Mapping[str, str | None]
    """A machine that was there → the one that must be Ready again before this one is touched; None: it may be the
    first of its role."""

    @property
    def first(self) -> bool:
        """Whether there was no cluster before."""
        return not self.batches

    def was_there(self, machine: str) -> bool:
        """Whether the machine is one that runs already."""
        return machine in self.batches


def make_rollout(cluster: Cluster, previous: PreviousCluster | None, max_unavailable: int) -> Rollout:
    """The order for this cluster, after what was there; `max_unavailable` nodes change at the same time."""
    before = previous or PreviousCluster()
    # Where no control plane ever came to serve, nothing runs yet: an `up` that failed leaves outputs, too.
    known = before.machines if before.versions else {}
    there = {machine.name for machine in cluster.machines if known.get(machine.name) == machine.role}
    names = [machine.name for machine in cluster.control_planes]
    ordered = list(dict.fromkeys((*(name for name in before.control_planes if name in names), *names)))
    coordinator, deputy = ordered[0], ordered[min(1, len(ordered) - 1)]
    return Rollout(
        founder=before.founder or ordered[0],
        coordinator=coordinator,
        control_planes=tuple(ordered),
        ran={name: version for name, version in before.versions.items() if name in names},
        registrars={
            machine.name: deputy if machine.name == coordinator else coordinator for machine in cluster.machines
        },
        batches={
            **_each_after([name for name in ordered if name in there], 1),
            **_each_after([machine.name for machine in cluster.nodes if machine.name in there], max_unavailable),
        },
    )


def _each_after(names: list[str], together: int) -> dict[str, str | None]:
    """Name → the one `together` places before it."""
    return {name: names[place - together] if place >= together else None for place, name in enumerate(names)}
