"""Health checks, backend services and forwarding rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from tools.standins import sdk
from tools.standins.core.operation import Operation
from tools.standins.gcp.compute import ComputeResource
from tools.standins.gcp.configuration import CONFIGURATION, Place, Scope
from tools.standins.gcp.fields import Field, Fields, full, inner, items, link, path, same

_GLOBAL_CHECK: Final = "gcp:compute/healthCheck:HealthCheck"
_REGION_CHECK: Final = "gcp:compute/regionHealthCheck:RegionHealthCheck"
_SERVICE: Final = "gcp:compute/regionBackendService:RegionBackendService"
_RULE: Final = "gcp:compute/forwardingRule:ForwardingRule"
_TYPES: Final = {"httpHealthCheck": "HTTP", "httpsHealthCheck": "HTTPS", "tcpHealthCheck": "TCP"}
_REQUEST: Final = same("host", "port", "portName", "portSpecification", "proxyHeader", "requestPath", "response")
_CHECK: Final = {
    **same("checkIntervalSec", "timeoutSec", "healthyThreshold", "unhealthyThreshold", "description"),
    "httpHealthCheck": inner("httpHealthCheck", _REQUEST),
    "httpsHealthCheck": inner("httpsHealthCheck", _REQUEST),
    "tcpHealthCheck": inner("tcpHealthCheck", _REQUEST),
    "logConfig": inner("logConfig", same("enable")),
}
_CHECK_DEFAULTS: Final = {"checkIntervalSec": 5, "timeoutSec": 5, "healthyThreshold": 2, "unhealthyThreshold": 2}


class HealthCheck(ComputeResource):
    """A health check for the whole project."""

    token = _GLOBAL_CHECK
    inputs = sdk.inputs(_GLOBAL_CHECK, replaces=("name", "project"), defaults=_CHECK_DEFAULTS)
    outputs = sdk.outputs(_GLOBAL_CHECK)
    collection = "healthChecks"
    scope: ClassVar[Scope] = "global"
    fields: ClassVar[Fields] = _CHECK
    put = True
    computed = frozenset({"project"})

    def body(self, inputs: Mapping[str, Any], place: Place) -> dict[str, Any]:
        kinds = [kind for name, kind in _TYPES.items() if inputs.get(name) is not None]
        return {**super().body(inputs, place), **({"type": kinds[0]} if kinds else {})}

    async def properties(self, body: Mapping[str, Any], state: Mapping[str, Any]) -> dict[str, Any]:
        return {**await super().properties(body, state), "type": body["type"]}


class RegionHealthCheck(HealthCheck):
    """A health check of a region, as passthrough balancers need one."""

    token = _REGION_CHECK
    inputs = sdk.inputs(_REGION_CHECK, replaces=("name", "project", "region"), defaults=_CHECK_DEFAULTS)
    outputs = sdk.outputs(_REGION_CHECK)
    scope = "region"
    computed = frozenset({"project", "region"})

    async def properties(self, body: Mapping[str, Any], state: Mapping[str, Any]) -> dict[str, Any]:
        return {**await super().properties(body, state), "healthCheckId": int(body["id"])}


class RegionBackendService(ComputeResource):
    """The machines behind a balancer of a region."""

    token = _SERVICE
    inputs = sdk.inputs(
        _SERVICE,
        replaces=("name", "project", "region", "network", "loadBalancingScheme"),
        # The official provider's defaults; for the cloud itself it would be EXTERNAL.
        defaults={"loadBalancingScheme": "INTERNAL", "connectionDrainingTimeoutSec": 0},
    )
    outputs = sdk.outputs(_SERVICE)
    collection = "backendServices"
    scope = "region"
    fields: ClassVar[Fields] = {
        **same("description", "loadBalancingScheme", "protocol", "sessionAffinity", "timeoutSec", "portName"),
        "connectionDrainingTimeoutSec": Field("connectionDraining.drainingTimeoutSec"),
        "healthChecks": Field(
            "healthChecks",
            lambda value, place: [full(value, "healthChecks", "region", place)],
            lambda value: value[0] if value else "",
        ),
        "network": link("network", "networks", "global"),
        "backends": items(
            "backends",
            {
                **same("balancingMode", "capacityScaler", "description", "failover", "maxConnections"),
                "group": link("group", "instanceGroups", "zone"),
            },
        ),
        "connectionTrackingPolicy": inner(
            "connectionTrackingPolicy",
            same("connectionPersistenceOnUnhealthyBackends", "trackingMode", "idleTimeoutSec"),
        ),
        "failoverPolicy": inner(
            "failoverPolicy", same("disableConnectionDrainOnFailover", "dropTrafficIfUnhealthy", "failoverRatio")
        ),
        "logConfig": inner("logConfig", same("enable", "sampleRate")),
    }
    put = True
    computed = frozenset({"project", "region", "protocol", "sessionAffinity", "timeoutSec", "network"})
    sets = frozenset({"backends"})

    def body(self, inputs: Mapping[str, Any], place: Place) -> dict[str, Any]:
        body = super().body(inputs, place)
        for backend in body.get("backends", []) if isinstance(body.get("backends"), list) else []:
            # The official provider's default, which a passthrough balancer refuses: the program has to say CONNECTION.
            if isinstance(backend, dict):
                backend.setdefault("balancingMode", "UTILIZATION")
        return body

    async def properties(self, body: Mapping[str, Any], state: Mapping[str, Any]) -> dict[str, Any]:
        found = await super().properties(body, state)
        order = [path(each["group"]) for each in state.get("backends", []) if isinstance(each, Mapping)]
        found["backends"] = sorted(
            found.get("backends", []),
            key=lambda each: order.index(path(each["group"])) if path(each["group"]) in order else len(order),
        )
        return {**found, "fingerprint": body["fingerprint"], "generatedId": int(body["id"])}


class ForwardingRule(ComputeResource):
    """A balancer's address and ports."""

    token = _RULE
    inputs = sdk.inputs(
        _RULE,
        replaces=(
            *("name", "project", "region", "description", "ipAddress", "ipProtocol", "ipVersion", "portRange", "ports"),
            *("allPorts", "loadBalancingScheme", "network", "subnetwork", "networkTier", "serviceLabel"),
        ),
        defaults={"loadBalancingScheme": "EXTERNAL"},
    )
    outputs = sdk.outputs(_RULE)
    collection = "forwardingRules"
    scope = "region"
    fields: ClassVar[Fields] = {
        **same("description", "loadBalancingScheme", "networkTier", "ports", "portRange", "allPorts", "ipVersion"),
        **same("allowGlobalAccess", "serviceLabel"),
        "ipAddress": Field("IPAddress"),
        "ipProtocol": Field("IPProtocol"),
        "network": link("network", "networks", "global"),
        "subnetwork": link("subnetwork", "subnetworks", "region"),
        "backendService": link("backendService", "backendServices", "region"),
        "target": link("target", "targetPools", "region"),
    }
    labelled = True
    computed = frozenset({"project", "region", "ipAddress", "ipProtocol", "network", "subnetwork", "networkTier"})
    sets = frozenset({"ports"})

    async def properties(self, body: Mapping[str, Any], state: Mapping[str, Any]) -> dict[str, Any]:
        found = await super().properties(body, state)
        first, _, last = str(found.get("portRange", "")).partition("-")
        if first and first == last and state.get("portRange") == first:
            found["portRange"] = first
        if "/" in str(state.get("ipAddress", "")):
            found["ipAddress"] = state["ipAddress"]
        return {**found, "forwardingRuleId": int(body["id"])}

    async def change(self, operation: Operation, state: Mapping[str, Any], inputs: Mapping[str, Any]) -> None:
        place = CONFIGURATION.place("region", inputs)
        wanted = self.body(inputs, place)
        patch = {name: wanted[name] for name in ("backendService", "allowGlobalAccess") if name in wanted}
        if patch:
            await self.client.change(operation, "PATCH", state["id"], patch, doing="updating ForwardingRule")
