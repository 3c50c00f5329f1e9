"""A security group for each role, with the plan's rules; each rule is a resource, so that a preview names it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

import pulumi
import pulumi_aws as aws

from components.machines.aws.names import Names
from components.machines.aws.network import ANYWHERE
from components.plan.firewall import MACHINES, Role, Rule


@dataclass(frozen=True, kw_only=True)
class Firewall:
    """The groups by role, and all that must be there before a machine can be reached."""

    groups: Mapping[Role, aws.ec2.SecurityGroup]
    rules: list[pulumi.Resource] = field(default_factory=list)


def make_firewall(
    rules: tuple[Rule, ...], vpc_id: pulumi.Input[str], names: Names, opts: pulumi.ResourceOptions
) -> Firewall:
    """Register groups and rules."""
    roles = dict.fromkeys(role for rule in rules for role in (rule.to, *rule.roles))
    firewall = Firewall(groups={role: _group(role, vpc_id, names, opts) for role in roles})
    for role, group in firewall.groups.items():
        out = aws.vpc.SecurityGroupEgressRule(
            f"{role}-out", security_group_id=group.id, ip_protocol="-1", cidr_ipv4=ANYWHERE, opts=opts
        )
        firewall.rules.append(out)
    for rule in rules:
        firewall.rules.extend(_rule(rule, firewall.groups, opts))
    return firewall


def _group(role: Role, vpc_id: pulumi.Input[str], names: Names, opts: pulumi.ResourceOptions) -> aws.ec2.SecurityGroup:
    return aws.ec2.SecurityGroup(
        role,
        # A name of its own: one that AWS or Pulumi makes up would be another one after each replacement.
        name=names.of(role),
        description=f"{names.prefix}: {role}",
        vpc_id=vpc_id,
        # The controller manager takes its rules back out of groups that have the tag only.
        tags=names.owned(role) if role in MACHINES else names.tags(role),
        opts=opts,
    )


def _rule(
    rule: Rule, groups: Mapping[Role, aws.ec2.SecurityGroup], opts: pulumi.ResourceOptions
) -> list[pulumi.Resource]:
    """One for each source: AWS takes one in a rule."""
    first, last = _ports(rule)
    make = partial(
        aws.vpc.SecurityGroupIngressRule,
        security_group_id=groups[rule.to].id,
        description=rule.description,
        ip_protocol="-1" if rule.protocol == "all" else rule.protocol,
        from_port=first,
        to_port=last,
        opts=opts,
    )
    ranges = [
        make(f"{rule.name}-from-{str(source).replace('/', '-')}", cidr_ipv4=str(source)) for source in rule.ranges
    ]
    roles = [make(f"{rule.name}-from-{role}", referenced_security_group_id=groups[role].id) for role in rule.roles]
    return [*ranges, *roles]


def _ports(rule: Rule) -> tuple[int | None, int | None]:
    """First and last port; for ICMP AWS takes type and code there, -1 for all."""
    if rule.protocol == "all":
        return None, None
    if rule.protocol == "icmp":
        return -1, -1
    first, _, last = rule.ports.partition("-")
    return int(first), int(last or first)
