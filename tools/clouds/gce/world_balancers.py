"""The passthrough load balancers that follow from forwarding rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address
from typing import Any, Final

from tools.clouds.gce.objects import Objects
from tools.clouds.gce.rules.balancing import CHECKS
from tools.clouds.world import Balancer, HealthCheck, Instance

_MOST_PORTS: Final = 100


def balancers(objects: Objects, instances: Iterable[Instance]) -> Iterator[Balancer]:
    """One for each port of each forwarding rule for TCP.

    Packets arrive with their sender's own address, health checks with Google's: the targets' rules decide on both.
    """
    by_id = {each.id: each for each in instances}
    for _, body in objects.all("forwardingRules"):
        if body["IPProtocol"] != "TCP":
            continue
        targets = [by_id[each] for each in _targets(objects, body)]
        for port in _ports(body):
            yield Balancer(
                id=f"{body['id']}-{port}",
                network=targets[0].network if targets else "",
                address=IPv4Address(body["IPAddress"]),
                port=port,
                targets=tuple((each.id, port) for each in targets),
                check=_check(objects, body),
                public=body["loadBalancingScheme"] == "EXTERNAL",
                allowed=None,
            )


def _ports(body: dict[str, Any]) -> list[int]:
    if "ports" in body:
        return [int(port) for port in body["ports"]]
    first, _, last = body.get("portRange", "").partition("-")
    ports = range(int(first), int(last) + 1) if first else range(0)
    return list(ports)[:_MOST_PORTS]


def _targets(objects: Objects, body: dict[str, Any]) -> list[str]:
    if "target" in body:
        links = objects.at(body["target"]).get("instances", [])
        found = [objects.find(each.partition("/compute/v1/")[2]) for each in links]
        return [each["id"] for each in found if each is not None]
    paths: list[str] = []
    for backend in objects.at(body["backendService"]).get("backends", []):
        paths += objects.members[backend["group"].partition("/compute/v1/")[2]]
    return [objects.get(path)["id"] for path in paths]


def _check(objects: Objects, body: dict[str, Any]) -> HealthCheck | None:
    if "backendService" not in body:
        return None
    check = objects.at(objects.at(body["backendService"])["healthChecks"][0])
    particulars = check[CHECKS[check["type"]][0]]
    return HealthCheck(
        protocol=check["type"].lower(),
        port=particulars["port"],
        path=particulars.get("requestPath", ""),
        interval=check["checkIntervalSec"],
        timeout=check["timeoutSec"],
        healthy=check["healthyThreshold"],
        unhealthy=check["unhealthyThreshold"],
    )
