"""What happens to a cloud behind the engine's back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from tools.clouds.gce.objects import Objects
from tools.clouds.gce.request import Request
from tools.clouds.gce.rules import instances
from tools.clouds.gce.rules.balancing import CHECKS

_NOWHERE: Final = "/not-there"


def act(objects: Objects, action: str, target: str, size: int | None = None) -> None:
    """Does one of world.ACTIONS to the object of that name or id; without one, raises ValueError with what there is."""
    if action not in _ACTIONS:
        raise ValueError(f"there is no action {action}; there are {', '.join(_ACTIONS)}")
    collection, do = _ACTIONS[action]
    if action == "resize-group":
        if size is None or size < 0:
            raise ValueError(f"{target}: expected a size of 0 or more, found {size}")
        do = _set(targetSize=size)
    known = {name: path for path, body in objects.all(collection) for name in (body["id"], body["name"])}
    if collection == "healthChecks":
        known = {**_checks_of_balancers(objects), **known}
    if target not in known:
        names = sorted(body["name"] for _, body in objects.all(collection))
        raise ValueError(f"{action}: there is no {target}; there are {', '.join(names) or 'none'}")
    do(objects, known[target])


def _checks_of_balancers(objects: Objects) -> dict[str, str]:
    """The health check behind each balancer that the world names."""
    found: dict[str, str] = {}
    for _, rule in objects.all("forwardingRules"):
        if "backendService" in rule:
            check = objects.at(rule["backendService"])["healthChecks"][0].partition("/compute/v1/")[2]
            found |= {rule["name"]: check, rule["id"]: check}
    return found


def _set(**values: Any) -> Callable[[Objects, str], None]:
    return lambda objects, path: objects.get(path).update(values)


def _remove(objects: Objects, path: str) -> None:
    objects.remove(path)


def _delete_instance(objects: Objects, path: str) -> None:
    objects.get(path)["deletionProtection"] = False
    instances.delete(Request(objects=objects, project=path.split("/")[1], path=path, body={}))
    objects.remove(path)


def _break_health_check(objects: Objects, path: str) -> None:
    check = objects.get(path)
    particulars = check[CHECKS[check["type"]][0]]
    particulars |= {"port": 1} if check["type"] == "TCP" else {"requestPath": _NOWHERE}


_ACTIONS: Final[Mapping[str, tuple[str, Callable[[Objects, str], None]]]] = {
    "stop-instance": ("instances", _set(status="TERMINATED")),
    "start-instance": ("instances", _set(status="RUNNING")),
    "delete-instance": ("instances", _delete_instance),
    "delete-route": ("routes", _remove),
    "delete-rule": ("firewalls", _remove),
    "check-source-dest": ("instances", _set(canIpForward=False)),
    "break-health-check": ("healthChecks", _break_health_check),
    "resize-group": ("instanceGroupManagers", _set()),
}
