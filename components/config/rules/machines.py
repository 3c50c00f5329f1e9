"""The machines as a set: who is there, how many, by which provider."""

from collections.abc import Iterator

from components.config.facts import Facts, refuse
from components.config.problems import Problem

# etcd's members vote; more than seven make every write slower and nothing safer.
MOST_CONTROL_PLANES = 7


def provider(facts: Facts) -> Iterator[Problem]:
    """Providers `aws` and `gce` are not available in this version."""
    if facts.config.provider in ("aws", "gce"):
        rule = f"{facts.config.provider} is not available in this version"
        yield refuse(
            "provider", rule, "write local, or bare-metal with machines that you made there", facts.config.provider
        )


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
    if not facts.sound("machines") and not facts.every_machine("role"):
        return
    control_planes = [machine for machine in facts.config.machines if machine.role == "control-plane"]
    count = sum(not machine.gone for machine in control_planes)
    if not control_planes:
        rule = "there is at least one control plane"
        yield refuse(
            "machines", rule, "give a machine role: control-plane", f"none of {len(facts.config.machines)} machines"
        )
    elif count > MOST_CONTROL_PLANES:
        rule = f"there are at most {MOST_CONTROL_PLANES} control planes: each further one makes etcd slower"
        yield refuse("machines", rule, "give the others role: node", f"{count} control planes")
    elif count % 2 == 0 and count == len(control_planes):
        rule = f"the number of control planes is odd: {count} survive the loss of no more machines than {count - 1}"
        yield refuse("machines", rule, f"make it {count - 1} or {count + 1}", f"{count} control planes")
