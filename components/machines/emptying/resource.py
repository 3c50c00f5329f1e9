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
            machines=[self._target(host) for host in self.control_planes],
        )
        return run_here(
            f"{one.name}-emptying",
            # A new machine has no pods.
            "true",
            self.opts,
            update=shlex.join(["python", "-m", "components.machines.emptying", *arguments]),
            stdin=pulumi.Output.secret(access.apply(json.dumps)),
        )

    def _target(self, host: Host) -> dict[str, object]:
        address = str(self.cloud.instance(host.name).address)
        return host.target(role="control-plane", address=address, api_port=self.cloud.api_port)
