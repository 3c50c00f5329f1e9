"""What is read: the catalogue's answers, and lists cut down by a filter."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from tools.clouds.gce import catalogue
from tools.clouds.gce.discovery import Method
from tools.clouds.gce.errors import CloudError, invalid, not_found
from tools.clouds.gce.objects import Body

_CLAUSE: Final = re.compile(r"\(?\s*(\w+)\s*(?:=|eq)\s*\"?([^\s\")]+)\"?\s*\)?")


def not_offered(method: Method) -> CloudError:
    """A request that Google takes and the stand-in does not."""
    return CloudError(501, f"The stand-in for Google's cloud does not offer {method.identity}.", "notImplemented")


def from_catalogue(method: Method, arguments: Mapping[str, str]) -> dict[str, Any]:
    """Regions, zones, machine types and images."""
    project, zone = arguments["project"], arguments.get("zone", "")
    if method.name == "list":
        items = list(_listed(method, project, zone))
        return {"kind": f"compute#{method.collection.removesuffix('s')}List", "items": items}
    match method.collection, method.name:
        case "projects", "get":
            return {"kind": "compute#project", "name": project, "selfLink": f"{catalogue.BASE}projects/{project}"}
        case "regions", "get":
            return catalogue.region_body(project, arguments["region"])
        case "zones", "get":
            return catalogue.zone_body(project, zone)
        case "machineTypes", "get":
            return _machine_type(project, zone, arguments["machineType"])
        case "images", "get":
            return catalogue.image(project, arguments["image"]).body()
        case "images", "getFromFamily":
            return catalogue.newest_image(project, arguments["family"]).body()
    raise not_offered(method)


def _listed(method: Method, project: str, zone: str) -> Iterable[Body]:
    match method.collection:
        case "regions":
            return (catalogue.region_body(project, each) for each in catalogue.regions())
        case "zones":
            zones = [each for zones in catalogue.regions().values() for each in zones]
            return (catalogue.zone_body(project, each) for each in zones)
        case "machineTypes":
            return catalogue.machine_types(project, zone)
        case "images":
            return (each.body() for each in catalogue.images() if each.project == project)
    raise not_offered(method)


def _machine_type(project: str, zone: str, name: str) -> dict[str, Any]:
    found = catalogue.machine_type(project, zone, name)
    if found is None:
        path = f"projects/{project}/zones/{zone}/machineTypes/{name}"
        raise not_found(path)
    return found


def filtered(answer: dict[str, Any], query: Mapping[str, str]) -> dict[str, Any]:
    """A list without what the request's filter leaves out."""
    text = query.get("filter", "")
    if not text or "items" not in answer:
        return answer
    clauses = _CLAUSE.findall(text)
    if _CLAUSE.sub("", text).replace("AND", "").strip():
        raise invalid("filter", text, "Invalid list filter expression.")
    return {**answer, "items": list(_matching(answer["items"], clauses))}


def _matching(items: Iterable[Body], clauses: Iterable[tuple[str, str]]) -> Iterable[Body]:
    for item in items:
        if all(re.fullmatch(value, str(item.get(name, ""))) for name, value in clauses):
            yield item
