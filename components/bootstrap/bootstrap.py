"""Registers every machine's steps: what depends on what is the order of the roll-out."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pulumi

from components.bootstrap import rotation, steps
from components.bootstrap.gone import leave_alone
from components.bootstrap.groups import start_group
from components.bootstrap.survey import survey
from components.machines import Machines
from components.pki import Pki
from components.plan import Plan
from components.plan.model import Machine
from components.remote import Bastion, Host, Step, Told, run_here, tell


class Bootstrap(pulumi.ComponentResource):
    """From reachable machines to a cluster with all Nodes Ready.

    Per node three resources (reach, node, register); a control plane has one more, because all may be prepared at once
    while they must start one after the other. What is deleted with this component is left alone when all goes: no
    machine takes leave of the others then.
    """

    coordinator: pulumi.Resource
    """The start of the control plane on which what concerns all is done."""
    steps: tuple[Told, ...]
    """All that was done on machines."""
    started: Mapping[str, pulumi.CustomResource]
    """Machine → the step after which its kubelet runs."""

    def __init__(self, name: str, plan: Plan, machines: Machines, pki: Pki) -> None:
        super().__init__("kubernetes:index:Bootstrap", name)
        self._plan, self._machines, self._pki, self._cluster = plan, machines, pki, plan.cluster
        self._rollout = plan.rollout
        self._survey = survey(plan.cluster, machines, pulumi.ResourceOptions(parent=self))
        self._steps: list[Told] = []
        self._started: dict[str, pulumi.CustomResource] = {}
        self._registered: dict[str, pulumi.Resource] = {}
        self._given_up: list[pulumi.Resource] = []
        by_name = {machine.name: machine for machine in plan.cluster.machines}
        for control_plane in self._rollout.control_planes:
            self._start_control_plane(by_name[control_plane])
            if control_plane == self._rollout.coordinator:
                self._give_up_the_gone()
        self._control_planes = tuple(self._started.values())
        self.coordinator = self._started[self._rollout.coordinator]
        for control_plane in self._rollout.control_planes:
            self._register(by_name[control_plane])
        for machine in plan.cluster.nodes:
            self._start_node(machine)
            self._register(machine)
        for group in plan.cluster.groups:
            start_group(plan, group, machines, pki, self._run_on_coordinator, self._serving())
        self._rotate()
        self.steps, self.started = tuple(self._steps), self._started
        self.register_outputs({})

    def _start_control_plane(self, machine: Machine) -> None:
        # One after the other: each joins a healthy etcd, and a change never takes two away at once.
        before = [*list(self._started.values())[-1:], *self._given_up]
        prepare = steps.prepare(self._cluster, machine, self._plan.artifacts, self._pki)
        step = steps.control_plane(self._plan, machine, self._pki)
        reach = self._reach(machine, prepare, step)
        # One that runs already is not touched before the one before it serves again.
        touched = before if self._rollout.was_there(machine.name) else []
        prepared = self._run(machine, prepare, [reach, self._survey, *touched])
        # Its end is an act of its own: it leaves the others in order.
        started = self._run(machine, step, [prepared, *before], deleted_with=self)
        self._started[machine.name] = started
        self._machines.joined(machine, started)

    def _give_up_the_gone(self) -> None:
        # Before others start: with a member that does not answer, etcd takes no new one.
        host, coordinator = self._machines.hosts[self._rollout.coordinator], self._started[self._rollout.coordinator]
        for machine in self._cluster.gone:
            leave_alone(machine, self._machines.hosts[machine.name], pulumi.ResourceOptions(parent=self))
            step = steps.give_up(self._cluster, machine)
            opts = pulumi.ResourceOptions(parent=self, depends_on=[coordinator])
            self._given_up.append(self._run_step(f"{machine.name}-give-up", host, step, opts))

    def _start_node(self, machine: Machine) -> None:
        step = steps.node(self._cluster, machine, self._plan.artifacts, self._pki, self._plan.extra_files[machine.name])
        after = [self._reach(machine, step), self._survey]
        if self._rollout.was_there(machine.name):
            earlier = self._rollout.batches[machine.name]
            after += [*self._control_planes, *([self._registered[earlier]] if earlier else [])]
        self._started[machine.name] = self._run(machine, step, after)

    def _run(
        self,
        machine: Machine,
        step: Step,
        after: Sequence[pulumi.Resource],
        *,
        deleted_with: pulumi.Resource | None = None,
    ) -> pulumi.CustomResource:
        """A step on the machine itself; unless something else is said, it goes with the machine."""
        host = self._machines.hosts[machine.name]
        opts = pulumi.ResourceOptions(parent=self, depends_on=after, deleted_with=deleted_with or host.instance)
        if host.identity is not None:
            step = replace(step, secrets={**step.secrets, "stage/identity": host.identity})
        return self._run_step(f"{machine.name}-{step.name}", host, step, opts)

    def _run_step(self, name: str, host: Host, step: Step, opts: pulumi.ResourceOptions) -> pulumi.CustomResource:
        self._steps.append(tell(name, host, step, opts))
        return self._steps[-1].command

    def _run_on_coordinator(self, name: str, step: Step, after: Sequence[pulumi.Resource]) -> pulumi.Resource:
        opts = pulumi.ResourceOptions(parent=self, depends_on=after, deleted_with=self)
        return self._run_step(name, self._machines.hosts[self._rollout.coordinator], step, opts)

    def _serving(self) -> Sequence[pulumi.Resource]:
        """What must serve before a machine is let in: later on all, so that none is older than its kubelet."""
        return [self.coordinator] if self._rollout.first else self._control_planes

    def _reach(self, machine: Machine, *before: Step) -> pulumi.Resource:
        """Waits until the machine answers; looks again whenever one of the steps `before` which it stands will run."""
        host = self._machines.hosts[machine.name]
        first = host.bastion or host
        texts = "".join(step.text(host, step.run, with_files=True) for step in before)
        text = hashlib.sha256(texts.encode()).hexdigest()[:12]
        command = pulumi.Output.from_input(_address(first)).apply(
            lambda address: _reach_command(host.name, address, first.port, self._machines.reach_limit, text)
        )
        opts = pulumi.ResourceOptions(parent=self, depends_on=[host.instance] if host.instance else [])
        # A sum of the steps' secrets comes as standard input: renewed certificates are a reason to look, too, and so is
        # another machine under the same name and address.
        packed = pulumi.Output.all(host.identity or "", *(step.packed() for step in before))
        secrets = packed.apply(lambda parts: hashlib.sha256("".join(parts).encode()).hexdigest())
        return run_here(f"{host.name}-reach", command, opts, stdin=secrets)

    def _register(self, machine: Machine) -> None:
        registrar = self._rollout.registrars[machine.name]
        # A machine that comes later is let in when no API server is older than its kubelet any more.
        others = [] if self._rollout.first else self._control_planes
        opts = pulumi.ResourceOptions(
            parent=self,
            depends_on=[self._started[machine.name], self._started[registrar], *others],
            deleted_with=self,
        )
        own = self._machines.hosts[machine.name]
        shape = self._plan.cloud.instance(machine.name).shape if self._plan.cloud else ""
        step = steps.register(self._cluster, machine, self._pki, own.identity or own.host_key, shape)
        self._registered[machine.name] = self._run_step(
            f"{machine.name}-register", self._machines.hosts[registrar], step, opts
        )

    def _rotate(self) -> None:
        """What a rotation needs beside the machines' own steps, when all control planes are at its stage."""
        chosen, before = self._cluster.rotation, dict[str, pulumi.Resource]()
        if chosen.authorities.stage == "use":
            for machine in self._cluster.machines:
                # As with any change: control planes one at a time, nodes in batches.
                earlier = before.get(self._rollout.batches.get(machine.name) or "")
                after = [*self._control_planes, self._registered[machine.name], *([earlier] if earlier else [])]
                before[machine.name] = self._run(machine, rotation.renew(self._cluster, machine, self._pki), after)
        if chosen.ssh.generation > 1 and self._machines.authorized_keys is not None:
            self._authorize(rotation.authorize(self._machines.authorized_keys))
        if chosen.ever:
            host = self._machines.hosts[self._rollout.coordinator]
            opts = pulumi.ResourceOptions(parent=self, depends_on=self._control_planes)
            self._run_step("rotation", host, rotation.once(self._cluster), opts)

    def _authorize(self, step: Step) -> None:
        for machine in self._cluster.machines:
            self._run(machine, step, [self._survey])
        bastion = rotation.bastion_of(self._machines.hosts[self._rollout.coordinator])
        if bastion is not None:
            opts = pulumi.ResourceOptions(parent=self, depends_on=[self._survey])
            self._run_step("bastion-authorize", bastion, step, opts)


def _address(host: Host | Bastion) -> pulumi.Input[str]:
    return host.address if isinstance(host, Host) else host.host


def _reach_command(name: str, address: str, port: int, limit: int, text: str) -> str:
    parts = ["components/scripts/reach.sh", name, address, str(port), str(limit)]
    return f"{shlex.join(parts)} # before {text}"
