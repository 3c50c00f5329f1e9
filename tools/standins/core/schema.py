"""What a resource takes and gives back, as data, and the check of inputs against it."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from tools.standins.core.values import UNKNOWN, Secret, contains_unknown, plain, secret

Kind = Literal["string", "integer", "number", "boolean", "any"]


@dataclass(frozen=True, kw_only=True)
class ListOf:
    """A list with items of one type."""

    item: Type


@dataclass(frozen=True, kw_only=True)
class MapOf:
    """A map from strings to values of one type."""

    item: Type


@dataclass(frozen=True, kw_only=True)
class ObjectOf:
    """An object with named properties."""

    properties: Mapping[str, Input]


Type = Kind | ListOf | MapOf | ObjectOf


@dataclass(frozen=True, kw_only=True)
class Input:
    """An input property.

    `default` is filled in by the check, `secret` marks it there. `replaces`: a change makes a new resource.
    `choices` and `minimum` bound a scalar, or each item of a list. `refused`: why the stand-in does not take it.
    """

    type: Type
    required: bool = False
    default: Any = None
    secret: bool = False
    replaces: bool = False
    choices: tuple[str, ...] = ()
    minimum: int | None = None
    refused: str = ""


@dataclass(frozen=True, kw_only=True)
class Output:
    """A property that only the resource knows."""

    type: Type
    secret: bool = False
    optional: bool = False


@dataclass(frozen=True, kw_only=True)
class Failure:
    """An input that cannot be taken: the path of the property and the reason, a sentence without a full stop."""

    path: str
    reason: str


_EXPECTED: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "boolean": (bool,),
    "number": (int, float),
}


def check(properties: Mapping[str, Input], given: Mapping[str, Any]) -> tuple[dict[str, Any], list[Failure]]:
    """The inputs with defaults and secret marks filled in, and what is wrong with them."""
    failures: list[Failure] = []
    return _check_object(properties, given, "", failures), failures


def _check_object(
    properties: Mapping[str, Input], given: Mapping[str, Any], path: str, failures: list[Failure]
) -> dict[str, Any]:
    checked: dict[str, Any] = {}
    for name, value in given.items():
        # Names with two underscores are the SDK's own, null is how an absent optional may arrive.
        if name.startswith("__") or value is None:
            continue
        declared = properties.get(name)
        if declared is None:
            failures.append(Failure(path=_join(path, name), reason=_unknown_property(name, properties)))
            continue
        filled = _check_value(declared, value, _join(path, name), failures)
        checked[name] = secret(filled) if declared.secret else filled
    for name, declared in properties.items():
        if name in checked or given.get(name) is not None:
            continue
        if declared.required:
            failures.append(Failure(path=_join(path, name), reason="missing required property"))
        elif declared.default is not None:
            checked[name] = declared.default
    return checked


def _check_value(declared: Input, value: Any, path: str, failures: list[Failure]) -> Any:
    if declared.refused:
        failures.append(Failure(path=path, reason=declared.refused))
        return value
    if isinstance(value, Secret):
        return Secret(_check_value(declared, value.value, path, failures))
    if value is UNKNOWN:
        return value
    filled = _check_type(declared.type, value, path, failures)
    for item in filled if isinstance(filled, list) else [filled]:
        failures.extend(_check_bounds(declared, plain(item), path))
    return filled


def _check_type(expected: Type, value: Any, path: str, failures: list[Failure]) -> Any:
    if isinstance(value, Secret):
        return Secret(_check_type(expected, value.value, path, failures))
    if value is UNKNOWN or expected == "any":
        return value
    if isinstance(expected, ListOf) and isinstance(value, list):
        return [_check_type(expected.item, item, f"{path}[{index}]", failures) for index, item in enumerate(value)]
    if isinstance(expected, MapOf) and isinstance(value, dict):
        return {key: _check_type(expected.item, item, _join(path, key), failures) for key, item in value.items()}
    if isinstance(expected, ObjectOf) and isinstance(value, dict):
        return _check_object(expected.properties, value, path, failures)
    if not _is_scalar(expected, value):
        failures.append(Failure(path=path, reason=f"expected {describe(expected)}, found {_name_of(value)}"))
    return value


def _is_scalar(expected: Type, value: Any) -> bool:
    if not isinstance(expected, str):
        return False
    if isinstance(value, bool) and expected != "boolean":
        return False
    if expected == "integer":
        return isinstance(value, int | float) and float(value).is_integer()
    return isinstance(value, _EXPECTED[expected])


def _check_bounds(declared: Input, value: Any, path: str) -> list[Failure]:
    if contains_unknown(value):
        return []
    if declared.choices and isinstance(value, str) and value not in declared.choices:
        return [Failure(path=path, reason=f'expected one of {", ".join(declared.choices)}, found "{value}"')]
    if declared.minimum is not None and isinstance(value, int | float) and value < declared.minimum:
        return [Failure(path=path, reason=f"expected at least {declared.minimum}, found {value:g}")]
    return []


def describe(expected: Type) -> str:
    """A type as a reader would name it."""
    if isinstance(expected, ListOf):
        return f"a list of {describe(expected.item)}"
    if isinstance(expected, MapOf):
        return f"a map to {describe(expected.item)}"
    return "an object" if isinstance(expected, ObjectOf) else f"{'an' if expected[0] in 'ai' else 'a'} {expected}"


def _name_of(value: Any) -> str:
    names = {bool: "a boolean", str: "a string", int: "a number", float: "a number", list: "a list", dict: "an object"}
    return names.get(type(value), "something else")


def _unknown_property(name: str, properties: Mapping[str, Input]) -> str:
    nearest = difflib.get_close_matches(name, properties, n=1)
    return f"unknown property{f', did you mean {nearest[0]}?' if nearest else ''}"


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
