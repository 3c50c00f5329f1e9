"""What machines may do in the account: nothing, but for control planes that run the cloud's controller manager.

Their rights are those of upstream's list (docs/prerequisites.md of k8s.io/cloud-provider-aws) that its two controllers
that run here use: none over volumes, routes and auto-scaling groups. The CSI driver's are those of upstream's example
without snapshots: it changes and deletes only volumes that bear its own tag.
"""

from __future__ import annotations

from pathlib import Path

import pulumi
import pulumi_aws as aws

from components.machines.aws.names import Names
from components.plan.cloud import CloudPlan

POLICIES = Path(__file__).with_name("policies")


def make_profile(cloud: CloudPlan, names: Names, opts: pulumi.ResourceOptions) -> pulumi.Output[str] | None:
    """Register the role of control planes; the name of the profile that gives it to them, None where they have none."""
    if not cloud.controller_manager:
        return None
    name = names.of("control-plane")
    role = aws.iam.Role(
        "control-plane-role",
        name=name,
        description=f"Control planes of {names.prefix}",
        assume_role_policy=_text("instance"),
        tags=names.tags("control-plane"),
        opts=opts,
    )
    wanted = ("controller-manager", *(("csi",) if cloud.csi else ()))
    policies = [
        aws.iam.RolePolicy(f"{one}-rights", name=one, role=role.name, policy=_text(one), opts=opts) for one in wanted
    ]
    # A machine that starts with the profile finds the rights there.
    after = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[*policies]))
    profile = aws.iam.InstanceProfile(
        "control-plane-profile", name=name, role=role.name, tags=names.tags("control-plane"), opts=after
    )
    given: pulumi.Output[str] = profile.name
    return given


def _text(name: str) -> str:
    return (POLICIES / f"{name}.json").read_text(encoding="utf-8")
