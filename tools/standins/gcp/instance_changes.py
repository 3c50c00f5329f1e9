"""What can be changed about an instance that is there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from tools.standins.core.operation import Operation, StandInError
from tools.standins.gcp.configuration import CONFIGURATION
from tools.standins.gcp.fields import full

if TYPE_CHECKING:
    from tools.standins.gcp.instances import Instance

# What an instance must be stopped for.
_STOPPED: Final = ("machineType", "shieldedInstanceConfig", "serviceAccount", "minCpuPlatform")


async def apply(instance: Instance, operation: Operation, state: Mapping[str, Any], inputs: Mapping[str, Any]) -> None:
    """Makes the instance what the inputs say, and stops it meanwhile where that is needed and allowed."""
    body = await instance.client.get(state["id"])
    wanted = instance.body(inputs, CONFIGURATION.place("zone", inputs))
    await _change_running(instance, operation, state, body, wanted)
    await _change_access(instance, operation, state, body, wanted)
    stopped = [name for name in _STOPPED if _differs(name, state, inputs)]
    if stopped:
        await _change_stopped(instance, operation, state, body, wanted, stopped, inputs)
    await _set_status(instance, operation, state, inputs.get("desiredStatus"))


def _differs(name: str, state: Mapping[str, Any], inputs: Mapping[str, Any]) -> bool:
    old, new = state.get(name), inputs.get(name)
    if name == "machineType":
        return str(old).rpartition("/")[2] != str(new).rpartition("/")[2]
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return any(old.get(key) != value for key, value in new.items())
    return new is not None and old != new


async def _change_running(
    instance: Instance, operation: Operation, state: Mapping[str, Any], body: dict[str, Any], wanted: dict[str, Any]
) -> None:
    if body["metadata"].get("items", []) != wanted.get("metadata", {}).get("items", []):
        new = {"items": wanted.get("metadata", {}).get("items", []), "fingerprint": body["metadata"]["fingerprint"]}
        await instance.post(operation, state, "setMetadata", new)
    if set(body["tags"].get("items", [])) != set(wanted.get("tags", {}).get("items", [])):
        new = {"items": wanted.get("tags", {}).get("items", []), "fingerprint": body["tags"]["fingerprint"]}
        await instance.post(operation, state, "setTags", new)
    protected = str(wanted.get("deletionProtection", False)).lower()
    if str(body["deletionProtection"]).lower() != protected:
        await instance.post(operation, state, "setDeletionProtection", deletionProtection=protected)
    scheduling = {**body["scheduling"], **wanted.get("scheduling", {})}
    if scheduling != body["scheduling"]:
        await instance.post(operation, state, "setScheduling", scheduling)
    if body["canIpForward"] != wanted.get("canIpForward", False):
        new = {**body, "canIpForward": wanted.get("canIpForward", False)}
        await instance.client.change(operation, "PUT", state["id"], new, doing="updating Instance")


async def _change_access(
    instance: Instance, operation: Operation, state: Mapping[str, Any], body: dict[str, Any], wanted: dict[str, Any]
) -> None:
    """Public addresses: what is there goes, what is asked for comes."""
    for present, new in zip(body["networkInterfaces"], wanted["networkInterfaces"], strict=False):
        old = present.get("accessConfigs", [])
        asked = new.get("accessConfigs", [])
        if len(old) == len(asked) and all(
            before.get(name) == value for before, now in zip(old, asked, strict=True) for name, value in now.items()
        ):
            continue
        interface = {"networkInterface": present["name"]}
        for each in old:
            await instance.post(operation, state, "deleteAccessConfig", accessConfig=each["name"], **interface)
        for each in asked:
            await instance.post(operation, state, "addAccessConfig", each, **interface)


async def _change_stopped(
    instance: Instance,
    operation: Operation,
    state: Mapping[str, Any],
    body: dict[str, Any],
    wanted: dict[str, Any],
    names: list[str],
    inputs: Mapping[str, Any],
) -> None:
    running = body["status"] == "RUNNING"
    if running and not inputs.get("allowStoppingForUpdate") and inputs.get("desiredStatus") != "TERMINATED":
        raise StandInError(
            f"Changing the {', '.join(names)} on a started instance requires stopping it. To acknowledge this, please "
            "set allowStoppingForUpdate = true in your config. You can also stop it by setting "
            'desiredStatus = "TERMINATED", but the instance will not be restarted after the update.'
        )
    if running:
        await instance.post(operation, state, "stop")
    if "machineType" in names:
        new = {"machineType": full(inputs["machineType"], "machineTypes", "zone", CONFIGURATION.place("zone", inputs))}
        await instance.post(operation, state, "setMachineType", new)
    if "serviceAccount" in names:
        await instance.post(operation, state, "setServiceAccount", wanted["serviceAccounts"][0])
    if "shieldedInstanceConfig" in names:
        new = wanted["shieldedInstanceConfig"]
        method = f"{state['id']}/updateShieldedInstanceConfig"
        await instance.client.change(operation, "PATCH", method, new, doing="updating Instance")
    if running and inputs.get("desiredStatus") != "TERMINATED":
        await instance.post(operation, state, "start")


async def _set_status(instance: Instance, operation: Operation, state: Mapping[str, Any], wanted: str | None) -> None:
    if wanted is None:
        return
    status = (await instance.client.get(state["id"]))["status"]
    if status != wanted:
        await instance.post(operation, state, "start" if wanted == "RUNNING" else "stop")
