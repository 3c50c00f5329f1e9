"""The plan's firewall rules. Machines are told apart by network tags, one for each role."""

from __future__ import annotations

import pulumi
import pulumi_gcp as gcp

from components.machines.gce.names import Names
from components.plan.firewall import Rule


def make_firewall(
    rules: tuple[Rule, ...], network: pulumi.Input[str], names: Names, opts: pulumi.ResourceOptions
) -> list[pulumi.Resource]:
    """Register the rules. One without a source is left out: to Google it would mean everyone."""
    return [_rule(rule, network, names, opts) for rule in rules if rule.roles or rule.ranges]


def _rule(rule: Rule, network: pulumi.Input[str], names: Names, opts: pulumi.ResourceOptions) -> gcp.compute.Firewall:
    ports = [rule.ports] if rule.ports else None
    return gcp.compute.Firewall(
        rule.name,
        name=names.of(rule.name),
        description=rule.description,
        network=network,
        direction="INGRESS",
        target_tags=[names.role(rule.to)],
        source_tags=[names.role(role) for role in rule.roles] or None,
        source_ranges=[str(source) for source in rule.ranges] or None,
        destination_ranges=[str(rule.destination)] if rule.destination else None,
        allows=[gcp.compute.FirewallAllowArgs(protocol=rule.protocol, ports=ports)],
        opts=opts,
    )
