"""The stage `machines`: one module per provider, each with a class `Machines` that has `hosts`, name → `remote.Host`."""

from collections.abc import Mapping
from typing import Protocol

from components.config.settings import ClusterConfig
from components.machines import bare_metal, local
from components.plan.downloads import Artifacts
from components.plan.model import Cluster
from components.remote import Host


class Machines(Protocol):
    """What every provider gives."""

    hosts: Mapping[str, Host]


def make_machines(cluster: Cluster, config: ClusterConfig, artifacts: Artifacts) -> Machines:
    """The machines of the stack's provider."""
    if config.provider == "local":
        return local.Machines("machines", cluster, artifacts)
    return bare_metal.Machines("machines", cluster, config)
