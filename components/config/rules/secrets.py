"""Pulumi secrets: where they belong, and nowhere else."""

from collections.abc import Iterator

from components.config.facts import Facts, refuse
from components.config.keys import fields
from components.config.problems import Problem
from components.config.settings import ClusterConfig

KEEP_SECRETS = ("images", "ssh")


def only_where_kept(facts: Facts) -> Iterator[Problem]:
    """Everything else is shown in previews and stands in the state as it is: a secret there would not stay one."""
    for name in sorted(facts.secret_keys):
        if name in fields(ClusterConfig) and name not in KEEP_SECRETS:
            rule = "this setting is shown in previews and kept in the state as plain text; a secret would not stay one"
            yield refuse(name, rule, "write it as plain text; secrets belong into ssh.privateKey and images.password")
