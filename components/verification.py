"""The last step of `pulumi up`: the cluster proves from inside that it does what it should."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi

from components.machines import Machines
from components.plan import Plan
from components.plan.model import Cluster
from components.remote import Step, Told, run_step

SCRIPTS = (
    "verify/report.sh",
    "verify/cluster.sh",
    "verify/access.sh",
    "verify/traffic.sh",
    "verify/objects.yaml",
    "verify/pod.yaml",
    "verify/nodes.template",
)


def node_versions(cluster: Cluster) -> str:
    """`name=version` of every Node that is expected, as `verify.sh` reads it."""
    return " ".join(f"{machine.name}={machine.kubernetes_version}" for machine in cluster.machines)


def group_sizes(cluster: Cluster) -> str:
    """`name=minimum` of every group: its Nodes have names that nobody knows before."""
    return " ".join(f"{group.name}={group.minimum}" for group in cluster.groups)


def verify(plan: Plan, machines: Machines, *, after: Sequence[Told]) -> None:
    """Register the verification: it runs again whenever one of the other steps does."""
    cluster, host = plan.cluster, machines.hosts[plan.rollout.coordinator]
    step = Step(
        name="verification",
        run=("verification.sh", "verify.sh"),
        scripts=SCRIPTS,
        variables={
            "NODES": node_versions(cluster),
            "GROUPS_OF_NODES": group_sizes(cluster),
            "DURING_UP": "yes",
            "POLICY": cluster.network_policy,
            "IMAGE": cluster.images["agnhost"],
            "USERS": "/etc/kubernetes/kube-apiserver/tokens.csv" if cluster.token_users else "",
        },
        secrets={"stage/changes": pulumi.Output.all(*(told.sum for told in after)).apply("\n".join)},
    )
    before = [told.command for told in after]
    run_step("verification", host, step, pulumi.ResourceOptions(depends_on=before))
