"""Instance refreshes: a group's machines are replaced some at a time. moto does not have them."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from xml.sax.saxutils import escape

from tools.clouds.aws import state
from tools.clouds.aws.call import Call, RefusedError

_OPEN: Final = "InProgress"
# The values of AWS where the request has none, in percent and in seconds.
_MIN_HEALTHY: Final = 90
_MAX_HEALTHY: Final = 100


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(kw_only=True)
class Refresh:
    """One instance refresh. `old`: IDs of the instances that it replaces; `warmup` in seconds."""

    old: set[str]
    min_healthy: int
    max_healthy: int
    warmup: int
    total: int
    identity: str = field(default_factory=lambda: str(uuid.uuid4()))
    started: str = field(default_factory=_now)
    ended: str = ""
    status: str = _OPEN

    @property
    def percent(self) -> int:
        """How much of it is done."""
        return 100 - 100 * len(self.old) // self.total if self.total else 100

    def end(self, status: str) -> None:
        """Nothing comes after this."""
        self.status, self.ended = status, _now()


def advance(group: Any, drop: Callable[[Any], None]) -> int:
    """Does the next step that is due; returns how many machines more than usual the group is to have meanwhile."""
    refresh = _open(group)
    if refresh is None:
        return 0
    members = group.members()
    refresh.old &= {member.instance.id for member in members}
    old = [member for member in members if member.instance.id in refresh.old]
    desired = group.desired_capacity or 0
    new = [member for member in members if member not in old]
    warm = all(time.monotonic() - member.since >= refresh.warmup for member in new)
    spare = 1 if refresh.max_healthy > _MAX_HEALTHY and desired else 0
    if not warm:
        return spare if old or len(members) > desired else 0
    if not old:
        if len(members) >= desired:
            refresh.end("Successful")
        return 0
    if len(members) >= desired + spare:
        may_miss = 1 if spare else max(1, desired * (100 - refresh.min_healthy) // 100)
        for member in old[:may_miss]:
            drop(member)
            refresh.old.discard(member.instance.id)
    return spare if refresh.old else 0


def _open(group: Any) -> Refresh | None:
    history = group.refreshes
    return history[-1] if history and history[-1].status == _OPEN else None


def _group(call: Call) -> Any:
    name = call["AutoScalingGroupName"]
    group = state.groups(call.region).get(name)
    if group is None:
        raise RefusedError("ValidationError", f"AutoScalingGroup name not found - AutoScalingGroup '{name}' not found")
    return group


def _start(call: Call) -> str:
    group = _group(call)
    if _open(group):
        raise RefusedError("InstanceRefreshInProgress", "An Instance Refresh is already in progress and blocks the "
                           "execution of this Instance Refresh.")  # fmt: skip
    members = group.members()
    skips = call["Preferences.SkipMatching"].lower() == "true"
    grace = group.health_check_grace_period or 0
    refresh = Refresh(
        old={each.instance.id for each in members if not (skips and each.runs(group))},
        min_healthy=int(call["Preferences.MinHealthyPercentage"] or _MIN_HEALTHY),
        max_healthy=int(call["Preferences.MaxHealthyPercentage"] or _MAX_HEALTHY),
        warmup=int(call["Preferences.InstanceWarmup"] or grace),
        total=len(members),
    )
    group.refreshes = [*group.refreshes, refresh]
    return f"<InstanceRefreshId>{refresh.identity}</InstanceRefreshId>"


def _cancel(call: Call) -> str:
    refresh = _open(_group(call))
    if refresh is None:
        name = escape(call["AutoScalingGroupName"])
        raise RefusedError("ActiveInstanceRefreshNotFound", f"No in progress or pending Instance Refresh found for Auto"
                           f" Scaling group {name}")  # fmt: skip
    refresh.end("Cancelled")
    return f"<InstanceRefreshId>{refresh.identity}</InstanceRefreshId>"


def _describe(call: Call) -> str:
    group = _group(call)
    chosen = call.values("InstanceRefreshIds")
    found = [each for each in group.refreshes if not chosen or each.identity in chosen]
    members = "".join(f"<member>{_element(group, each)}</member>" for each in reversed(found))
    return f"<InstanceRefreshes>{members}</InstanceRefreshes>"


def _element(group: Any, refresh: Refresh) -> str:
    values = {
        "InstanceRefreshId": refresh.identity,
        "AutoScalingGroupName": group.name,
        "Status": refresh.status,
        "StartTime": refresh.started,
        "EndTime": refresh.ended,
        "PercentageComplete": str(refresh.percent),
        "InstancesToUpdate": str(len(refresh.old)),
    }
    return "".join(f"<{name}>{escape(value)}</{name}>" for name, value in values.items() if value)


ACTIONS: Final[Mapping[str, Callable[[Call], str]]] = {
    "StartInstanceRefresh": _start,
    "CancelInstanceRefresh": _cancel,
    "DescribeInstanceRefreshes": _describe,
}
"""Request → what its answer holds; each raises RefusedError."""
