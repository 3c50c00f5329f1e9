"""The stage `machines`: one module per provider, each with a class `Machines` of the same shape."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import pulumi

from components.config.settings import ClusterConfig
from components.machines import bare_metal, local
from components.plan import Plan
from components.remote import Host


class Machines(Protocol):
    """What every provider gives: how each machine is reached, by name, and how long it may take to answer."""

    hosts: Mapping[str, Host]
    reach_limit: int
    """Seconds."""
    foundations: Sequence[pulumi.Resource]
    """What must be there before anything is done on a machine, besides the machine."""
    whole: pulumi.Resource | None
    """What goes only when everything goes: then no machine has to leave the others in order. None: there is no such."""


def make_machines(plan: Plan, config: ClusterConfig) -> Machines:
    """The machines of the stack's provider."""
    if config.provider == "local":
        return local.Machines("machines", plan)
    return bare_metal.Machines("machines", config)
