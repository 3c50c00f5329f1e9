"""The stage `addons`: DNS, network policy and the optional services, applied and waited for."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi

from components.machines import Machines
from components.plan import Plan
from components.plan.addons import addon_files
from components.remote import Step, Told, tell


class Addons(pulumi.ComponentResource):
    """Cluster services, applied on a control plane by one step."""

    applied: Told

    def __init__(self, name: str, plan: Plan, machines: Machines, *, after: Sequence[pulumi.Resource]) -> None:
        super().__init__("kubernetes:index:Addons", name)
        host = machines.hosts[plan.rollout.coordinator]
        repair = plan.cluster.repair
        variables = {"REPAIR": repair} if repair else {}
        files = addon_files(plan.cluster)
        step = Step(name="addons", run=("addons.sh",), scripts=(), variables=variables, files=files)
        opts = pulumi.ResourceOptions(parent=self, depends_on=list(after))
        self.applied = tell("addons", host, step, opts)
        self.register_outputs({})
