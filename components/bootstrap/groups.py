"""Groups of machines that join by themselves: what they find in the cluster, and the order in which all is made."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Sequence

import pulumi

from components.bootstrap import steps
from components.machines import Machines
from components.machines.keys import GroupData
from components.pki import Pki
from components.plan import Plan
from components.plan.model import Cluster, File, Group
from components.remote import Step

Run = Callable[[str, Step, Sequence[pulumi.Resource]], pulumi.Resource]
"""Runs a step on the coordinator, after those."""


def start_group(
    plan: Plan, group: Group, machines: Machines, pki: Pki, run: Run, after: Sequence[pulumi.Resource]
) -> None:
    """Register a group: what its machines fetch goes into the cluster, then the group is made and waited for."""
    step = steps.node(plan.cluster, group.member, plan.artifacts, pki, plan.extra_files[group.name])
    text, packed = step.text_for(group.member.name, step.run, with_files=True, sudo=False), step.packed()
    content = packed.apply(lambda payload: hashlib.sha256((text + payload).encode()).hexdigest()[:12])
    token = pki.group_token(group, content).apply(lambda token: token.environment)
    opened = run(f"{group.name}-join", _open(group, pki, text, packed, token), after)
    data = GroupData(group=group.name, settings=_settings(plan.cluster, group, pki, content))
    made = machines.make_group(data, opened)
    run(f"{group.name}-ready", _await(group, content, token), [made])


def _open(group: Group, pki: Pki, text: str, packed: pulumi.Output[str], token: pulumi.Output[str]) -> Step:
    """On a control plane: the Secret that holds what is installed on the group's machines, and their token."""
    secret = packed.apply(lambda payload: _secret(group.name, step=text, payload=payload))
    return Step(
        name=f"group-{group.name}",
        run=("group.sh",),
        scripts=("admit.sh",),
        variables={"GROUP": group.name, "TOKEN_HOURS": str(group.token_hours)},
        # What is not secret of it, for a preview to show; the script does not read it.
        files=(File(path="shown", content=text.replace("=====END-OF", "-----END-OF"), staged=True),),
        secrets={
            "stage/token.env": token,
            "stage/secret.json": secret,
            # The token's time begins anew with another number.
            "stage/renewal": pki.group_renewal(group).apply(str),
        },
        delete=("group-end.sh",),
    )


def _await(group: Group, content: pulumi.Output[str], token: pulumi.Output[str]) -> Step:
    """On a control plane: waits for the fewest machines of the group, and takes back former tokens."""
    return Step(
        name=f"group-ready-{group.name}",
        run=("group-ready.sh",),
        scripts=("admit.sh",),
        variables={"GROUP": group.name, "GROUP_MIN": str(group.minimum)},
        secrets={"stage/token.env": token, "stage/content": content},
    )


def _secret(group: str, **parts: str) -> str:
    """The Secret as the API takes it."""
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {
                "name": f"join-{group}",
                "namespace": "kube-system",
                "labels": {"kubernetes-from-scratch/group": group},
            },
            "type": "kubernetes-from-scratch/join",
            "data": {name: base64.b64encode(text.encode()).decode() for name, text in parts.items()},
        }
    )


def _settings(cluster: Cluster, group: Group, pki: Pki, content: pulumi.Output[str]) -> pulumi.Output[str]:
    """What a machine knows when it starts, as `join.py` reads it. Secret: the token is in it."""

    def written(known: list[str]) -> str:
        authority, token, content = known
        return json.dumps(
            {
                "pool": group.name,
                "token": token,
                # Read by nobody: with it another content is another template, and machines are made anew.
                "content": content,
                "authority": authority,
                "servers": dict(group.servers),
                "subnets": [str(subnet) for subnet in group.subnets],
                "nodeRange": str(cluster.node_range),
                "podRange": str(cluster.pod_range),
                "podPrefix": cluster.pod_prefix,
                "providerId": group.provider_id,
            },
            indent=1,
        )

    token = pki.group_token(group, content).apply(str)
    settings: pulumi.Output[str] = pulumi.Output.secret(pulumi.Output.all(pki.authority, token, content).apply(written))
    return settings
