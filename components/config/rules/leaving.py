"""What a running cluster must keep while machines leave it."""

from collections.abc import Iterator

from components.config.facts import Facts, refuse
from components.config.problems import Problem
from components.plan.pools import names


def gone(facts: Facts) -> Iterator[Problem]:
    """Only a machine that was there can be gone: of another one there is nothing to take out."""
    previous = facts.previous
    for key, machine in facts.machines():
        known = previous is not None and (machine.name in previous.machines or machine.name in previous.gone)
        if machine.gone and not known:
            rule = "only a machine that is in the cluster can be gone from it"
            yield refuse(f"{key}.gone", rule, "take its line out", True)


def gone_before_others_leave(facts: Facts) -> Iterator[Problem]:
    """A machine that leaves is signed off on a control plane: not on one that is lost."""
    previous = facts.previous
    if previous is None or not facts.every_machine("name", "role", "gone"):
        return
    lines = facts.config.machines
    lost = [m.name for m in lines if m.gone and m.role == "control-plane" and m.name not in previous.gone]
    leaving = sorted(set(previous.machines) - {machine.name for machine in lines})
    if lost and leaving and not facts.config.pools:
        rule = f"while {lost[0]} is given up no other machine leaves, for it may be signed off there"
        found = f"no line of {', '.join(leaving)}"
        yield refuse("machines", rule, f"keep {leaving[0]} until the next pulumi up", found)


def control_plane_stays(facts: Facts) -> Iterator[Problem]:
    """One of the control planes that were there stays: the others join its etcd, and leave it."""
    if not facts.every_machine("role", "gone", "name", "count"):
        return
    before = facts.previous.machines if facts.previous else {}
    there = [name for name, role in before.items() if role == "control-plane"]
    here = {machine.name for machine in facts.config.machines if machine.role == "control-plane" and not machine.gone}
    here |= {name for pool in facts.config.pools if pool.role == "control-plane" for name in names(pool)}
    if there and here and not here.intersection(there):
        rule = f"one of the control planes that hold the cluster's data stays: {', '.join(there)}"
        way_out = f"keep {there[0]} until others have joined, or destroy the cluster and make it anew"
        key = "pools" if facts.config.pools else "machines"
        yield refuse(key, rule, way_out, f"control planes {', '.join(sorted(here))}")
    elif not here and any(machine.role == "control-plane" for machine in facts.config.machines):
        rule = "one of the control planes is not gone"
        yield refuse("machines", rule, "restore a backup on new machines", "all control planes gone")
