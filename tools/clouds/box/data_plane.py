"""One cloud in a box: compares the world that is asked for with what there is, and makes the difference good."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tools.clouds.world import Balancer, Instance, World
from tools.machines import cleanup
from tools.machines.errors import MachineError

from . import networks
from .containers import INSTANCE, NETWORK, Container, Containers, cluster_of, first_boot_errors
from .flavour import FLAVOURS
from .health import Health
from .internet import Internet
from .namespace import BoxError, Namespace
from .networks import Networks, View

# Machines that start or stop at the same moment. More only wait for the processor.
AT_ONCE = 4
EXPECTED = (MachineError, BoxError, OSError, KeyError)


@dataclass(frozen=True, kw_only=True)
class Status:
    """What there is, as of the last pass."""

    problems: tuple[str, ...] = ()
    instances: tuple[tuple[Instance, str], ...] = ()
    """With their state: on, booting, off, or what cloud-init complained of."""
    balancers: tuple[tuple[Balancer, tuple[tuple[str, bool, str], ...]], ...] = ()
    """With each target's id, health, and what it lacks."""

    def unsettled(self) -> list[str]:
        """What is not as it was asked for, or not yet."""
        waiting = [f"{one.name}: {state}" for one, state in self.instances if state not in ("on", "off")]
        for balancer, targets in self.balancers:
            waiting += [f"{balancer.id}: target {name}: {why}" for name, healthy, why in targets if not healthy]
        return [*self.problems, *waiting]


class DataPlane:
    """The data plane of one cloud; `changed` is set when a pass is due."""

    def __init__(self, cloud: str, kind: str, mirror: Path | None, changed: threading.Event) -> None:
        self.status = Status()
        self._cloud, self._flavour = cloud, FLAVOURS[kind]
        self._containers = Containers(cloud, self._flavour)
        self._internet = Internet(cloud, self._containers, mirror)
        self._networks = Networks(self._flavour)
        self._health = Health(changed)
        self._problems: list[str] = []

    def clear(self) -> None:
        """Remove everything that belongs to the cloud, also what an earlier daemon left."""
        self._health.follow([])
        cleanup.cleanup(cluster_of(self._cloud))

    def follow(self, world: World) -> None:
        """One pass: afterwards all is as asked for, or `status` says what is not."""
        self._problems = []
        self._containers.forget()
        internet = self._internet.ensure()
        self._remove(world)
        self._make_networks(world, internet)
        self._make_instances(world, self._internet.resolver(internet))
        there = self._containers.find()
        views = [self._view(world, network.id, there) for network in world.networks]
        for view in views:
            self._attempt(view.network.id, partial(self._apply, view, there))
        self._attempt("internet", partial(self._internet.route, internet, networks.public_by_device(views)))
        probes = []
        for view in views:
            probes += self._networks.probes(view, there[NETWORK, view.network.id].namespace)
        self._health.follow(probes)
        self.status = self._look(world, there)

    def _remove(self, world: World) -> None:
        wanted = {(INSTANCE, one.id) for one in world.instances} | {(NETWORK, one.id) for one in world.networks}
        there = self._containers.find()
        for role in (INSTANCE, NETWORK):
            surplus = [one for key, one in there.items() if key[0] == role and key not in wanted]
            self._at_once((one.identity, partial(self._containers.remove, one)) for one in surplus)

    def _make_networks(self, world: World, internet: Namespace) -> None:
        there = self._containers.find()
        for network in world.networks:
            found = there.get((NETWORK, network.id))
            if found is None or not found.running:
                self._attempt(network.id, partial(self._containers.make_network, network.id))
        there = self._containers.find()
        for network in world.networks:
            router = there[NETWORK, network.id].namespace
            self._attempt(network.id, partial(self._networks.connect, network.id, router, internet))

    def _make_instances(self, world: World, resolver: str) -> None:
        there = self._containers.find()
        self._at_once((one.id, partial(self._make_instance, one, there, resolver)) for one in world.instances)

    def _make_instance(self, instance: Instance, there: dict[tuple[str, str], Container], resolver: str) -> None:
        router = there[NETWORK, instance.network].namespace
        found = there.get((INSTANCE, instance.id))
        if found is None:
            self._containers.make_instance(instance, resolver)
        is_running = found is not None and found.running
        if instance.running and not is_running:
            self._containers.switch_on(
                instance, lambda own: networks.connect_instance(self._flavour, router, instance, own)
            )
        elif instance.running and found is not None and "eth0" not in found.namespace.devices():
            # It was rebooted from within: a link goes with its namespace.
            networks.connect_instance(self._flavour, router, instance, found.namespace)
        elif found is not None and is_running and not instance.running:
            self._containers.switch_off(found)

    def _view(self, world: World, network: str, there: dict[tuple[str, str], Container]) -> View:
        on = tuple(
            one
            for one in world.instances
            if one.network == network
            and one.running
            and (found := there.get((INSTANCE, one.id))) is not None
            and found.running
        )
        return View(network=next(one for one in world.networks if one.id == network), instances=on, world=world)

    def _apply(self, view: View, there: dict[tuple[str, str], Container]) -> None:
        router = there[NETWORK, view.network.id].namespace
        self._networks.apply(view, router, self._health.verdicts())
        if self._flavour.passthrough:
            own = {one.id: there[INSTANCE, one.id].namespace for one in view.instances}
            networks.act_as_guest_agent(view, own)

    def _look(self, world: World, there: dict[tuple[str, str], Container]) -> Status:
        verdicts = self._health.verdicts()
        return Status(
            problems=(*self._problems, *_short_groups(world)),
            instances=tuple((one, _state(one, there.get((INSTANCE, one.id)))) for one in world.instances),
            balancers=tuple(
                (one, tuple((target, *_verdict(one, target, verdicts)) for target, _ in one.targets))
                for one in world.balancers
            ),
        )

    def _at_once(self, jobs: Iterable[tuple[str, Callable[[], None]]]) -> None:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for job in jobs:
                pool.submit(self._attempt, *job)

    def _attempt(self, subject: str, job: Callable[[], None]) -> None:
        try:
            job()
        except EXPECTED as error:
            self._problems.append(f"{subject}: {error}")


def _short_groups(world: World) -> list[str]:
    """The groups that have fewer machines than they should, and why."""
    short = [group for group in world.groups if len(group.instances) < group.size]
    return [f"{one.name}: {len(one.instances)} of {one.size} machines: {one.problem}" for one in short]


def _state(instance: Instance, found: Container | None) -> str:
    if found is None or found.running != instance.running:
        return "being made"
    if not found.running:
        return "off"
    errors = first_boot_errors(found.namespace)
    if errors is None:
        return "booting"
    return "on" if not errors else f"cloud-init failed: {'; '.join(errors)}"


def _verdict(
    balancer: Balancer, target: str, verdicts: dict[tuple[str, str], tuple[bool, str]]
) -> tuple[bool, str]:  # fmt: skip
    return (True, "") if balancer.check is None else verdicts.get((balancer.id, target), (False, "switched off"))
