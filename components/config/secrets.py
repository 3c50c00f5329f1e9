"""Pulumi secrets: where they belong, and nowhere else."""

from collections.abc import Collection

from components.config.facts import refuse
from components.config.keys import fields
from components.config.problems import Problem
from components.config.settings import ClusterConfig

KEEP_SECRETS = ("images", "ssh")


def only_where_kept(secret_groups: Collection[str]) -> list[Problem]:
    """Everything else is shown in previews and stands in the state as it is: a secret there would not stay one."""
    rule = "this setting is shown in previews and kept in the state as plain text; a secret would not stay one"
    way_out = "write it as plain text; secrets belong into ssh.privateKey and images.password"
    misplaced = (name for name in sorted(secret_groups) if name in fields(ClusterConfig) and name not in KEEP_SECRETS)
    return [refuse(name, rule, way_out) for name in misplaced]
