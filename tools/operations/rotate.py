"""`make rotate WHAT=…`: new keys, authorities or tokens for a running cluster, stage by stage.

The settings say where the cluster should be, the outputs where it is; so the same command goes on, wherever
it was cut off.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from components.config.rotation import Rotation, Staged
from components.plan.rotation import STAGES, Generations
from tools.operations.session import OperationError, Session, say, sessions
from tools.operations.stack import Stack, pulumi, read, run_tool

# WHAT → the name in the settings.
STAGED = {"authorities": "authorities", "service-account": "serviceAccount", "encryption": "encryption", "ssh": "ssh"}
KINDS = (*STAGED, "tokens")
# Seconds between two words about a wait.
PATIENCE = 600


@dataclass(frozen=True, kw_only=True)
class Where:
    """Where a rotation is: `wanted` by the settings, `reached` and `since` by the outputs."""

    wanted: Generations
    reached: Generations
    since: str


def rotate(stack: str, what: str, *, sure: bool) -> int:
    """Go through all stages that are left, or begin with a new generation; `sure` goes on where people have to act.

    The status of the `up` that failed, 0 where all is done. Raises OperationError where somebody has to act first.
    """
    if what not in KINDS:
        raise OperationError(
            f"{stack}: rotate failed: expected WHAT to be one of {', '.join(KINDS)}; found {what or 'nothing'}. "
            f"Next: make rotate STACK={stack} WHAT=encryption"
        )
    if what == "tokens":
        return _tokens(stack)
    while True:
        where = _where(stack, STAGED[what])
        stage = next_stage(where)
        before = {
            ("authorities", "use"): _pods,
            ("authorities", "drop"): _people,
            ("serviceAccount", "drop"): _tokens_end,
            ("ssh", "use"): _backup_host,
        }
        if check := before.get((STAGED[what], stage.stage)):
            check(stack, where, sure)
        if stage != where.wanted:
            _write(stack, STAGED[what], stage)
        say(f"{stack}: rotate: {what}: {stage}")
        if status := run_tool("tools/up", stack):
            return status
        if stage.stage == "drop":
            return 0


def next_stage(where: Where) -> Generations:
    """The stage to bring up: the one that an `up` did not finish, else the one after it."""
    wanted, reached = where.wanted, where.reached
    if wanted != reached:
        return wanted
    if reached.stage == "drop":
        return Generations(generation=reached.generation + 1, stage=STAGES[0])
    return Generations(generation=reached.generation, stage=STAGES[STAGES.index(reached.stage) + 1])


def _settings(stack: str) -> Rotation:
    file = Path(f"stacks/Pulumi.{stack}.yaml")
    config = yaml.safe_load(file.read_text()).get("config", {})
    return Rotation.model_validate(config.get("kubernetes:rotation", {}), by_alias=True, by_name=False)


def _outputs(stack: str) -> dict[str, Any]:
    outputs: dict[str, Any] = json.loads(pulumi("stack", "output", "--stack", stack, "--json"))
    if "cluster" not in outputs:
        raise OperationError(
            f"{stack}: rotate failed: expected a cluster; found no outputs of one. Next: make up STACK={stack}"
        )
    return outputs


def _where(stack: str, name: str) -> Where:
    settings = {"serviceAccount": "service_account"}.get(name, name)
    wanted: Staged = getattr(_settings(stack), settings)
    rotation = _outputs(stack)["cluster"].get("rotation", {})
    known: Mapping[str, Any] = {**rotation.get("before", {}), **(rotation.get("reached") or {})}.get(name, {})
    return Where(
        wanted=Generations(generation=wanted.generation, stage=wanted.stage),
        reached=Generations(generation=known.get("generation", 1), stage=known.get("stage", "drop")),
        since=known.get("since", ""),
    )


def _write(stack: str, name: str, to: Generations) -> None:
    """Both settings in one go."""
    key = f"kubernetes:rotation.{name}"
    values = (f"{key}.generation={to.generation}", f"{key}.stage={to.stage}")
    pulumi("config", "set-all", "--stack", stack, "--path", *(part for one in values for part in ("--plaintext", one)))


def _tokens(stack: str) -> int:
    wanted = _settings(stack).tokens
    reached = int(_outputs(stack)["cluster"].get("rotation", {}).get("tokens") or 1)
    if wanted <= reached:
        wanted = reached + 1
        pulumi("config", "set", "--path", "kubernetes:rotation.tokens", str(wanted), "--stack", stack)
    say(f"{stack}: rotate: tokens: generation {wanted}")
    return run_tool("tools/up", stack)


def _pods(stack: str, where: Where, sure: bool) -> None:
    """Programs in pods trust what they read at their start: those that are older know the old authority alone."""
    if sure or where.reached.stage != "trust":
        return
    old = sorted(older_pods(asyncio.run(_all_pods(read(stack))), where.since))
    if old:
        raise OperationError(
            f"{stack}: rotate waits: expected pods that trust the new authority; found {len(old)} that started before "
            f"it was there: {_some(old)}. Next: start those anew that use the API (kubectl rollout restart …), then "
            f"make rotate STACK={stack} WHAT=authorities SURE=yes"
        )


def older_pods(listed: Mapping[str, Any], since: str) -> list[str]:
    """`namespace/name` of the pods that were given an authority before that time."""
    return [
        f"{pod['metadata']['namespace']}/{pod['metadata']['name']}"
        for pod in listed["items"]
        if pod["metadata"]["creationTimestamp"] < since and _knows_authority(pod)
    ]


def _knows_authority(pod: Mapping[str, Any]) -> bool:
    """Those of the addons were started anew by the stage itself, before it was reached."""
    if "kubernetes-from-scratch/authorities" in pod["metadata"].get("annotations", {}):
        return False
    return any(
        source.get("configMap", {}).get("name") == "kube-root-ca.crt"
        for volume in pod["spec"].get("volumes", [])
        for source in volume.get("projected", {}).get("sources", [])
    )


def _people(stack: str, where: Where, sure: bool) -> None:
    """Users' kubeconfigs and certificates are of the old authority until they are handed out anew."""
    users = sorted(
        json.loads(pulumi("stack", "output", "userKubeconfigs", "--stack", stack, "--json", "--show-secrets"))
    )
    if users and not sure and where.reached.stage == "use":
        raise OperationError(
            f"{stack}: rotate waits: expected users to have their new kubeconfigs; found {_some(users)}, of whom "
            "nobody can know. Next: hand them out (output userKubeconfigs), then "
            f"make rotate STACK={stack} WHAT=authorities SURE=yes"
        )


def _backup_host(stack: str, where: Where, sure: bool) -> None:
    """The host that snapshots are copied to must know the new key."""
    if "nextBackupKey" in _outputs(stack) and not sure and where.reached.stage == "trust":
        raise OperationError(
            f"{stack}: rotate waits: expected the host of backup.copyTo to let the new key in; found nothing that says "
            "so. Next: put the output nextBackupKey into its authorized_keys, then "
            f"make rotate STACK={stack} WHAT=ssh SURE=yes"
        )


def _tokens_end(stack: str, where: Where, sure: bool) -> None:
    """Wait until kubelets have exchanged all tokens of the old key."""
    if where.reached.stage != "use":
        return
    seconds = _settings(stack).service_account.token_seconds
    wait_until(datetime.fromisoformat(where.since) + timedelta(seconds=seconds), lambda text: say(f"{stack}: {text}"))


def wait_until(end: datetime, tell: Callable[[str], None]) -> None:
    """Wait, and say every ten minutes what for."""
    while (left := (end - datetime.now(UTC)).total_seconds()) > 0:
        tell(f"rotate: pods exchange their tokens until {end:%H:%M:%S} UTC; if this is ended, the same command goes on")
        time.sleep(min(left + 1, PATIENCE))


async def _all_pods(stack: Stack) -> Mapping[str, Any]:
    """As the first control plane that answers lists them."""
    command = "kubectl --kubeconfig=/etc/kubernetes/admin.kubeconfig get pods --all-namespaces --output=json"
    async with sessions(stack.access, stack.control_planes) as found:
        for session in found.values():
            if isinstance(session, Session) and (listed := await session.ask(command)):
                pods: Mapping[str, Any] = json.loads(listed)
                return pods
    raise OperationError(
        f"{stack.name}: rotate failed: expected a control plane that lists pods; found none. "
        f"Next: make verify STACK={stack.name}"
    )


def _some(names: list[str]) -> str:
    more = f" and {len(names) - 10} more" if len(names) > 10 else ""
    return ", ".join(names[:10]) + more
