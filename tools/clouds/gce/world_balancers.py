"""The passthrough load balancers that follow from forwarding rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv4Network
from typing import Any, Final

from tools.clouds.gce.objects import Objects
from tools.clouds.gce.rules.balancing import CHECKS
from tools.clouds.world import Balancer, HealthCheck, Instance, Rule

# Google's health checks come from these ranges; a rule must let them in.
CHECKERS: Final = (IPv4Network("130.211.0.0/22"), IPv4Network("35.191.0.0/16"))
_MOST_PORTS: Final = 100


def balancers(objects: Objects, instances: Iterable[Instance], rules: Iterable[Rule]) -> Iterator[Balancer]:
    """One for each port of each forwarding rule for TCP."""
    by_id = {each.id: each for each in instances}
    for _, body in objects.all("forwardingRules"):
        if body["IPProtocol"] != "TCP":
            continue
        check = _check(objects, body)
        targets = [by_id[each] for each in _targets(objects, body)]
        if check is not None:
            targets = [each for each in targets if _lets_in(rules, each.id, check.port, CHECKERS)]
        for port in _ports(body):
            yield Balancer(
                id=f"{body['id']}-{port}",
                network=targets[0].network if targets else "",
                address=IPv4Address(body["IPAddress"]),
                port=port,
                targets=tuple((each.id, port) for each in targets),
                check=check,
                public=body["loadBalancingScheme"] == "EXTERNAL",
                allowed=tuple(_allowed(rules, by_id, {each.id for each in targets}, port)),
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


def _opens(rule: Rule, port: int) -> bool:
    return rule.protocol in ("tcp", "all") and (not rule.ports or any(a <= port <= b for a, b in rule.ports))


def _lets_in(rules: Iterable[Rule], instance: str, port: int, ranges: Iterable[IPv4Network]) -> bool:
    """Whether the rules of an instance let all of these ranges in to a port."""
    open_to = [each for rule in rules if instance in rule.instances and _opens(rule, port) for each in rule.sources]
    return all(any(wanted.subnet_of(each) for each in open_to) for wanted in ranges)


def _allowed(
    rules: Iterable[Rule], instances: dict[str, Instance], targets: set[str], port: int
) -> Iterator[IPv4Network]:
    """Who may connect: packets arrive with their sender's own address, so the targets' rules decide."""
    found: dict[IPv4Network, None] = {}
    for rule in rules:
        if targets & set(rule.instances) and _opens(rule, port):
            found |= dict.fromkeys(rule.sources)
            found |= {IPv4Network(instances[each].address): None for each in rule.source_instances}
    yield from found
