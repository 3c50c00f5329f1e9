"""The stage `outputs`: what people and other stacks read."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime

import pulumi

from components.bootstrap import Bootstrap
from components.bootstrap.survey import access
from components.config.settings import User
from components.machines import Machines
from components.pki import Pki
from components.plan import Plan
from components.plan.capacity import capacity
from components.plan.model import Machine
from components.verification import group_sizes, node_versions


def export(plan: Plan, machines: Machines, pki: Pki, bootstrap: Bootstrap, users: Sequence[User]) -> None:
    """Export the stack's outputs; see docs/outputs.md."""
    cluster, rollout = plan.cluster, plan.rollout
    pulumi.export(
        "cluster",
        {
            "name": cluster.name,
            "kubernetesVersion": cluster.kubernetes_version,
            "podRange": str(cluster.pod_range),
            "serviceRange": str(cluster.service_range),
            "dnsDomain": cluster.dns_domain,
            **({"rotation": _rotation(plan, bootstrap)} if cluster.rotation.ever else {}),
            "founder": rollout.founder,
            "controlPlanes": list(rollout.control_planes),
            **({"groups": bool(cluster.groups)} if plan.cloud else {}),
            "gone": [machine.name for machine in cluster.gone],
            # What is not known at the end of an `up` that failed is left out: that control plane runs what it ran.
            "runs": {machine.name: _reached(machine, bootstrap) for machine in cluster.control_planes},
            # A new one ran what it now runs, so that the next preview finds no difference.
            "ran": {
                machine.name: rollout.ran.get(machine.name) or _reached(machine, bootstrap)
                for machine in cluster.control_planes
            },
        },
    )
    pulumi.export("apiServer", pki.api_server)
    pulumi.export(
        "machines", {machine.name: _machine(plan, machine, machines, bootstrap) for machine in cluster.machines}
    )
    pulumi.export(
        "verification",
        {
            "nodes": node_versions(cluster),
            "groups": group_sizes(cluster),
            "policy": cluster.network_policy,
            "image": cluster.images["agnhost"],
            "outside": plan.cloud is not None,
            "users": {user.name: list(user.groups) for user in users if user.credential == "token"},
        },
    )
    pulumi.export("plan", capacity(plan))
    if machines.operator_key is not None:
        pulumi.export("operatorKey", pulumi.Output.secret(machines.operator_key))
    pulumi.export("certificates", pki.certificates)
    pulumi.export("kubeconfig", pki.kubeconfig)
    pulumi.export("userKubeconfigs", pulumi.Output.secret(pki.kubeconfigs))
    pulumi.export("userTokens", pulumi.Output.secret(pki.tokens))
    if pki.copy_key:
        pulumi.export("backupKey", pki.copy_key.public_key_openssh)
    if pki.next_copy_key:
        pulumi.export("nextBackupKey", pki.next_copy_key.public_key_openssh)
    pulumi.export("operator", access(cluster, machines.hosts))


def _rotation(plan: Plan, bootstrap: Bootstrap) -> dict[str, object]:
    """Where each rotation is: known when all machines are there; in any case where it was before."""
    everywhere = pulumi.Output.all(*(told.command.id for told in bootstrap.steps))
    return {
        "before": {name: asdict(one) for name, one in plan.progress.before.items()},
        "reached": everywhere.apply(lambda _: plan.progress.reached(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}")),
        "tokens": everywhere.apply(lambda _: plan.cluster.rotation.tokens),
    }


def _reached(machine: Machine, bootstrap: Bootstrap) -> pulumi.Output[str]:
    version = machine.kubernetes_version
    return bootstrap.started[machine.name].id.apply(lambda _: version)


def _machine(plan: Plan, machine: Machine, machines: Machines, bootstrap: Bootstrap) -> dict[str, object]:
    facts: dict[str, object] = {
        "role": machine.role,
        "address": str(machine.address),
        "podRange": str(machine.pod_range),
        "kubernetesVersion": machine.kubernetes_version,
    }
    if plan.cloud is None:
        return facts
    instance = plan.cloud.instance(machine.name)
    # Known once the machine has done its first steps: the next `up` takes it for finished then (plan/replacement.py).
    image = pulumi.Output.all(machines.images[machine.name], bootstrap.started[machine.name].id)
    return {
        **facts,
        "zone": instance.zone,
        "type": instance.type,
        "image": instance.image_text,
        "imageId": image.apply(lambda known: known[0]),
    }
