"""What managed instance groups do by themselves: make and delete machines until they have what they should."""

from __future__ import annotations

import secrets
import string
import time
from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from typing import Any, Final

from tools.clouds.gce.catalogue import BASE
from tools.clouds.gce.errors import CloudError, OperationError
from tools.clouds.gce.objects import Body, Objects
from tools.clouds.gce.references import name_of
from tools.clouds.gce.request import Request
from tools.clouds.gce.rules import instances
from tools.clouds.gce.rules.managers import end
from tools.clouds.world import Group

_CHARACTERS: Final = string.ascii_lowercase + string.digits


def keep(objects: Objects) -> bool:
    """Does what is due now; whether that was something."""
    changed = [_keep_group(objects, path, body) for path, body in objects.all("instanceGroupManagers")]
    return any(changed)


def _keep_group(objects: Objects, path: str, group: Body) -> bool:
    managed = objects.managed[path]
    before = {each: objects.find(each) for each in managed}
    _repair(objects, group, managed)
    old = [each for each, template in managed.items() if template != group["instanceTemplate"]]
    rolls = bool(old) and group["updatePolicy"]["type"] == "PROACTIVE"
    size = group["targetSize"]
    spare = _limit(group, "maxSurge") if rolls else 0
    if rolls:
        wait = group["updatePolicy"].get("minReadySec", 0)
        available = [each for each in managed if time.monotonic() - objects.since[each] >= wait]
        # As many of the old ones may go as there are more than must be available.
        enough = len(available) - (size - _limit(group, "maxUnavailable"))
        for each in old[: max(0, enough)]:
            _drop(objects, managed, each)
        old = [each for each in old if each in managed]
    wanted = size + min(spare, len(old))
    for each in _surplus(managed, group)[: max(0, len(managed) - wanted)]:
        _drop(objects, managed, each)
    while len(managed) < wanted and _add(objects, group, managed, _new_path(group, managed)):
        pass
    return before != {each: objects.find(each) for each in managed}


def _repair(objects: Objects, group: Body, managed: dict[str, str]) -> None:
    """A machine that is gone or that stopped is made anew under its name."""
    for path in list(managed):
        instance = objects.find(path)
        if instance is not None and instance["status"] != "RUNNING":
            end(objects, path)
            instance = None
        if instance is None and not _add(objects, group, managed, path):
            return


def _limit(group: Body, name: str) -> int:
    limit = group["updatePolicy"][name]
    return int(limit["fixed"]) if "fixed" in limit else group["targetSize"] * int(limit.get("percent", 0)) // 100


def _surplus(managed: dict[str, str], group: Body) -> list[str]:
    """What goes first: what is not of the template, then in the zone with the most machines."""
    order: list[str] = []
    left = list(managed)
    while left:
        zones = Counter(_zone(each) for each in left)
        first = min(left, key=lambda each: (managed[each] == group["instanceTemplate"], -zones[_zone(each)]))
        order.append(first)
        left.remove(first)
    return order


def _drop(objects: Objects, managed: dict[str, str], path: str) -> None:
    managed.pop(path)
    if objects.find(path):
        end(objects, path)


def _new_path(group: Body, managed: dict[str, str]) -> str:
    used = Counter(_zone(each) for each in managed)
    zones = [each["zone"] for each in group["distributionPolicy"]["zones"]]
    zone = min(zones, key=lambda each: used[name_of(each)])
    suffix = "".join(secrets.choice(_CHARACTERS) for _ in range(4))
    return f"{zone.removeprefix(BASE)}/instances/{group['baseInstanceName']}-{suffix}"


def _zone(path: str) -> str:
    return path.split("/")[3]


def _add(objects: Objects, group: Body, managed: dict[str, str], path: str) -> bool:
    """Makes a machine; where that can't be, the group remembers why."""
    template = objects.at(group["instanceTemplate"])
    body = _body(template, group, path)
    try:
        with objects.all_or_nothing():
            project = path.split("/")[1]
            objects.resolve("instances", body, project)
            instances.insert(Request(objects=objects, project=project, path=path, body=body))
            objects.add(path, body)
    except (CloudError, OperationError) as error:
        objects.problems[group["selfLink"]] = error.message
        return False
    objects.problems.pop(group["selfLink"], None)
    objects.members[group["instanceGroup"].removeprefix(BASE)].append(path)
    managed[path] = group["instanceTemplate"]
    objects.since[path] = time.monotonic()
    return True


def _body(template: Body, group: Body, path: str) -> dict[str, Any]:
    body: dict[str, Any] = deepcopy(template["properties"])
    folder = path.rpartition("/instances/")[0]
    body |= {"name": name_of(path), "machineType": f"{folder}/machineTypes/{body['machineType']}"}
    body["metadata"].pop("fingerprint", None)
    items = body["metadata"].get("items", [])
    # As Google does it; see the page on getting information about managed groups.
    marks = {"created-by": group["selfLink"].removeprefix(BASE), "instance-template": template["selfLink"]}
    body["metadata"]["items"] = [*items, *({"key": key, "value": value} for key, value in marks.items())]
    return body


def groups(objects: Objects) -> Iterator[Group]:
    """The managed groups as the data plane's reports show them."""
    for path, group in objects.all("instanceGroupManagers"):
        yield Group(
            id=group["id"],
            name=group["name"],
            size=group["targetSize"],
            instances=tuple(body["id"] for each in objects.managed[path] if (body := objects.find(each))),
            problem=objects.problems.get(group["selfLink"], ""),
        )
