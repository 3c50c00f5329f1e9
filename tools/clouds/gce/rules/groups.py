"""Unmanaged instance groups and target pools: which instances a balancer may choose from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from tools.clouds.gce.errors import CloudError, invalid
from tools.clouds.gce.objects import Body, Objects, fingerprint
from tools.clouds.gce.references import link, path_of
from tools.clouds.gce.request import Request


def insert(request: Request) -> None:
    """A group is empty at first."""
    request.body["fingerprint"] = fingerprint(request.body)
    request.objects.members[request.path] = []


def insert_pool(request: Request) -> None:
    """A pool has legacy health checks only, which the stand-in does not offer."""
    if request.body.get("healthChecks"):
        raise CloudError(501, "This stand-in offers target pools without health checks only.")
    request.body.setdefault("sessionAffinity", "NONE")


def view(objects: Objects, body: Body) -> Body:
    """A group with its size; its network is that of its first member."""
    members = objects.members[body["selfLink"].partition("/compute/v1/")[2]]
    first = objects.get(members[0])["networkInterfaces"][0] if members else {}
    known = {name: first[name] for name in ("network", "subnetwork") if name in first}
    return {**body, **known, "size": len(members)}


def _instances(request: Request) -> Iterable[str]:
    for number, each in enumerate(request.body.get("instances", [])):
        path = path_of(each.get("instance", ""), request.project)
        body = request.objects.get(path)
        if f"/zones/{request.zone}/" not in f"/{path}":
            message = "Instance is not in the zone of the instance group."
            raise invalid(f"instances[{number}].instance", body["selfLink"], message)
        yield path


def _add_instances(request: Request) -> None:
    members = request.objects.members[request.path]
    networks = {request.objects.get(each)["networkInterfaces"][0]["network"] for each in members}
    added = list(_instances(request))
    for path in added:
        if path in members:
            message = f"Resource '{path}' is already a member of '{request.path}'"
            raise CloudError(400, message, "memberAlreadyExists")
        networks.add(request.objects.get(path)["networkInterfaces"][0]["network"])
    if len(networks) > 1:
        raise CloudError(400, "All instances in an instance group must be in the same network.")
    members += added


def _remove_instances(request: Request) -> None:
    members = request.objects.members[request.path]
    for path in list(_instances(request)):
        if path not in members:
            raise CloudError(404, f"Resource '{path}' is not a member of '{request.path}'", "memberNotFound")
        members.remove(path)


def _list_instances(request: Request) -> dict[str, Any]:
    members = request.objects.members[request.path]
    items = [{"instance": link(path), "status": request.objects.get(path)["status"]} for path in members]
    return {"kind": "compute#instanceGroupsListInstances", "items": items}


def _set_named_ports(request: Request) -> None:
    request.target["namedPorts"] = request.body.get("namedPorts", [])


def _add_to_pool(request: Request) -> None:
    added = [each.get("instance", "") for each in request.body.get("instances", [])]
    present = request.target.get("instances", [])
    wanted = {"instances": [*present, *added]}
    request.objects.resolve("targetPools", wanted, request.project)
    request.target["instances"] = list(dict.fromkeys(wanted["instances"]))


def _remove_from_pool(request: Request) -> None:
    removed = {link(path_of(each.get("instance", ""), request.project)) for each in request.body.get("instances", [])}
    request.target["instances"] = [each for each in request.target.get("instances", []) if each not in removed]


ACTIONS: Final = {
    ("instanceGroups", "addInstances"): _add_instances,
    ("instanceGroups", "removeInstances"): _remove_instances,
    ("instanceGroups", "listInstances"): _list_instances,
    ("instanceGroups", "setNamedPorts"): _set_named_ports,
    ("targetPools", "addInstance"): _add_to_pool,
    ("targetPools", "removeInstance"): _remove_from_pool,
}
