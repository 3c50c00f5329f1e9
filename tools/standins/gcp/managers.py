"""Regional managed instance groups."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, ClassVar, Final

from tools.standins import sdk
from tools.standins.core.operation import Operation
from tools.standins.core.schema import Failure
from tools.standins.gcp.compute import ComputeResource
from tools.standins.gcp.configuration import CONFIGURATION
from tools.standins.gcp.fields import Field, Fields, inner, items, link, same

_MANAGER: Final = "gcp:compute/regionInstanceGroupManager:RegionInstanceGroupManager"
# How often a group is asked whether its machines are there, in seconds.
_LOOK_SECONDS: Final = 0.5


def _limits(name: str) -> dict[str, Field]:
    return {f"{name}Fixed": Field(f"{name}.fixed"), f"{name}Percent": Field(f"{name}.percent")}


_POLICY: Final = {
    **same("type", "minimalAction", "mostDisruptiveAllowedAction", "instanceRedistributionType", "replacementMethod"),
    **same("minReadySec"),
    **_limits("maxSurge"),
    **_limits("maxUnavailable"),
}


class RegionInstanceGroupManager(ComputeResource):
    """A group of machines of one template, spread over the zones of a region."""

    token = _MANAGER
    inputs = sdk.inputs(
        _MANAGER,
        replaces=("name", "project", "region", "baseInstanceName", "description", "distributionPolicyZones"),
        defaults={"waitForInstances": False, "waitForInstancesStatus": "STABLE"},
    )
    outputs = sdk.outputs(_MANAGER)
    collection = "instanceGroupManagers"
    scope = "region"
    fields: ClassVar[Fields] = {
        **same("baseInstanceName", "description", "targetSize"),
        "distributionPolicyZones": Field(
            "distributionPolicy.zones",
            lambda value, place: [{"zone": f"zones/{str(zone).rpartition('/')[2]}"} for zone in value],
            lambda value: [each["zone"].rpartition("/")[2] for each in value],
        ),
        "distributionPolicyTargetShape": Field("distributionPolicy.targetShape"),
        "versions": items(
            "versions", {**same("name"), "instanceTemplate": link("instanceTemplate", "instanceTemplates", "global")}
        ),
        "updatePolicy": inner("updatePolicy", _POLICY),
    }
    virtual = frozenset({"waitForInstances", "waitForInstancesStatus"})
    computed = frozenset(
        {"distributionPolicyTargetShape", "distributionPolicyZones", "project", "region", "targetSize", "updatePolicy"}
    )
    sets = frozenset({"distributionPolicyZones"})

    def problems(self, inputs: Mapping[str, Any]) -> list[Failure]:
        failures = super().problems(inputs)
        policy = inputs.get("updatePolicy")
        for name in ("maxSurge", "maxUnavailable"):
            if isinstance(policy, Mapping) and {f"{name}Fixed", f"{name}Percent"} <= set(policy):
                failures.append(
                    Failure(path=f"updatePolicy.{name}Fixed", reason=f"conflicts with updatePolicy.{name}Percent")
                )
        return failures

    async def create(self, operation: Operation, name: str, inputs: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        return await super().create(operation, name, {"targetSize": 0, **inputs})

    async def finish(self, operation: Operation, identity: str, inputs: Mapping[str, Any]) -> None:
        await self._wait(operation, identity, inputs)

    async def _wait(self, operation: Operation, identity: str, inputs: Mapping[str, Any]) -> None:
        status = {"STABLE": ("isStable",), "UPDATED": ("versionTarget", "isReached")}[inputs["waitForInstancesStatus"]]
        while inputs["waitForInstances"]:
            found: Any = (await self.client.get(identity))["status"]
            for each in status:
                found = found[each]
            if found:
                return
            await operation.within(asyncio.sleep(_LOOK_SECONDS))

    async def properties(self, body: Mapping[str, Any], state: Mapping[str, Any]) -> dict[str, Any]:
        found = await super().properties(body, state)
        status = body["status"]
        return {
            **found,
            "fingerprint": body["fingerprint"],
            "instanceGroup": body["instanceGroup"],
            "instanceGroupManagerId": int(body["id"]),
            "statuses": [{"isStable": status["isStable"], "versionTargets": [status["versionTarget"]]}],
        }

    async def change(self, operation: Operation, state: Mapping[str, Any], inputs: Mapping[str, Any]) -> None:
        place = CONFIGURATION.place("region", inputs)
        body = self.body(inputs, place)
        patch = {name: body[name] for name in ("versions", "updatePolicy") if name in body}
        doing = f"updating {self.noun}"
        await self.client.change(operation, "PATCH", state["id"], patch, doing=doing)
        size = inputs.get("targetSize")
        if size is not None and size != state.get("targetSize"):
            await self.post(operation, state, "resize", size=str(int(size)))
        await self._wait(operation, state["id"], inputs)
