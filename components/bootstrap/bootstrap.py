"""Registers every machine's steps: what depends on what is the order of the roll-out."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Sequence

import pulumi

from components.bootstrap import steps
from components.bootstrap.survey import survey
from components.machines import Machines
from components.pki import Pki
from components.plan import Plan
from components.plan.model import Machine
from components.remote import Bastion, Host, Step, run_here, run_step


class Bootstrap(pulumi.ComponentResource):
    """From reachable machines to a cluster with all Nodes Ready.

    Per node three resources (reach, node, register); a control plane has one more, because all may be prepared at once
    while they must start one after the other.
    """

    control_planes: tuple[pulumi.Resource, ...]
    registrations: tuple[pulumi.Resource, ...]

    def __init__(self, name: str, plan: Plan, machines: Machines, pki: Pki) -> None:
        super().__init__("kubernetes:index:Bootstrap", name)
        self._plan, self._machines, self._pki, self._cluster = plan, machines, pki, plan.cluster
        self._survey = survey(plan.cluster, machines, pulumi.ResourceOptions(parent=self))
        cluster = plan.cluster
        self._started: dict[str, pulumi.Resource] = {}
        for machine in cluster.control_planes:
            self._start_control_plane(machine)
        for machine in cluster.nodes:
            self._start_node(machine)
        self.control_planes = tuple(self._started[machine.name] for machine in cluster.control_planes)
        self.registrations = tuple(self._register(machine) for machine in cluster.machines)
        self.register_outputs({})

    def _start_control_plane(self, machine: Machine) -> None:
        # One after the other: each joins a healthy etcd, and a change never takes two away at once.
        before = [self._started[m.name] for m in self._cluster.control_planes if m.name in self._started][-1:]
        prepared = self._run(machine, steps.prepare(self._cluster, machine, self._plan.artifacts, self._pki), [])
        step = steps.control_plane(
            self._cluster, machine, self._plan.artifacts, self._pki, self._plan.extra_files[machine.name]
        )
        self._started[machine.name] = self._run(machine, step, [prepared, *before])

    def _start_node(self, machine: Machine) -> None:
        step = steps.node(self._cluster, machine, self._plan.artifacts, self._pki, self._plan.extra_files[machine.name])
        self._started[machine.name] = self._run(machine, step, [])

    def _run(self, machine: Machine, step: Step, after: Sequence[pulumi.Resource]) -> pulumi.Resource:
        """A step on the machine itself; a machine's first step waits until it answers."""
        host = self._machines.hosts[machine.name]
        after = after or [self._reach(host, step), self._survey]
        opts = pulumi.ResourceOptions(parent=self, depends_on=after, deleted_with=host.instance)
        return run_step(f"{machine.name}-{step.name}", host, step, opts)

    def _reach(self, host: Host, step: Step) -> pulumi.Resource:
        first = host.bastion or host
        # The step's sum is in the text so that the machine is looked for each time before the step runs.
        text = hashlib.sha256(step.text(host, step.run, with_files=True).encode()).hexdigest()[:12]
        command = shlex.join(
            [
                "components/scripts/reach.sh",
                host.name,
                _address(first),
                str(first.port),
                str(self._machines.reach_limit),
            ]
        )
        opts = pulumi.ResourceOptions(parent=self, depends_on=[host.instance] if host.instance else [])
        # So is a sum of its secrets, as standard input: renewed certificates are a reason to look, too.
        secrets = step.packed().apply(lambda packed: hashlib.sha256(packed.encode()).hexdigest())
        return run_here(f"{host.name}-reach", f"{command} # before {step.name} {text}", opts, stdin=secrets)

    def _register(self, machine: Machine) -> pulumi.Resource:
        host = self._machines.hosts[self._cluster.control_planes[0].name]
        opts = pulumi.ResourceOptions(
            parent=self,
            depends_on=[self._started[machine.name], self.control_planes[0]],
            deleted_with=host.instance,
        )
        step = steps.register(self._cluster, machine, self._pki, self._machines.hosts[machine.name].host_key)
        return run_step(f"{machine.name}-register", host, step, opts)


def _address(host: Host | Bastion) -> str:
    return host.address if isinstance(host, Host) else host.host
