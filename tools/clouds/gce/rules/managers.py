"""Regional managed instance groups: what may be asked of them. tools.clouds.gce.managed does it."""

from __future__ import annotations

from typing import Any, Final

from tools.clouds.gce.catalogue import BASE, regions
from tools.clouds.gce.errors import CloudError, invalid
from tools.clouds.gce.objects import Body, Objects, fingerprint
from tools.clouds.gce.references import link, name_of, path_of
from tools.clouds.gce.request import Request
from tools.clouds.gce.rules import instances

_LONGEST_BASE: Final = 58
# In seconds.
_LONGEST_WAIT: Final = 3600
# Of a name: the group's, a dash, and four characters.
_SUFFIX: Final = 5


def insert(request: Request) -> None:
    """A new group: its machines come afterwards."""
    body = request.body
    body.setdefault("baseInstanceName", body["name"][: _LONGEST_BASE - _SUFFIX])
    zones = body.setdefault("distributionPolicy", {}).get("zones")
    if not zones:
        zones = [{"zone": f"zones/{zone}"} for zone in regions()[request.region][:3]]
    for number, each in enumerate(zones):
        name = name_of(each.get("zone", ""))
        if name not in regions()[request.region]:
            field = f"resource.distributionPolicy.zones[{number}].zone"
            raise invalid(field, each.get("zone"), f"Zone must be in region '{request.region}'.")
        each["zone"] = f"{BASE}projects/{request.project}/zones/{name}"
    body["distributionPolicy"] = {"targetShape": "EVEN", **body["distributionPolicy"], "zones": zones}
    check(request)
    group = f"projects/{request.project}/regions/{request.region}/instanceGroups/{body['name']}"
    request.objects.members[group] = []
    request.objects.managed[request.path] = {}
    request.objects.add(group, {"name": body["name"], "fingerprint": fingerprint(body["name"])})
    body["instanceGroup"] = link(group)


def check(request: Request) -> None:
    """A new or a changed group."""
    body = request.body
    if len(body["baseInstanceName"]) > _LONGEST_BASE:
        message = f"Base instance name must be at most {_LONGEST_BASE} characters."
        raise invalid("resource.baseInstanceName", body["baseInstanceName"], message)
    if not body.get("versions"):
        if "instanceTemplate" not in body:
            raise invalid("resource.instanceTemplate", "", "Instance template must be specified.")
        body["versions"] = [{"instanceTemplate": body["instanceTemplate"]}]
    if len(body["versions"]) > 1:
        raise CloudError(501, "This stand-in offers managed groups with one version only.", "notImplemented")
    body["instanceTemplate"] = body["versions"][0]["instanceTemplate"]
    if int(body["targetSize"]) < 0:
        raise invalid("resource.targetSize", body["targetSize"], "Must not be negative.")
    policy: dict[str, Any] = {"type": "OPPORTUNISTIC", "minimalAction": "REPLACE", "replacementMethod": "SUBSTITUTE"}
    policy |= {"instanceRedistributionType": "PROACTIVE", **body.get("updatePolicy", {})}
    zones = len(body["distributionPolicy"]["zones"])
    for name in ("maxSurge", "maxUnavailable"):
        limit = policy.setdefault(name, {"fixed": zones})
        _check_limit(f"resource.updatePolicy.{name}", limit, zones)
    if not any(limit.get("fixed") or limit.get("percent") for limit in (policy["maxSurge"], policy["maxUnavailable"])):
        raise invalid("resource.updatePolicy.maxUnavailable", 0, "maxSurge and maxUnavailable can't both be 0.")
    if not 0 <= policy.get("minReadySec", 0) <= _LONGEST_WAIT:
        message = f"Must be between 0 and {_LONGEST_WAIT}."
        raise invalid("resource.updatePolicy.minReadySec", policy["minReadySec"], message)
    body["updatePolicy"] = policy
    body["fingerprint"] = fingerprint({**body, "fingerprint": ""})


def _check_limit(field: str, limit: dict[str, Any], zones: int) -> None:
    fixed = limit.get("fixed")
    if fixed and fixed < zones:
        message = f"For a regional managed instance group this must be 0 or at least the number of zones ({zones})."
        raise invalid(f"{field}.fixed", fixed, message)


def delete(request: Request) -> None:
    """Its machines go along."""
    objects = request.objects
    group = request.target["instanceGroup"].removeprefix(BASE)
    objects.remove(group)
    for path in objects.managed.pop(request.path):
        if objects.find(path):
            end(objects, path)


def end(objects: Objects, path: str) -> None:
    """Deletes a machine."""
    instances.delete(Request(objects=objects, project=path.split("/")[1], path=path, body={}))
    objects.remove(path)


def view(objects: Objects, body: Body) -> Body:
    """A group with what its machines are doing."""
    managed = objects.managed[body["selfLink"].removeprefix(BASE)]
    missing = max(0, body["targetSize"] - len(managed))
    current = all(template == body["instanceTemplate"] for template in managed.values())
    rolls = body["updatePolicy"]["type"] == "PROACTIVE" and not current
    stable = not missing and len(managed) == body["targetSize"] and not rolls
    return {
        **body,
        "currentActions": {"none": len(managed), "creating": missing},
        "status": {"isStable": stable, "versionTarget": {"isReached": current}},
    }


def _resize(request: Request) -> None:
    size = request.query.get("size", "")
    if not size.isdigit():
        raise invalid("size", size, "A number that is not negative is expected.")
    request.target["targetSize"] = int(size)


def _named(request: Request) -> list[str]:
    managed = request.objects.managed[request.path]
    paths = [path_of(each, request.project) for each in request.body.get("instances", [])]
    for path in paths:
        if path not in managed:
            raise invalid("instances", path, f"Instance is not managed by '{request.path}'.")
    return paths


def _recreate(request: Request) -> None:
    for path in _named(request):
        # The name stays, with whatever the group makes now.
        request.objects.managed[request.path][path] = ""
        if request.objects.find(path):
            end(request.objects, path)


def _delete_instances(request: Request) -> None:
    for path in _named(request):
        request.objects.managed[request.path].pop(path)
        if request.objects.find(path):
            end(request.objects, path)
        request.target["targetSize"] -= 1


def _list(request: Request) -> dict[str, Any]:
    found = []
    for path, template in request.objects.managed[request.path].items():
        instance = request.objects.find(path)
        known = {"id": instance["id"], "instanceStatus": instance["status"]} if instance else {}
        action = "NONE" if instance else "CREATING"
        version = {"version": {"instanceTemplate": template}} if template else {}
        found.append({"instance": link(path), "name": name_of(path), "currentAction": action, **known, **version})
    return {"managedInstances": found}


def _list_of_group(request: Request) -> dict[str, Any]:
    members = request.objects.members[request.path]
    items = [{"instance": link(path), "status": request.objects.get(path)["status"]} for path in members]
    return {"kind": "compute#regionInstanceGroupsListInstances", "items": items}


ACTIONS: Final = {
    ("regionInstanceGroupManagers", "resize"): _resize,
    ("regionInstanceGroupManagers", "recreateInstances"): _recreate,
    ("regionInstanceGroupManagers", "deleteInstances"): _delete_instances,
    ("regionInstanceGroupManagers", "listManagedInstances"): _list,
    ("regionInstanceGroups", "listInstances"): _list_of_group,
}
