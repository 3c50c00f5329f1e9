"""What follows from the objects of the Compute API, in the words of the data plane."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network
from typing import Any, Final

from tools.clouds.gce import managed
from tools.clouds.gce.catalogue import region_of, source_image
from tools.clouds.gce.objects import Objects
from tools.clouds.gce.references import link, name_of
from tools.clouds.gce.world_balancers import balancers
from tools.clouds.world import Instance, Network, Route, Rule, World

_ALL: Final = IPv4Network("0.0.0.0/0")
_NUMBERS: Final = {"1": "icmp", "6": "tcp", "17": "udp"}


def make_world(objects: Objects) -> World:
    """The whole world at this moment."""
    instances = tuple(_instances(objects))
    return World(
        networks=tuple(_networks(objects)),
        instances=instances,
        routes=(*_routes(objects, instances), *_gateways(objects)),
        rules=tuple(_rules(objects)),
        balancers=tuple(balancers(objects, instances)),
        groups=tuple(managed.groups(objects)),
    )


def _networks(objects: Objects) -> Iterator[Network]:
    for path, network in objects.all("networks"):
        ranges = [IPv4Network(each["ipCidrRange"]) for each in _subnetworks(objects, link(path))]
        yield Network(id=network["id"], ranges=tuple(ranges))


def _subnetworks(objects: Objects, network: str) -> list[dict[str, Any]]:
    return [each for _, each in objects.all("subnetworks") if each["network"] == network]


def _instances(objects: Objects) -> Iterator[Instance]:
    for _, body in objects.all("instances"):
        interface = body["networkInterfaces"][0]
        public = next((each["natIP"] for each in interface.get("accessConfigs", [])), None)
        metadata = {item["key"]: item.get("value", "") for item in body["metadata"].get("items", [])}
        boot = objects.at(body["disks"][0]["source"])
        yield Instance(
            id=body["id"],
            name=body["name"],
            network=objects.at(interface["network"])["id"],
            address=IPv4Address(interface["networkIP"]),
            subnet=IPv4Network(objects.at(interface["subnetwork"])["ipCidrRange"]),
            public_address=IPv4Address(public) if public else None,
            user_data=metadata.get("user-data", ""),
            running=body["status"] == "RUNNING",
            forwards=body["canIpForward"],
            image=source_image(boot["sourceImage"], "sourceImage").operating_system if "sourceImage" in boot else "",
            ssh_keys=tuple(_keys(metadata.get("ssh-keys", ""))),
            aliases=tuple(IPv4Network(each["ipCidrRange"]) for each in interface.get("aliasIpRanges", [])),
            zone=(zone := name_of(body["zone"])),
            region=region_of(zone),
        )


def _keys(lines: str) -> Iterator[str]:
    # Each line is USER:KEY; the user is named in the user data as well.
    yield from [line.partition(":")[2] for line in lines.splitlines() if ":" in line]


def _routes(objects: Objects, instances: tuple[Instance, ...]) -> Iterator[Route]:
    by_address = {(each.network, str(each.address)): each.id for each in instances}
    for _, body in objects.all("routes"):
        network = objects.at(body["network"])["id"]
        next_hop: str | None = None
        if "nextHopInstance" in body:
            instance = objects.find(body["nextHopInstance"].partition("/compute/v1/")[2])
            next_hop = instance["id"] if instance else None
        elif "nextHopIp" in body:
            next_hop = by_address.get((network, body["nextHopIp"]))
        elif body.get("nextHopGateway", "").endswith("/default-internet-gateway"):
            next_hop = "internet"
        # A route to an instance that is gone stays, and leads nowhere.
        if next_hop is not None:
            yield Route(
                network=network,
                subnets=tuple(_tagged_addresses(objects, body)),
                destination=IPv4Network(body["destRange"]),
                next_hop=next_hop,
            )


def _tagged_addresses(objects: Objects, route: dict[str, Any]) -> Iterator[IPv4Network]:
    for body in _tagged(objects, route["network"], route.get("tags", [])) if route.get("tags") else []:
        yield IPv4Network(body["networkInterfaces"][0]["networkIP"])


def _gateways(objects: Objects) -> Iterator[Route]:
    """The ways out through Cloud NAT: it needs the network's own route to the internet."""
    outward = {each["network"] for _, each in objects.all("routes") if each["destRange"] == str(_ALL)}
    for _, router in objects.all("routers"):
        for gateway in router.get("nats", []) if router["network"] in outward else []:
            chosen = {each["name"] for each in gateway.get("subnetworks", [])}
            everything = gateway["sourceSubnetworkIpRangesToNat"] != "LIST_OF_SUBNETWORKS"
            subnets = [
                IPv4Network(each["ipCidrRange"])
                for each in _subnetworks(objects, router["network"])
                if each["region"] == router["region"] and (everything or each["selfLink"] in chosen)
            ]
            if subnets:
                chosen_address = next((objects.at(each)["address"] for each in gateway.get("natIps", [])), None)
                yield Route(
                    network=objects.at(router["network"])["id"],
                    subnets=tuple(subnets),
                    destination=_ALL,
                    next_hop="nat",
                    nat_address=IPv4Address(chosen_address) if chosen_address else None,
                )


def _rules(objects: Objects) -> Iterator[Rule]:
    """Ingress rules that allow. Rules that deny and egress rules have no counterpart in the data plane."""
    for _, body in objects.all("firewalls"):
        if body["disabled"] or body["direction"] != "INGRESS":
            continue
        guarded = _ids(_tagged(objects, body["network"], body.get("targetTags", [])))
        tags = body.get("sourceTags", [])
        sources = _ids(_tagged(objects, body["network"], tags)) if tags else ()
        for entry in body.get("allowed", []):
            yield Rule(
                instances=guarded,
                protocol=_NUMBERS.get(entry["IPProtocol"], entry["IPProtocol"]),
                ports=tuple(_ports(entry)),
                sources=tuple(IPv4Network(each) for each in body.get("sourceRanges", [])),
                source_instances=sources,
                destinations=tuple(IPv4Network(each) for each in body.get("destinationRanges", [])),
            )


def _ports(entry: dict[str, Any]) -> Iterator[tuple[int, int]]:
    for port in entry.get("ports", []):
        first, _, last = port.partition("-")
        yield int(first), int(last or first)


def _tagged(objects: Objects, network: str, tags: list[str]) -> list[dict[str, Any]]:
    """The instances of a network with one of the tags; without tags, all."""
    return [
        body
        for _, body in objects.all("instances")
        if body["networkInterfaces"][0]["network"] == network
        and (not tags or set(tags) & set(body["tags"].get("items", [])))
    ]


def _ids(bodies: list[dict[str, Any]]) -> tuple[str, ...]:
    return tuple(body["id"] for body in bodies)
