"""Google's own description of the Compute API: which requests there are, and what their bodies may hold.

It comes with google-api-python-client, so a misspelt field is refused here exactly where Google refuses it.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tools.clouds.gce.errors import CloudError, invalid

_DOCUMENT = "discovery_cache/documents/compute.v1.json"
# Of the API's beta, which the official plugin speaks.
_BETA = {"minReadySec": {"type": "integer", "format": "int32"}}


@dataclass(frozen=True, kw_only=True)
class Method:
    """A request of the API. `request` is the name of its body's schema; `identity` is like compute.routes.insert."""

    identity: str
    collection: str
    name: str
    request: str | None
    pattern: re.Pattern[str]


@cache
def document() -> dict[str, Any]:
    """The discovery document of compute/v1."""
    package = find_spec("googleapiclient")
    if package is None or not package.submodule_search_locations:
        raise ImportError("the Python package google-api-python-client (requirements-clouds.txt) is not installed")
    found: dict[str, Any] = json.loads((Path(next(iter(package.submodule_search_locations))) / _DOCUMENT).read_text())
    found["schemas"]["InstanceGroupManagerUpdatePolicy"]["properties"] |= _BETA
    return found


@cache
def _methods() -> Mapping[tuple[str, int], list[Method]]:
    """The methods by verb and number of the path's parts."""
    methods: dict[tuple[str, int], list[Method]] = defaultdict(list)
    for collection, resource in document()["resources"].items():
        for name, description in resource.get("methods", {}).items():
            path = description["flatPath"]
            pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(path))
            method = Method(
                identity=description["id"],
                collection=collection,
                name=name,
                request=description.get("request", {}).get("$ref"),
                pattern=re.compile(pattern),
            )
            methods[description["httpMethod"], path.count("/")].append(method)
    return methods


def find_method(verb: str, path: str) -> tuple[Method, dict[str, str]]:
    """The method that a request asks for, and the values in its path."""
    for method in _methods()[verb, path.count("/")]:
        if match := method.pattern.fullmatch(path):
            return method, match.groupdict()
    raise CloudError(404, f"The requested URL {path} was not found on this server.", "notFound")


def checked(schema: str, body: Any, method: str) -> dict[str, Any]:
    """The body without what Google ignores in a request; raises CloudError on what Google would refuse."""
    taken: dict[str, Any] = _checked({"$ref": schema}, body, "resource", method)
    return taken


def _checked(schema: Mapping[str, Any], value: Any, path: str, method: str) -> Any:
    if "$ref" in schema:
        schema = document()["schemas"][schema["$ref"]]
    kind = schema.get("type")
    if kind == "object":
        return _checked_object(schema, value, path, method)
    if kind == "array":
        if not isinstance(value, list):
            raise _wrong_type(path, "TYPE_LIST", value)
        return [_checked(schema["items"], item, f"{path}[{number}]", method) for number, item in enumerate(value)]
    if kind == "string":
        return _checked_string(schema, value, path)
    if kind == "integer" and (isinstance(value, bool) or not isinstance(value, int)):
        raise _wrong_type(path, "TYPE_INT32", value)
    if kind == "boolean" and not isinstance(value, bool):
        raise _wrong_type(path, "TYPE_BOOL", value)
    return value


def _checked_object(schema: Mapping[str, Any], value: Any, path: str, method: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _wrong_type(path, "TYPE_MESSAGE", value)
    properties = schema.get("properties")
    if properties is None:
        items = schema.get("additionalProperties", {})
        return {name: _checked(items, item, f"{path}.{name}", method) for name, item in value.items()}
    for name in value:
        if name not in properties:
            raise CloudError(
                400, f"Invalid JSON payload received. Unknown name \"{name}\" at '{path}': Cannot find field."
            )
    for name, declared in properties.items():
        if method in declared.get("annotations", {}).get("required", []) and value.get(name) in (None, ""):
            raise CloudError(400, f"Required field '{path}.{name}' not specified", "required")
    return {
        name: _checked(properties[name], item, f"{path}.{name}", method)
        for name, item in value.items()
        if item is not None and not _output_only(properties[name])
    }


def _output_only(declared: Mapping[str, Any]) -> bool:
    return bool(declared.get("readOnly")) or declared.get("description", "").startswith("[Output Only]")


def _checked_string(schema: Mapping[str, Any], value: Any, path: str) -> str:
    if schema.get("format") in ("int64", "uint64") and isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise _wrong_type(path, "TYPE_STRING", value)
    if "enum" in schema and value not in schema["enum"]:
        raise invalid(path, value, f"Must be one of [{', '.join(schema['enum'])}].")
    if "pattern" in schema and not re.fullmatch(schema["pattern"], value):
        raise invalid(path, value, f"Must be a match of regex '{schema['pattern']}'")
    return value


def _wrong_type(path: str, expected: str, value: Any) -> CloudError:
    return CloudError(400, f"Invalid value at '{path}' ({expected}), {json.dumps(value)}")
