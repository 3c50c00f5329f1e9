"""Registers every machine's steps: what depends on what is the order of the roll-out."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pulumi

from components.bootstrap import steps
from components.bootstrap.survey import survey
from components.machines import Machines
from components.pki import Pki
from components.plan import Plan
from components.plan.model import Machine
from components.remote import Bastion, Host, Step, Told, run_here, tell


class Bootstrap(pulumi.ComponentResource):
    """From reachable machines to a cluster with all Nodes Ready.

    Per node three resources (reach, node, register); a control plane has one more, because all may be prepared at once
    while they must start one after the other.
    """

    control_planes: tuple[pulumi.Resource, ...]
    steps: tuple[Told, ...]
    """All that was done on machines."""
    started: Mapping[str, pulumi.CustomResource]
    """Machine → the step after which its kubelet runs."""

    def __init__(self, name: str, plan: Plan, machines: Machines, pki: Pki) -> None:
        super().__init__("kubernetes:index:Bootstrap", name)
        self._plan, self._machines, self._pki, self._cluster = plan, machines, pki, plan.cluster
        self._survey = survey(plan.cluster, machines, pulumi.ResourceOptions(parent=self))
        cluster = plan.cluster
        self._steps: list[Told] = []
        self._started: dict[str, pulumi.CustomResource] = {}
        for machine in cluster.control_planes:
            self._start_control_plane(machine)
        for machine in cluster.nodes:
            self._start_node(machine)
        self.control_planes = tuple(self._started[machine.name] for machine in cluster.control_planes)
        for machine in cluster.machines:
            self._register(machine)
        self.steps, self.started = tuple(self._steps), self._started
        self.register_outputs({})

    def _start_control_plane(self, machine: Machine) -> None:
        # One after the other: each joins a healthy etcd, and a change never takes two away at once.
        before = [self._started[m.name] for m in self._cluster.control_planes if m.name in self._started][-1:]
        prepare = steps.prepare(self._cluster, machine, self._plan.artifacts, self._pki)
        step = steps.control_plane(
            self._cluster, machine, self._plan.artifacts, self._pki, self._plan.extra_files[machine.name]
        )
        prepared = self._run(machine, prepare, [self._reach(machine, prepare, step), self._survey])
        self._started[machine.name] = self._run(machine, step, [prepared, *before])
        self._machines.joined(machine, self._started[machine.name])

    def _start_node(self, machine: Machine) -> None:
        step = steps.node(self._cluster, machine, self._plan.artifacts, self._pki, self._plan.extra_files[machine.name])
        self._started[machine.name] = self._run(machine, step, [self._reach(machine, step), self._survey])

    def _run(self, machine: Machine, step: Step, after: Sequence[pulumi.Resource]) -> pulumi.CustomResource:
        """A step on the machine itself."""
        host = self._machines.hosts[machine.name]
        opts = pulumi.ResourceOptions(parent=self, depends_on=after, deleted_with=host.instance)
        if host.identity is not None:
            step = replace(step, secrets={**step.secrets, "stage/identity": host.identity})
        return self._run_step(f"{machine.name}-{step.name}", host, step, opts)

    def _run_step(self, name: str, host: Host, step: Step, opts: pulumi.ResourceOptions) -> pulumi.CustomResource:
        self._steps.append(tell(name, host, step, opts))
        return self._steps[-1].command

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
        host = self._machines.hosts[self._cluster.control_planes[0].name]
        opts = pulumi.ResourceOptions(
            parent=self,
            depends_on=[self._started[machine.name], self.control_planes[0]],
            deleted_with=host.instance,
        )
        own = self._machines.hosts[machine.name]
        step = steps.register(self._cluster, machine, self._pki, own.identity or own.host_key)
        self._run_step(f"{machine.name}-register", host, step, opts)


def _address(host: Host | Bastion) -> pulumi.Input[str]:
    return host.address if isinstance(host, Host) else host.host


def _reach_command(name: str, address: str, port: int, limit: int, text: str) -> str:
    parts = ["components/scripts/reach.sh", name, address, str(port), str(limit)]
    return f"{shlex.join(parts)} # before {text}"
