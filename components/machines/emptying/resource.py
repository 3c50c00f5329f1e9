"""The command as a resource."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass

import pulumi

from components.plan.cloud import CloudPlan
from components.plan.pools import Instance
from components.remote import Host, run_here


@dataclass(frozen=True, kw_only=True)
class Emptying:
    """How nodes are emptied: through one of the control planes."""

    cloud: CloudPlan
    control_planes: tuple[Host, ...]
    opts: pulumi.ResourceOptions

    def before(self, one: Instance) -> pulumi.Resource:
        """Register the command; the machine's instance has to depend on it."""
        arguments = [one.name, one.shape, str(self.cloud.drain_timeout)]
        access = pulumi.Output.all(
            private_key=self.control_planes[0].private_key,
            machines=[_target(host, self.cloud) for host in self.control_planes],
        )
        return run_here(
            f"{one.name}-emptying",
            # A new machine has no pods.
            "true",
            self.opts,
            update=shlex.join(["python", "-m", "components.machines.emptying", *arguments]),
            stdin=pulumi.Output.secret(access.apply(json.dumps)),
        )


def _target(host: Host, cloud: CloudPlan) -> dict[str, object]:
    bastion = host.bastion and {
        "host": host.bastion.host,
        "port": host.bastion.port,
        "user": host.bastion.user,
        "host_key": host.bastion.host_key,
    }
    return {
        "name": host.name,
        "role": "control-plane",
        "address": str(cloud.instance(host.name).address),
        "api_port": cloud.api_port,
        "host": host.address,
        "port": host.port,
        "user": host.user,
        "host_key": host.host_key,
        "bastion": bastion,
    }
