"""Rotations go through their stages one by one: whatever is skipped would shut somebody out."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from components.config.facts import Facts, refuse
from components.config.previous import Reached
from components.config.problems import Problem
from components.plan.rotation import STAGES, Generations, make_rotation


def first_generation(facts: Facts) -> Iterator[Problem]:
    """The first generation has none before it."""
    for name, wanted in make_rotation(facts.config.rotation).staged().items():
        if wanted.generation == 1 and wanted.stage != "drop" and facts.sound(f"rotation.{name}"):
            rule = "the first generation is made with the cluster; only a later one has stages before drop"
            yield refuse(f"rotation.{name}", rule, "write {generation: 2, stage: trust}, or leave it out", str(wanted))


def order(facts: Facts) -> Iterator[Problem]:
    """Each stage follows the one before, of which the last `pulumi up` came to its end."""
    previous = facts.previous
    if previous is None or not previous.versions:
        return
    for name, wanted in make_rotation(facts.config.rotation).staged().items():
        reached = previous.rotation.get(name, Reached())
        now = Generations(generation=reached.generation, stage=reached.stage)
        back = name == "encryption" and now.stage == "drop" and now.generation > 1
        allowed = [now, _next(now), *([Generations(generation=now.generation, stage="use")] if back else [])]
        # That the first generation has no other stage is said above.
        sound = wanted.place >= 0 and facts.sound(f"rotation.{name}")
        if wanted not in allowed and sound:
            rule = f"generations and stages follow each other, each with an up of its own; the cluster is at {now}"
            yield refuse(f"rotation.{name}", rule, f"write {_written(_next(now))}, or {_written(now)}", str(wanted))


def ssh_keys_are_made(facts: Facts) -> Iterator[Problem]:
    """Only a key that the program makes can be made anew by it."""
    config, key = facts.config, "rotation.ssh"
    made = config.provider in ("aws", "gce") or config.backup.copy_to is not None
    if config.rotation.ssh.generation > 1 and not made and facts.sound(key, "provider", "backup"):
        rule = f"with provider {config.provider} the program makes no SSH key that could be made anew"
        yield refuse(key, rule, "leave it out; see docs/rotation.md for keys of your own")


def tokens_are_exchanged(facts: Facts) -> Iterator[Problem]:
    """A token of the old key is good until the key is dropped: kubelets have exchanged all of them by then."""
    previous, key = facts.previous, "rotation.serviceAccount"
    if previous is None or not facts.sound(key):
        return
    wanted = facts.config.rotation.service_account
    reached = previous.rotation.get("serviceAccount", Reached())
    if (reached.generation, reached.stage, wanted.stage) != (wanted.generation, "use", "drop") or not reached.since:
        return
    end = datetime.fromisoformat(reached.since) + timedelta(seconds=wanted.token_seconds)
    if datetime.now(UTC) < end:
        rule = f"pods have exchanged their tokens {wanted.token_seconds} s after the new key came into use"
        yield refuse(f"{key}.stage", rule, f"write stage: use until {end:%Y-%m-%dT%H:%M:%SZ}", wanted.stage)


def _next(now: Generations) -> Generations:
    if now.stage == "drop":
        return Generations(generation=now.generation + 1, stage=STAGES[0])
    return Generations(generation=now.generation, stage=STAGES[STAGES.index(now.stage) + 1])


def _written(one: Generations) -> str:
    return f"{{generation: {one.generation}, stage: {one.stage}}}"
