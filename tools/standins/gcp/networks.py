"""Networks, subnetworks, routes and firewalls."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any, ClassVar, Final

from tools.standins import sdk
from tools.standins.core.operation import Operation
from tools.standins.core.resource import Difference
from tools.standins.core.values import UNKNOWN, plain
from tools.standins.gcp.compute import ComputeResource
from tools.standins.gcp.fields import Field, Fields, items, link, same

_NETWORK: Final = "gcp:compute/network:Network"
_SUBNETWORK: Final = "gcp:compute/subnetwork:Subnetwork"
_ROUTE: Final = "gcp:compute/route:Route"
_FIREWALL: Final = "gcp:compute/firewall:Firewall"


class Network(ComputeResource):
    """A network in custom mode."""

    token = _NETWORK
    inputs = sdk.inputs(
        _NETWORK, replaces=("name", "project", "description", "autoCreateSubnetworks", "enableUlaInternalIpv6")
    )
    outputs = sdk.outputs(_NETWORK)
    collection = "networks"
    scope = "global"
    fields: ClassVar[Fields] = {
        **same("description", "autoCreateSubnetworks", "mtu", "networkFirewallPolicyEnforcementOrder"),
        "routingMode": Field("routingConfig.routingMode"),
    }
    virtual = frozenset({"deleteDefaultRoutesOnCreate"})
    computed = frozenset({"project", "mtu", "routingMode", "networkFirewallPolicyEnforcementOrder"})

    async def properties(self, body: Mapping[str, Any], state: Mapping[str, Any]) -> dict[str, Any]:
        found = await super().properties(body, state)
        return {**found, "gatewayIpv4": body.get("gatewayIPv4", ""), "numericId": body["id"], "networkId": body["id"]}

    async def finish(self, operation: Operation, identity: str, inputs: Mapping[str, Any]) -> None:
        if not inputs.get("deleteDefaultRoutesOnCreate"):
            return
        folder = f"{identity.rpartition('/networks/')[0]}/routes"
        for route in (await self.client.get(folder))["items"]:
            if route["network"].endswith(f"/{identity}") and route["destRange"] == "0.0.0.0/0":
                await self.client.change(operation, "DELETE", f"{folder}/{route['name']}", doing="deleting Route")

    async def change(self, operation: Operation, state: Mapping[str, Any], inputs: Mapping[str, Any]) -> None:
        patch: dict[str, Any] = {"name": inputs["name"]}
        if "mtu" in inputs:
            patch["mtu"] = inputs["mtu"]
        if "routingMode" in inputs:
            patch["routingConfig"] = {"routingMode": inputs["routingMode"]}
        await self.client.change(operation, "PATCH", state["id"], patch, doing="updating Network")


class Subnetwork(ComputeResource):
    """A range of a network, in one region."""

    token = _SUBNETWORK
    inputs = sdk.inputs(
        _SUBNETWORK,
        replaces=("name", "project", "region", "network", "description", "purpose", "reservedInternalRange"),
    )
    outputs = sdk.outputs(_SUBNETWORK)
    collection = "subnetworks"
    scope = "region"
    fields: ClassVar[Fields] = {
        **same("description", "ipCidrRange", "privateIpGoogleAccess", "purpose", "role", "stackType"),
        **same("gatewayAddress", "fingerprint"),
        "network": link("network", "networks", "global"),
        "secondaryIpRanges": items("secondaryIpRanges", same("rangeName", "ipCidrRange")),
    }
    computed = frozenset({"project", "region", "ipCidrRange", "purpose", "stackType", "privateIpGoogleAccess"})

    async def properties(self, body: Mapping[str, Any], state: Mapping[str, Any]) -> dict[str, Any]:
        return {**await super().properties(body, state), "subnetworkId": int(body["id"])}

    def difference(
        self, state: Mapping[str, Any], inputs: Mapping[str, Any], given: Mapping[str, Any] | None = None
    ) -> Difference:
        found = super().difference(state, inputs, given)
        old, new = plain(state.get("ipCidrRange")), plain(inputs.get("ipCidrRange"))
        if "ipCidrRange" in found.changes and new is not UNKNOWN and not _grows(old, new):
            # A range can grow in place, and nothing else.
            return Difference(
                changes=found.changes,
                replaces=(*found.replaces, "ipCidrRange"),
                delete_before_replace=self._keeps_name(given or state, inputs),
            )
        return found

    async def change(self, operation: Operation, state: Mapping[str, Any], inputs: Mapping[str, Any]) -> None:
        if inputs["ipCidrRange"] != state["ipCidrRange"]:
            await self.post(operation, state, "expandIpCidrRange", {"ipCidrRange": inputs["ipCidrRange"]})
        wanted = inputs.get("privateIpGoogleAccess", False)
        if wanted != state.get("privateIpGoogleAccess", False):
            await self.post(operation, state, "setPrivateIpGoogleAccess", {"privateIpGoogleAccess": wanted})


def _grows(old: str, new: str) -> bool:
    try:
        return ipaddress.IPv4Network(old).subnet_of(ipaddress.IPv4Network(new))
    except ValueError:
        return False


class Route(ComputeResource):
    """A route. Every change makes a new one."""

    token = _ROUTE
    inputs = sdk.inputs(
        _ROUTE,
        replaces=(
            *("name", "project", "network", "destRange", "description", "priority", "tags", "nextHopGateway"),
            *("nextHopInstance", "nextHopInstanceZone", "nextHopIp", "nextHopIlb", "nextHopVpnTunnel"),
        ),
    )
    outputs = sdk.outputs(_ROUTE)
    collection = "routes"
    scope = "global"
    fields: ClassVar[Fields] = {
        **same("destRange", "description", "priority", "tags", "nextHopIp", "nextHopIlb"),
        "network": link("network", "networks", "global"),
        "nextHopInstance": Field("nextHopInstance"),
        "nextHopGateway": Field(
            "nextHopGateway",
            lambda value, place: value if "/" in value else f"projects/{place.project}/global/gateways/{value}",
        ),
    }
    virtual = frozenset({"nextHopInstanceZone"})
    computed = frozenset({"project", "priority", "nextHopInstanceZone"})
    sets = frozenset({"tags"})

    def body(self, inputs: Mapping[str, Any], place: Any) -> dict[str, Any]:
        body = {"priority": 1000, **super().body(inputs, place)}
        hop, zone = inputs.get("nextHopInstance"), inputs.get("nextHopInstanceZone")
        if isinstance(hop, str) and "/" not in hop and zone is not UNKNOWN:
            body["nextHopInstance"] = f"projects/{place.project}/zones/{zone}/instances/{hop}"
        return body

    async def properties(self, body: Mapping[str, Any], state: Mapping[str, Any]) -> dict[str, Any]:
        found = await super().properties(body, state)
        if "nextHopInstance" in found:
            found["nextHopInstanceZone"] = found["nextHopInstance"].partition("/zones/")[2].split("/")[0]
        return {**found, "nextHopNetwork": found["network"]}


class Firewall(ComputeResource):
    """A firewall rule."""

    token = _FIREWALL
    inputs = sdk.inputs(_FIREWALL, replaces=("name", "project", "network", "direction"))
    outputs = sdk.outputs(_FIREWALL)
    collection = "firewalls"
    scope = "global"
    fields: ClassVar[Fields] = {
        **same("description", "direction", "disabled", "priority", "sourceRanges", "destinationRanges"),
        **same("sourceTags", "targetTags"),
        "network": link("network", "networks", "global"),
        "allows": items("allowed", {"protocol": Field("IPProtocol"), "ports": Field("ports")}),
        "denies": items("denied", {"protocol": Field("IPProtocol"), "ports": Field("ports")}),
        "logConfig": Field(
            "logConfig", lambda value, place: {"enable": True, **value}, lambda value: {"metadata": value["metadata"]}
        ),
    }
    put = True
    computed = frozenset({"project", "direction", "priority", "disabled", "sourceRanges", "destinationRanges"})
    sets = frozenset({"allows", "denies", "sourceRanges", "destinationRanges", "sourceTags", "targetTags"})
