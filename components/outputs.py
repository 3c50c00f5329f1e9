"""The stage `outputs`: what people and other stacks read."""

from collections.abc import Mapping, Sequence

import pulumi

from components.bootstrap.survey import access
from components.config.settings import User
from components.pki import Pki
from components.plan.model import Cluster
from components.remote import Host
from components.verification import node_versions


def export(cluster: Cluster, pki: Pki, users: Sequence[User], hosts: Mapping[str, Host]) -> None:
    """Export the stack's outputs; see docs/outputs.md."""
    pulumi.export(
        "cluster",
        {
            "name": cluster.name,
            "kubernetesVersion": cluster.kubernetes_version,
            "podRange": str(cluster.pod_range),
            "serviceRange": str(cluster.service_range),
            "dnsDomain": cluster.dns_domain,
        },
    )
    pulumi.export("apiServer", cluster.api_server_url)
    pulumi.export(
        "machines",
        {
            machine.name: {
                "role": machine.role,
                "address": str(machine.address),
                "podRange": str(machine.pod_range),
                "kubernetesVersion": machine.kubernetes_version,
            }
            for machine in cluster.machines
        },
    )
    pulumi.export(
        "verification",
        {
            "nodes": node_versions(cluster),
            "policy": cluster.network_policy,
            "image": cluster.images["agnhost"],
            "users": {user.name: list(user.groups) for user in users if user.credential == "token"},
        },
    )
    pulumi.export("certificates", pki.certificates)
    pulumi.export("kubeconfig", pki.kubeconfig)
    pulumi.export("userKubeconfigs", pulumi.Output.secret(pki.kubeconfigs))
    pulumi.export("userTokens", pulumi.Output.secret(pki.tokens))
    if pki.copy_key:
        pulumi.export("backupKey", pki.copy_key.public_key_openssh)
    pulumi.export("operator", access(cluster, hosts))
