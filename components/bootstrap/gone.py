"""A machine that is lost for good: what was done on it stays in the state, and nothing is done there any more."""

from __future__ import annotations

import pulumi

from components.plan.model import Machine
from components.remote import Host, leave_step_alone


def leave_alone(machine: Machine, host: Host, opts: pulumi.ResourceOptions) -> None:
    """Keep the machine's steps as they are, so that they go without a word to it when its line goes.

    Its Node and its etcd member are taken out by another control plane (`steps.give_up`). Its registration is kept as
    well: it may be on a control plane that is gone, too.
    """
    own = ("prepare", "control-plane") if machine.role == "control-plane" else ("node",)
    for step in (*own, "register"):
        leave_step_alone(f"{machine.name}-{step}", host, opts)
