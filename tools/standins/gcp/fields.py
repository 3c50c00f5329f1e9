"""How the properties of a resource and the fields of the API's objects are turned into each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tools.standins.core.operation import StandInError
from tools.standins.core.values import UNKNOWN
from tools.standins.gcp.configuration import Place, Scope

_API = "https://www.googleapis.com/compute/v1/"


def _same(value: Any, place: Place) -> Any:
    return value


def _same_back(value: Any) -> Any:
    return value


@dataclass(frozen=True)
class Field:
    """A field of the API's object, with dots into objects; how a property becomes it, and how it becomes a property."""

    api: str
    to: Callable[[Any, Place], Any] = _same
    back: Callable[[Any], Any] = _same_back


Fields = Mapping[str, Field]


def same(*names: str) -> dict[str, Field]:
    """Fields that are called like their properties."""
    return {name: Field(name) for name in names}


def link(api: str, collection: str, scope: Scope) -> Field:
    """A field that names another object: by its link, its path, or its name alone."""
    return Field(api, lambda value, place: full(value, collection, scope, place))


def full(reference: Any, collection: str, scope: Scope, place: Place) -> Any:
    """The path of an object that is named by a link, a path, or a name in the place."""
    if reference is UNKNOWN or "/" in reference:
        return reference
    where = {"global": "global", "region": f"regions/{place.any_region}", "zone": f"zones/{place.zone}"}[scope]
    return f"projects/{place.project}/{where}/{collection}/{reference}"


def inner(api: str, fields: Fields) -> Field:
    """An object in the object."""
    return Field(api, lambda value, place: to_body(fields, value, place), lambda value: from_body(fields, value))


def items(api: str, fields: Fields) -> Field:
    """A list of objects."""
    return Field(
        api,
        lambda value, place: [to_body(fields, each, place) for each in value],
        lambda value: [from_body(fields, each) for each in value],
    )


def number(api: str) -> Field:
    """A number that the API writes as a text."""
    return Field(api, lambda value, place: value if value is UNKNOWN else str(int(value)), int)


def disk_type(api: str) -> Field:
    """A zone's disk type, which a program calls by its name."""
    return Field(
        api, lambda value, place: full(value, "diskTypes", "zone", place), lambda value: value.rpartition("/")[2]
    )


def to_body(fields: Fields, inputs: Any, place: Place) -> Any:
    """The API's object. Raises StandInError for a property that the stand-in does not know what to do with."""
    if inputs is UNKNOWN:
        return inputs
    body: dict[str, Any] = {}
    for name, value in inputs.items():
        if value is None:
            continue
        if name not in fields:
            raise StandInError(f"the stand-in for pulumi-gcp does not take {name}")
        *outer, last = fields[name].api.split(".")
        target = body
        for each in outer:
            target = target.setdefault(each, {})
        target[last] = value if value is UNKNOWN else fields[name].to(value, place)
    return body


def from_body(fields: Fields, body: Mapping[str, Any]) -> dict[str, Any]:
    """The properties that an object of the API has."""
    found = {}
    for name, field in fields.items():
        value: Any = body
        for each in field.api.split("."):
            value = value.get(each) if isinstance(value, Mapping) else None
        if value is not None:
            found[name] = field.back(value)
    return found


def path(self_link: str) -> str:
    """A link's path, which is the ID of most resources."""
    return self_link.removeprefix(_API)


def keep_spelling(given: Any, found: Any) -> Any:
    """`found`, where a link that the program wrote shorter stays as it wrote it."""
    if isinstance(given, str) and isinstance(found, str):
        return given if found.startswith(_API) and found.endswith(f"/{given.lstrip('/')}") else found
    if isinstance(given, Mapping) and isinstance(found, Mapping):
        return {name: keep_spelling(given.get(name), value) for name, value in found.items()}
    if isinstance(given, list) and isinstance(found, list) and len(given) == len(found):
        return [keep_spelling(before, now) for before, now in zip(given, found, strict=True)]
    return found


def in_order_of(given: Iterable[str], links: Iterable[str]) -> list[str]:
    """Links in the order in which the program names the same objects, the others behind."""
    order = [each.rpartition("/")[2] for each in given]
    return sorted(
        links, key=lambda each: order.index(name) if (name := each.rpartition("/")[2]) in order else len(order)
    )
