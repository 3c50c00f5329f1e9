"""The stage `addons`: DNS, network policy and the optional services, applied and waited for; then the verification."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi

from components.plan.addons import addon_files
from components.plan.model import Cluster, File
from components.remote import Host, Step, run_step


class Addons(pulumi.ComponentResource):
    """Cluster services, applied on a control plane by one step; it does not wait for nodes."""

    def __init__(self, name: str, cluster: Cluster, host: Host, *, after: Sequence[pulumi.Resource]) -> None:
        super().__init__("kubernetes:index:Addons", name)
        files = tuple(
            File(path=f"{ADDONS}/own-network-{place}.yaml", content=text)
            for place, text in enumerate(cluster.network_manifests)
        )
        step = Step(
            name="addons",
            run=("addons.sh",),
            scripts=(),
            files=(*addon_files(cluster), *files),
        )
        self.applied = run_step(
            "addons",
            host,
            step,
            pulumi.ResourceOptions(parent=self, depends_on=list(after), deleted_with=host.instance),
        )
        self.register_outputs({})
