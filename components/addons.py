"""The stage `addons`: DNS, network policy and the optional services, applied and waited for."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi

from components.machines import Machines
from components.plan.addons import addon_files
from components.plan.model import Cluster
from components.remote import Step, Told, tell


class Addons(pulumi.ComponentResource):
    """Cluster services, applied on the first control plane by one step."""

    applied: Told

    def __init__(self, name: str, cluster: Cluster, machines: Machines, *, after: Sequence[pulumi.Resource]) -> None:
        super().__init__("kubernetes:index:Addons", name)
        host = machines.hosts[cluster.control_planes[0].name]
        variables = {"REPAIR": cluster.repair} if cluster.repair else {}
        step = Step(name="addons", run=("addons.sh",), scripts=(), variables=variables, files=addon_files(cluster))
        opts = pulumi.ResourceOptions(parent=self, depends_on=list(after), deleted_with=host.instance)
        self.applied = tell("addons", host, step, opts)
        self.register_outputs({})
