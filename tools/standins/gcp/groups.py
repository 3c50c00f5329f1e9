"""Unmanaged instance groups and target pools."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Final

from tools.standins import sdk
from tools.standins.core.operation import Operation
from tools.standins.gcp.compute import ComputeResource
from tools.standins.gcp.configuration import CONFIGURATION
from tools.standins.gcp.fields import Field, Fields, full, in_order_of, items, link, path, same

_GROUP: Final = "gcp:compute/instanceGroup:InstanceGroup"
_MEMBERSHIP: Final = "gcp:compute/instanceGroupMembership:InstanceGroupMembership"
_POOL: Final = "gcp:compute/targetPool:TargetPool"


class InstanceGroup(ComputeResource):
    """A group of instances of one zone. It forgets an instance that is deleted, also when that is made anew."""

    token = _GROUP
    inputs = sdk.inputs(_GROUP, replaces=("name", "project", "zone", "network", "description"))
    outputs = sdk.outputs(_GROUP)
    collection = "instanceGroups"
    scope = "zone"
    fields: ClassVar[Fields] = {
        **same("description"),
        "network": link("network", "networks", "global"),
        "namedPorts": items("namedPorts", same("name", "port")),
    }
    virtual = frozenset({"instances"})
    computed = frozenset({"project", "zone", "network", "instances"})
    sets = frozenset({"instances", "namedPorts"})

    async def properties(self, body: Mapping[str, Any], state: Mapping[str, Any]) -> dict[str, Any]:
        found = await super().properties(body, state)
        members = (await self.client.ask(f"{found['id']}/listInstances", {}))["items"]
        links = in_order_of(state.get("instances", []), [each["instance"] for each in members])
        return {**found, "instances": links, "size": len(links)}

    async def finish(self, operation: Operation, identity: str, inputs: Mapping[str, Any]) -> None:
        await self._members(operation, identity, "addInstances", inputs.get("instances", []))

    async def change(self, operation: Operation, state: Mapping[str, Any], inputs: Mapping[str, Any]) -> None:
        present = (await self.client.ask(f"{state['id']}/listInstances", {}))["items"]
        old = {path(each["instance"]): each["instance"] for each in present}
        place = CONFIGURATION.place("zone", inputs)
        wanted = [full(path(each), "instances", "zone", place) for each in inputs.get("instances", [])]
        if "instances" in inputs:
            await self._members(operation, state["id"], "removeInstances", [each for each in old if each not in wanted])
            await self._members(operation, state["id"], "addInstances", [each for each in wanted if each not in old])
        ports = inputs.get("namedPorts", [])
        if ports != state.get("namedPorts", []):
            await self.post(operation, state, "setNamedPorts", {"namedPorts": ports})

    async def _members(self, operation: Operation, identity: str, method: str, instances: Iterable[str]) -> None:
        if members := [{"instance": each} for each in instances]:
            await self.post(operation, {"id": identity}, method, {"instances": members})


class InstanceGroupMembership(ComputeResource):
    """One instance's place in a group. Its ID is PROJECT/ZONE/GROUP/INSTANCE."""

    token = _MEMBERSHIP
    inputs = sdk.inputs(_MEMBERSHIP, replaces=("project", "zone", "instance", "instanceGroup"))
    outputs = sdk.outputs(_MEMBERSHIP)
    collection = "instanceGroups"
    scope = "zone"
    fields: ClassVar[Fields] = {}
    virtual = frozenset({"instance", "instanceGroup"})
    computed = frozenset({"project", "zone"})
    autoname = None

    async def create(self, operation: Operation, name: str, inputs: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        place = CONFIGURATION.place("zone", inputs)
        group = path(full(inputs["instanceGroup"], "instanceGroups", "zone", place))
        member = full(inputs["instance"], "instances", "zone", place)
        added = {"instances": [{"instance": member}]}
        doing = "creating InstanceGroupMembership"
        await self.client.change(operation, "POST", f"{group}/addInstances", added, doing=doing)
        identity = f"{place.project}/{place.zone}/{group.rpartition('/')[2]}/{member.rpartition('/')[2]}"
        return identity, await self._present(operation, {**inputs, "id": identity})

    async def read(self, operation: Operation, state: Mapping[str, Any]) -> dict[str, Any] | None:
        project, zone, group, instance = state["id"].split("/")
        folder = f"projects/{project}/zones/{zone}"
        if await self.client.find(f"{folder}/instanceGroups/{group}") is None:
            return None
        members = (await self.client.ask(f"{folder}/instanceGroups/{group}/listInstances", {}))["items"]
        found = [each["instance"] for each in members if each["instance"].endswith(f"/{instance}")]
        if not found:
            return None
        known = {"id": state["id"], "project": project, "zone": zone}
        return {
            **known,
            "instance": state.get("instance", found[0]),
            "instanceGroup": state.get("instanceGroup", group),
        }

    async def delete(self, operation: Operation, state: Mapping[str, Any]) -> None:
        if await self.read(operation, state) is None:
            return
        project, zone, group, instance = state["id"].split("/")
        folder = f"projects/{project}/zones/{zone}"
        removed = {"instances": [{"instance": f"{folder}/instances/{instance}"}]}
        method = f"{folder}/instanceGroups/{group}/removeInstances"
        doing = "deleting InstanceGroupMembership"
        await self.client.change(operation, "POST", method, removed, doing=doing)


class TargetPool(ComputeResource):
    """The instances behind a forwarding rule, without a health check."""

    token = _POOL
    inputs = sdk.inputs(
        _POOL, replaces=("name", "project", "region", "description", "sessionAffinity", "failoverRatio", "backupPool")
    )
    outputs = sdk.outputs(_POOL)
    collection = "targetPools"
    scope = "region"
    fields: ClassVar[Fields] = {
        **same("description", "sessionAffinity", "failoverRatio"),
        "instances": Field("instances", lambda value, place: [_pool_member(each, place.project) for each in value]),
    }
    computed = frozenset({"project", "region", "instances"})
    sets = frozenset({"instances"})

    async def change(self, operation: Operation, state: Mapping[str, Any], inputs: Mapping[str, Any]) -> None:
        body = await self.client.get(state["id"])
        place = CONFIGURATION.place("region", inputs)
        old = [path(each) for each in body.get("instances", [])]
        new = [path(_pool_member(each, place.project)) for each in inputs.get("instances", [])]
        for method, members in (
            ("removeInstance", [each for each in old if each not in new]),
            ("addInstance", [each for each in new if each not in old]),
        ):
            if members:
                await self.post(operation, state, method, {"instances": [{"instance": each} for each in members]})


def _pool_member(reference: str, project: str) -> str:
    """A pool takes links, and ZONE/NAME."""
    zone, _, name = reference.partition("/")
    return f"projects/{project}/zones/{zone}/instances/{name}" if name and "/" not in name else reference
