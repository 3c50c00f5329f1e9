"""The stage `machines`: one module per provider, each with a class `Machines` of the same shape."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import pulumi

from components.config.settings import ClusterConfig
from components.machines import bare_metal, local
from components.machines.keys import GroupData
from components.plan import Plan
from components.plan.model import Machine
from components.remote import Host


class Machines(Protocol):
    """What every provider gives: how each machine is reached, by name, and how long it may take to answer."""

    hosts: Mapping[str, Host]
    reach_limit: int
    """Seconds."""
    boots: bool
    """Whether a machine's resource is there before the machine answers, as in a cloud: the survey waits for it."""
    foundations: Sequence[pulumi.Resource]
    """What must be there before anything is done on a machine, besides the machine."""
    api_addresses: Sequence[pulumi.Output[str]]
    """Public addresses of the API that the cloud reserved; the first is in kubeconfigs, all are in its certificates."""

    operator_key: pulumi.Output[str] | None
    """The SSH key that opens the machines, where they are in a cloud and people need it to look at one."""

    authorized_keys: pulumi.Output[str] | None
    """The public SSH keys that machines let in, one a line, where the program makes them; None where a person does."""

    images: Mapping[str, pulumi.Input[str]]
    """Machine → the image it was made from; empty where no machine is made from one of a cloud's."""

    def make_group(self, data: GroupData, after: pulumi.Resource) -> pulumi.Resource:
        """Register that group of the plan, whose machines start once `after` is there."""

    def joined(self, machine: Machine, serving: pulumi.Resource) -> None:
        """A control plane serves once `serving` is there: it may take its share of the API's connections."""


def make_machines(plan: Plan, config: ClusterConfig) -> Machines:
    """The machines of the stack's provider. A cloud's package is imported where that cloud is used: not all have it."""
    if plan.cloud is not None and plan.cloud.later:
        names = ", ".join(plan.cloud.later)
        pulumi.log.warn(f"Machines change type or image one with each pulumi up: run it again for {names}.")
    ssh = plan.cluster.rotation.ssh
    if plan.cloud is not None and plan.cloud.provider == "aws":
        from components.machines import aws

        return aws.Machines("machines", plan.cloud, ssh)
    if plan.cloud is not None:
        from components.machines import gce

        return gce.Machines("machines", plan.cloud, ssh)
    if config.provider == "local":
        return local.Machines("machines", plan)
    return bare_metal.Machines("machines", config)
