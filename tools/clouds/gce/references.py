"""Which fields of an object name another object, and how such a name is read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from tools.clouds.gce.catalogue import BASE
from tools.clouds.gce.errors import CloudError

# Collection → field → the collections that it may name. [] stands for each item of a list.
REFERENCES: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "subnetworks": {"network": ("networks",)},
    "routers": {
        "network": ("networks",),
        "nats[].subnetworks[].name": ("subnetworks",),
        "nats[].natIps[]": ("addresses",),
    },
    "routes": {"network": ("networks",), "nextHopInstance": ("instances",)},
    "firewalls": {"network": ("networks",)},
    "addresses": {"network": ("networks",), "subnetwork": ("subnetworks",)},
    "instances": {
        "networkInterfaces[].network": ("networks",),
        "networkInterfaces[].subnetwork": ("subnetworks",),
        "disks[].source": ("disks",),
    },
    "instanceGroups": {"network": ("networks",)},
    "instanceTemplates": {
        "properties.networkInterfaces[].network": ("networks",),
        "properties.networkInterfaces[].subnetwork": ("subnetworks",),
    },
    "instanceGroupManagers": {
        "instanceTemplate": ("instanceTemplates",),
        "versions[].instanceTemplate": ("instanceTemplates",),
    },
    "backendServices": {
        "network": ("networks",),
        "backends[].group": ("instanceGroups",),
        "healthChecks[]": ("healthChecks",),
    },
    "forwardingRules": {
        "network": ("networks",),
        "subnetwork": ("subnetworks",),
        "backendService": ("backendServices",),
        "target": ("targetPools",),
    },
    "targetPools": {"instances[]": ("instances",), "healthChecks[]": ("healthChecks",)},
}
# What is named here may be deleted all the same: a route then leads nowhere, a pool forgets the instance,
# no machine can be made of a template.
LOOSE: Final = {
    ("routes", "nextHopInstance"),
    ("targetPools", "instances[]"),
    ("instanceTemplates", "properties.networkInterfaces[].network"),
    ("instanceTemplates", "properties.networkInterfaces[].subnetwork"),
}


def collection_of(path: str) -> str:
    """The collection of an object: networks, routes, …"""
    return path.split("/")[-2]


def name_of(path: str) -> str:
    """The last part of a path or a link."""
    return path.rpartition("/")[2]


def path_of(reference: str, project: str) -> str:
    """The object's path, from a full link or from a part of one, as Google takes them."""
    match = re.search(r"(?:^|/)(projects/[^/]+/(?:global|regions/[^/]+|zones/[^/]+)/\w+/[^/]+)$", reference)
    if match:
        return match[1]
    if re.fullmatch(r"(?:global|regions/[^/]+|zones/[^/]+)/\w+/[^/]+", reference):
        return f"projects/{project}/{reference}"
    raise CloudError(400, f"Invalid value for field: '{reference}'. The URL is malformed.")


def link(path: str) -> str:
    """The full link of an object."""
    return BASE + path


def normalise(collection: str, body: dict[str, Any], project: str) -> None:
    """Writes every reference as a full link."""
    for field, allowed in REFERENCES.get(collection, {}).items():
        for container, key, reference in _places(body, field):
            path = path_of(reference, project)
            if collection_of(path) not in allowed:
                raise CloudError(
                    400, f"Invalid value for field 'resource.{field}': '{reference}'. The URL is malformed."
                )
            container[key] = link(path)


def references(collection: str, body: dict[str, Any], *, holding_only: bool = False) -> Iterator[tuple[str, str]]:
    """Field and path of each object that is named; `holding_only`: of those that may not be deleted because of it."""
    for field in REFERENCES.get(collection, {}):
        if holding_only and (collection, field) in LOOSE:
            continue
        for _, _, reference in _places(body, field):
            yield field, reference.removeprefix(BASE)


def _places(body: Any, field: str) -> Iterator[tuple[Any, Any, str]]:
    head, _, rest = field.partition(".")
    name, is_list = head.removesuffix("[]"), head.endswith("[]")
    value = body.get(name)
    if value is None:
        return
    for key, item in enumerate(value) if is_list else [(name, value)]:
        if rest:
            yield from _places(item, rest)
        else:
            yield (value if is_list else body), key, item
