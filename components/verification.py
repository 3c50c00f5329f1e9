"""The last step of `pulumi up`: the cluster proves from inside that it does what it should."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import pulumi

from components.machines import Machines
from components.pki import Pki
from components.plan.model import Cluster
from components.remote import Step, run_step


def verify(cluster: Cluster, machines: Machines, pki: Pki, *, after: Sequence[pulumi.Resource]) -> None:
    """Register the verification: it runs again whenever something of the cluster changed."""
    host = machines.hosts[cluster.control_planes[0].name]
    facts = f"{cluster}"
    step = Step(
        name="verification",
        run=("verification.sh",),
        scripts=(),
        variables={"CLUSTER_SUM": hashlib.sha256(facts.encode()).hexdigest()[:12]},
        # It goes first when everything goes: unregistering then needs no drain, for there is nowhere to move to.
        delete=("ending.sh",),
    )
    run_step("verification", host, step, pulumi.ResourceOptions(depends_on=list(after), deleted_with=host.instance))
