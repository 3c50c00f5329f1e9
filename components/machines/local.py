"""Machines made on this computer: containers with systemd and SSH, on a network of their own (`tools/machines/`)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import pulumi
import pulumi_tls as tls

from components.machines.keys import GroupData
from components.plan import Plan
from components.plan.model import Machine
from components.remote import Host, run_here

TOOL = "tools/machines/local"


class Machines(pulumi.ComponentResource):
    """A network, a mirror of the artifacts where there is one, and the machines, with keys made for them."""

    hosts: Mapping[str, Host]
    # They answer before their command ends.
    reach_limit = 30
    boots = False
    foundations: Sequence[pulumi.Resource] = ()
    api_addresses: Sequence[pulumi.Output[str]] = ()
    operator_key: pulumi.Output[str] | None = None
    authorized_keys: pulumi.Output[str] | None = None
    images: Mapping[str, pulumi.Input[str]] = MappingProxyType({})

    def __init__(self, name: str, plan: Plan) -> None:
        super().__init__("kubernetes:index:LocalMachines", name)
        cluster, artifacts, own = plan.cluster, plan.artifacts, pulumi.ResourceOptions(parent=self)
        self._cluster = cluster
        self._operator = tls.PrivateKey("operator", algorithm="ED25519", opts=own)
        network = run_here(
            "network",
            f"{TOOL} network create {cluster.name} --range {cluster.node_range}",
            own,
            delete=f"{TOOL} network delete {cluster.name}",
        )
        if artifacts.served_folder is not None:
            served = f"--address {artifacts.mirror_address} --root {artifacts.served_folder}"
            mirror = run_here(
                "mirror",
                f"{TOOL} mirror create {cluster.name} {served}",
                pulumi.ResourceOptions(parent=self, depends_on=[network]),
                delete=f"{TOOL} mirror delete {cluster.name}",
            )
            self.foundations = (mirror,)
        self.hosts = {machine.name: self._machine(machine, network) for machine in (*cluster.machines, *cluster.gone)}
        self.register_outputs({})

    def joined(self, machine: Machine, serving: pulumi.Resource) -> None:
        """HAProxy beside each API server finds out by itself."""

    def make_group(self, data: GroupData, after: pulumi.Resource) -> pulumi.Resource:
        """Groups are for clouds only; a rule has refused them."""
        raise NotImplementedError(data.group)

    def _machine(self, machine: Machine, network: pulumi.Resource) -> Host:
        own = pulumi.ResourceOptions(parent=self)
        host_key = tls.PrivateKey(f"{machine.name}-host-key", algorithm="ED25519", opts=own)
        access = pulumi.Output.all(
            hostKey=host_key.private_key_openssh, authorizedKeys=[self._operator.public_key_openssh]
        )
        # What is there is left as it is; a repair makes what was lost.
        again = f" # {self._cluster.repair}" if self._cluster.repair else ""
        instance = run_here(
            f"{machine.name}-instance",
            f"{TOOL} machine create {machine.name} --network {self._cluster.name} --address {machine.address}{again}",
            pulumi.ResourceOptions(parent=self, depends_on=[network]),
            delete=f"{TOOL} machine delete {machine.name} --label {self._cluster.name}",
            stdin=pulumi.Output.secret(access.apply(json.dumps)),
        )
        return Host(
            name=machine.name,
            address=str(machine.address),
            user="root",
            port=22,
            host_key=host_key.public_key_openssh.apply(str.strip),
            private_key=self._operator.private_key_openssh,
            instance=instance,
        )
