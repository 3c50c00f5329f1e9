"""The machines as a set: who is there, how many, by which provider."""

from collections.abc import Iterator

from components.config.facts import Facts, refuse
from components.config.machine import Machine
from components.config.pools import Pool
from components.config.problems import Problem

# etcd's members vote; more than seven make every write slower and nothing safer.
MOST_CONTROL_PLANES = 7


def place(facts: Facts) -> Iterator[Problem]:
    """On clouds, machines come from `pools`, and `cloud` says where; elsewhere they are listed in `machines`."""
    config, cloud = facts.config, facts.config.provider in ("aws", "gce")
    if not facts.sound("provider"):
        return
    named = (("machines", config.machines), ("cloud", config.cloud), ("pools", config.pools))
    for key, value in named:
        wanted = (key != "machines") if cloud else (key == "machines")
        if value and not wanted:
            instead = "cloud and pools" if cloud else "machines"
            rule = f"provider {config.provider} has {instead}, and no {key}"
            yield refuse(key, rule, f"leave {key} out, and write {instead}")
        elif wanted and not value and facts.sound(key):
            example = {
                "machines": "{name: cp1, role: control-plane, address: 10.80.0.11}",
                "cloud": "{region: eu-central-1, zones: [eu-central-1a]}",
                "pools": "{name: control, role: control-plane, count: 3, first: 10, type: t3.medium}",
            }[key]
            yield refuse(key, f"provider {config.provider} needs {key}", f"add it, for example {key}: {example}")


def names(facts: Facts) -> Iterator[Problem]:
    """No two machines have the same name."""
    seen: dict[str, str] = {}
    for key, machine in facts.machines():
        if machine.name in seen:
            rule = f"no name twice: {seen[machine.name]}.name is the same"
            yield refuse(f"{key}.name", rule, "give it a name of its own", machine.name)
        seen.setdefault(machine.name, key)


def control_planes(facts: Facts) -> Iterator[Problem]:
    """There are 1, 3, 5 or 7 control planes: an even number survives no more losses, and can split in halves.

    One that is gone does not count, and until it is replaced the number may be even.
    """
    if not facts.sound("machines", "pools") and not facts.every_machine("role", "count"):
        return
    kinds = [kind for _, kind in facts.kinds()]
    if not kinds:
        return
    control_planes = [kind for kind in kinds if kind.role == "control-plane"]
    gone = sum(isinstance(kind, Machine) and kind.gone for kind in control_planes)
    count = sum(map(_machines, control_planes)) - gone
    key = "pools" if facts.config.pools else "machines"
    if not control_planes or count + gone == 0:
        rule = "there is at least one control plane"
        way_out = f"give a {key[:-1]} role: control-plane"
        yield refuse(key, rule, way_out, f"none of {sum(map(_machines, kinds))} machines")
    elif count > MOST_CONTROL_PLANES:
        rule = f"there are at most {MOST_CONTROL_PLANES} control planes: each further one makes etcd slower"
        yield refuse(key, rule, "give the others role: node", f"{count} control planes")
    elif count % 2 == 0 and not gone:
        rule = f"the number of control planes is odd: {count} survive the loss of no more machines than {count - 1}"
        yield refuse(key, rule, f"make it {count - 1} or {count + 1}", f"{count} control planes")


def _machines(kind: Machine | Pool) -> int:
    return kind.count if isinstance(kind, Pool) else 1
