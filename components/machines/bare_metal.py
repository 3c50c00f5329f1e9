"""Machines that are there already: nothing is made, they only have to answer SSH with the key that is expected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import pulumi

from components.config.settings import ClusterConfig, Machine
from components.config.ssh import Bastion
from components.machines.keys import GroupData
from components.plan.model import Machine as Member
from components.remote import Bastion as BastionHost
from components.remote import Host


class Machines(pulumi.ComponentResource):
    """The machines of the configuration."""

    hosts: Mapping[str, Host]
    # A machine that was just switched on needs minutes; one that is off should be told soon.
    reach_limit = 60
    boots = False
    foundations: Sequence[pulumi.Resource] = ()
    api_addresses: Sequence[pulumi.Output[str]] = ()
    operator_key: pulumi.Output[str] | None = None
    authorized_keys: pulumi.Output[str] | None = None
    images: Mapping[str, pulumi.Input[str]] = MappingProxyType({})

    def __init__(self, name: str, config: ClusterConfig) -> None:
        super().__init__("kubernetes:index:BareMetalMachines", name)
        private_key = pulumi.Output.secret(_private_key(config))
        self.hosts = {machine.name: _host(machine, config, private_key) for machine in config.machines}
        self.register_outputs({})

    def joined(self, machine: Member, serving: pulumi.Resource) -> None:
        """HAProxy beside each API server finds out by itself."""

    def make_group(self, data: GroupData, after: pulumi.Resource) -> pulumi.Resource:
        """Groups are for clouds only; a rule has refused them."""
        raise NotImplementedError(data.group)


def _private_key(config: ClusterConfig) -> str:
    """The operator's SSH key; the configuration has been checked to have one that can be read."""
    if config.ssh.private_key is not None:
        return config.ssh.private_key.get_secret_value()
    return Path(str(config.ssh.private_key_file)).expanduser().read_text()


def _host(machine: Machine, config: ClusterConfig, private_key: pulumi.Input[str]) -> Host:
    own, common = machine.ssh, config.ssh
    return Host(
        name=machine.name,
        address=str(own.host or machine.address),
        user=own.user or common.user,
        port=own.port or common.port,
        host_key=str(own.host_key),
        private_key=private_key,
        bastion=_bastion(own.bastion or common.bastion),
    )


def _bastion(bastion: Bastion | None) -> BastionHost | None:
    if bastion is None:
        return None
    return BastionHost(host=bastion.host, user=bastion.user, port=bastion.port, host_key=bastion.host_key)
