"""What is asked of Google before anything is made: zones, machine types, images, and what an existing network has."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from ipaddress import IPv4Network
from typing import TypeVar

import pulumi
import pulumi_gcp as gcp

from components.config.facts import refuse
from components.config.problems import Problem
from components.machines.images import pinned
from components.machines.lookup import invoke_options, stop
from components.plan.cloud import CloudPlan
from components.plan.pools import ImageQuery

ARCHITECTURES = {"amd64": "X86_64", "arm64": "ARM64"}
Answer = TypeVar("Answer")


def check_places(cloud: CloudPlan, opts: pulumi.ResourceOptions) -> None:
    """End the program where the region lacks a zone, or a zone a machine type of that architecture."""
    options = invoke_options(opts)
    rule = f"Google answers for project {cloud.project} and region {cloud.region}"
    way_out = "sign in with gcloud auth application-default login; see whether the project and the region are right"
    zones = _ask("cloud", rule, way_out, lambda: gcp.compute.get_zones(region=cloud.region, opts=options)).names
    types = {
        zone: {
            one.name: one.architecture for one in gcp.compute.get_machine_types(zone=zone, opts=options).machine_types
        }
        for zone in dict.fromkeys(zone for _, _, zone, _ in _places(cloud) if zone in zones)
    }
    problems = [*_zone_problems(cloud, zones), *_type_problems(cloud, types)]
    if problems:
        stop(problems)


def _places(cloud: CloudPlan) -> Iterator[tuple[str, str, str, str]]:
    """Pool, machine type, zone and architecture of each machine, and of those that groups may have."""
    yield from ((one.pool, one.type, one.zone, one.image.architecture) for one in cloud.instances)
    for group in cloud.groups:
        yield from ((group.name, group.type, zone.name, group.image.architecture) for zone in group.zones)


def _zone_problems(cloud: CloudPlan, there: Sequence[str]) -> Iterator[Problem]:
    for index, zone in enumerate(cloud.site.zones):
        if zone.name not in there:
            rule = f"a zone that {cloud.region} has: {', '.join(there)}"
            yield refuse(f"cloud.zones[{index}]", rule, "choose one of these", zone.name)


def _type_problems(cloud: CloudPlan, types: Mapping[str, Mapping[str, str]]) -> Iterator[Problem]:
    """`types` are those of each zone, with their architectures; old ones say nothing of theirs."""
    wanted = {(pool, kind): architecture for pool, kind, _, architecture in _places(cloud)}
    for (pool, kind), architecture in wanted.items():
        zones = [zone for other, _, zone, _ in _places(cloud) if other == pool and zone in types]
        missing = [zone for zone in dict.fromkeys(zones) if kind not in types[zone]]
        if missing:
            rule = f"a machine type that there is in {', '.join(missing)}, for pool {pool}"
            yield refuse("pools", rule, f"see gcloud compute machine-types list --zones {missing[0]}", kind)
        elif found := {types[zone][kind] for zone in zones} - {"", None, ARCHITECTURES[architecture]}:
            rule = f"pool {pool} says architecture {architecture}, and its type is {min(found).lower()}"
            yield refuse("pools", rule, "choose another type, or write the architecture it has", kind)


def image(name: str, query: ImageQuery, opts: pulumi.ResourceOptions) -> pulumi.Input[str]:
    """The image's path or link; one that was looked up is kept, see `pinned`."""
    if query.id:
        return query.id
    rule = f"an image family that project {query.owner} has"
    way_out = f"see gcloud compute images list --project {query.owner}, then correct cloud.image or the pool's image"
    options = invoke_options(opts)
    found = _ask(
        "cloud.image",
        rule,
        way_out,
        lambda: gcp.compute.get_image(family=query.name, project=query.owner, opts=options),
    )
    return pinned(name, query, pulumi.Output.from_input(found.self_link), opts)


def existing_network(cloud: CloudPlan, opts: pulumi.ResourceOptions) -> str:
    """The existing network's link; ends the program where others' subnetworks are in the way."""
    options = invoke_options(opts)
    rule, way_out = f"a network of project {cloud.project}", "see gcloud compute networks list"
    found = _ask(
        "cloud.network.id", rule, way_out, lambda: gcp.compute.get_network(name=cloud.network_id, opts=options)
    )
    subnetworks = [gcp.compute.get_subnetwork(self_link=link, opts=options) for link in found.subnetworks_self_links]
    own = (cloud.prefix, *(f"{cloud.prefix}-machines-{n}" for n in range(2, 10)), f"{cloud.prefix}-groups")
    others = {
        f"{one.region}/{one.name}": IPv4Network(one.ip_cidr_range)
        for one in subnetworks
        if one.region != cloud.region or one.name not in own
    }
    problems = list(_range_problems(cloud, others))
    if problems:
        stop(problems)
    return found.self_link


def _range_problems(cloud: CloudPlan, others: Mapping[str, IPv4Network]) -> Iterator[Problem]:
    for name, taken in others.items():
        if taken.overlaps(cloud.node_range):
            rule = f"it is free: the network's subnetwork {name} has {taken}"
            yield refuse("network.nodeRange", rule, "choose a range that no subnetwork has", cloud.node_range)
        pods = next((pods for pods in cloud.routes.values() if taken.overlaps(pods)), None)
        if pods is not None:
            rule = f"it is free: the network's subnetwork {name} has {taken}"
            yield refuse("network.podRange", rule, "choose a range that no subnetwork has", pods)


def _ask(key: str, rule: str, way_out: str, question: Callable[[], Answer]) -> Answer:
    """The answer to a question; where there is none, the program ends with what Google said."""
    try:
        return question()
    # Pulumi has no narrower class for what a provider refuses.
    except Exception as error:
        stop([refuse(key, rule, way_out, str(error))])
