"""Cloud routers and their NAT gateways."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final

from tools.standins import sdk
from tools.standins.core.operation import Operation, StandInError
from tools.standins.gcp.compute import ComputeResource
from tools.standins.gcp.configuration import CONFIGURATION, Place
from tools.standins.gcp.fields import Field, Fields, full, inner, items, link, same

_ROUTER: Final = "gcp:compute/router:Router"
_NAT: Final = "gcp:compute/routerNat:RouterNat"
# A gateway is part of its router: changes of two gateways must not overlap.
_locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)


class Router(ComputeResource):
    """A router, here only as the home of NAT gateways."""

    token = _ROUTER
    inputs = sdk.inputs(_ROUTER, replaces=("name", "project", "region", "network", "encryptedInterconnectRouter"))
    outputs = sdk.outputs(_ROUTER)
    collection = "routers"
    scope = "region"
    fields: ClassVar[Fields] = {
        **same("description"),
        "network": link("network", "networks", "global"),
        "bgp": inner("bgp", same("asn", "advertiseMode", "advertisedGroups", "keepaliveInterval")),
    }
    computed = frozenset({"project", "region"})

    async def change(self, operation: Operation, state: Mapping[str, Any], inputs: Mapping[str, Any]) -> None:
        patch = {name: inputs.get(name) for name in ("description", "bgp") if inputs.get(name) != state.get(name)}
        await self.client.change(operation, "PATCH", state["id"], patch, doing="updating Router")


class RouterNat(ComputeResource):
    """A NAT gateway. Its ID is PROJECT/REGION/ROUTER/NAME."""

    token = _NAT
    inputs = sdk.inputs(
        _NAT, replaces=("name", "project", "region", "router", "type", "initialNatIps", "endpointTypes")
    )
    outputs = sdk.outputs(_NAT)
    collection = "routers"
    scope = "region"
    fields: ClassVar[Fields] = {
        **same("sourceSubnetworkIpRangesToNat", "natIpAllocateOption", "minPortsPerVm", "maxPortsPerVm"),
        **same("enableDynamicPortAllocation", "enableEndpointIndependentMapping", "icmpIdleTimeoutSec"),
        **same("tcpEstablishedIdleTimeoutSec", "tcpTransitoryIdleTimeoutSec", "tcpTimeWaitTimeoutSec"),
        **same("udpIdleTimeoutSec", "type", "endpointTypes", "autoNetworkTier"),
        "logConfig": inner("logConfig", same("enable", "filter")),
        "natIps": Field("natIps", lambda value, place: [full(each, "addresses", "region", place) for each in value]),
        "subnetworks": items(
            "subnetworks",
            {
                "name": link("name", "subnetworks", "region"),
                "sourceIpRangesToNats": Field("sourceIpRangesToNat"),
                "secondaryIpRangeNames": Field("secondaryIpRangeNames"),
            },
        ),
    }
    virtual = frozenset({"router"})
    computed = frozenset({"project", "region", "natIpAllocateOption", "enableDynamicPortAllocation", "endpointTypes"})
    sets = frozenset({"natIps", "subnetworks"})

    async def create(self, operation: Operation, name: str, inputs: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        place = CONFIGURATION.place("region", inputs)
        router = full(inputs["router"], "routers", "region", place)

        def add(gateways: list[dict[str, Any]]) -> list[dict[str, Any]]:
            if any(each["name"] == inputs["name"] for each in gateways):
                raise StandInError(f"Error creating RouterNat: {inputs['name']} is in the router already")
            return [*gateways, self._gateway(inputs, place)]

        await self._change_gateways(operation, router, add, "creating RouterNat")
        identity = f"{place.project}/{place.region}/{router.rpartition('/')[2]}/{inputs['name']}"
        return identity, await self._present(operation, {**inputs, "id": identity})

    def _gateway(self, inputs: Mapping[str, Any], place: Place) -> dict[str, Any]:
        # The official provider asks for automatic addresses unless the program names some.
        option = "MANUAL_ONLY" if inputs.get("natIps") else "AUTO_ONLY"
        return {"natIpAllocateOption": option, **self.body(inputs, place)}

    async def _change_gateways(
        self,
        operation: Operation,
        router: str,
        change: Callable[[list[dict[str, Any]]], list[dict[str, Any]]],
        doing: str,
    ) -> None:
        async with _locks[router]:
            present = (await self.client.get(router)).get("nats", [])
            patch = {"nats": change(present)}
            await self.client.change(operation, "PATCH", router, patch, doing=doing)

    async def read(self, operation: Operation, state: Mapping[str, Any]) -> dict[str, Any] | None:
        router, name = _router_and_name(state["id"])
        body = await self.client.find(router)
        found = [each for each in (body or {}).get("nats", []) if each["name"] == name]
        if body is None or not found:
            return None
        properties = await self.properties({**found[0], **_of_router(body)}, state)
        properties.pop("selfLink")
        return {**properties, "id": state["id"], "router": body["name"]}

    async def update(self, operation: Operation, state: Mapping[str, Any], inputs: Mapping[str, Any]) -> dict[str, Any]:
        router, name = _router_and_name(state["id"])
        wanted = self._gateway(inputs, CONFIGURATION.place("region", inputs))

        def exchange(gateways: list[dict[str, Any]]) -> list[dict[str, Any]]:
            return [wanted if each["name"] == name else each for each in gateways]

        await self._change_gateways(operation, router, exchange, "updating RouterNat")
        return await self._present(operation, {**inputs, "id": state["id"]})

    async def delete(self, operation: Operation, state: Mapping[str, Any]) -> None:
        router, name = _router_and_name(state["id"])
        if await self.client.find(router) is not None:
            await self._change_gateways(
                operation, router, lambda all_: [each for each in all_ if each["name"] != name], "deleting RouterNat"
            )


def _router_and_name(identity: str) -> tuple[str, str]:
    project, region, router, name = identity.split("/")
    return f"projects/{project}/regions/{region}/routers/{router}", name


def _of_router(body: Mapping[str, Any]) -> dict[str, Any]:
    return {"selfLink": body["selfLink"], "region": body["region"]}
