"""What the resources of a cloud take and give back, read out of the types in its SDK package.

The official schema of a cloud's plugin is a file of many megabytes that no package carries. The SDK's classes are
generated from it and hold every property's name, type, nesting and whether it must be given, so a stand-in declares
only what they do not say. Importing an SDK takes half a second; it happens when a declaration is first looked into.
"""

from __future__ import annotations

import enum
import importlib
import inspect
import threading
import typing
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from tools.standins.core.schema import Input, ListOf, MapOf, ObjectOf, Output, Type

_SCALARS: Mapping[Any, Type] = {str: "string", int: "integer", float: "number", bool: "boolean"}


# The SDK loads its modules when they are looked into, and another thread would find them half loaded.
_IMPORTING = threading.RLock()


class _Properties(Mapping[str, Any]):
    """Declarations that are made when one is asked for. SDK types may contain themselves, so there is no other way."""

    def __init__(self, make: Callable[[], dict[str, Any]]) -> None:
        self._make = make
        self._made: dict[str, Any] | None = None

    def _all(self) -> dict[str, Any]:
        with _IMPORTING:
            if self._made is None:
                self._made = self._make()
        return self._made

    def __getitem__(self, name: str) -> Any:
        return self._all()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())


def inputs(
    token: str,
    *,
    taken: Iterable[str] | None = None,
    replaces: Iterable[str] = (),
    secret: Iterable[str] = (),
    defaults: Mapping[str, Any] | None = None,
) -> Mapping[str, Input]:
    """The inputs of the resource `token` (aws:ec2/vpc:Vpc).

    `taken`: those that the stand-in does something with, the others are refused; None for all. `replaces`: what makes
    a new resource when it changes; a dot leads into an object (rootBlockDevice.encrypted) or into a list's objects.
    Raises KeyError, when the declaration is used, for a name that the SDK does not have.
    """

    def make() -> dict[str, Input]:
        declared = _inputs_of(resource_class(token, "Args"))
        for name in set(declared) - set(declared if taken is None else taken):
            declared[name] = replace(declared[name], refused="the stand-in does not take this input")
        for path in replaces:
            _mark(declared, path.split("."))
        for name in secret:
            declared[name] = replace(declared[name], secret=True)
        for name, value in (defaults or {}).items():
            declared[name] = replace(declared[name], default=value)
        return declared

    return _Properties(make)


def outputs(token: str, *, secret: Iterable[str] = ()) -> Mapping[str, Output]:
    """What the resource `token` gives back beside its inputs."""

    def make() -> dict[str, Output]:
        from pulumi import _types

        given = _types.input_type_types(resource_class(token, "Args"))
        found = {name: each for name, each in _types.resource_types(resource_class(token)).items() if name not in given}
        return {name: Output(type=_type_of(each, _outputs_of), secret=name in secret) for name, each in found.items()}

    return _Properties(make)


def resource_class(token: str, suffix: str = "") -> Any:
    """The SDK's class of a resource, or with the suffix Args that of its inputs."""
    package, path, name = token.split(":")
    module = path.split("/")[0]
    qualified = f"pulumi_{package}" if module == "index" else f"pulumi_{package}.{module}"
    return getattr(importlib.import_module(qualified), name + suffix)


def _inputs_of(arguments: type) -> dict[str, Input]:
    from pulumi import _types

    parameters = inspect.signature(arguments.__init__).parameters  # type: ignore[misc]
    types = _types.input_type_types(arguments)
    return {
        name: Input(
            type=_type_of(types[name], _inputs_of), required=parameters[python].default is inspect.Parameter.empty
        )
        for python, name in _types.input_type_py_to_pulumi_names(arguments).items()
    }


def _outputs_of(result: type) -> dict[str, Input]:
    from pulumi import _types

    return {name: Input(type=_type_of(each, _outputs_of)) for name, each in _types.output_type_types(result).items()}


def _type_of(annotation: Any, properties_of: Callable[[type], dict[str, Input]]) -> Type:
    """An annotation of the SDK in the words of a stand-in. Where several kinds of value are taken: any."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Union:
        kinds = [_type_of(each, properties_of) for each in arguments if not _is_wrapper(each)]
        return kinds[0] if kinds and all(kind == kinds[0] for kind in kinds) else "any"
    if origin in (list, Sequence):
        return ListOf(item=_type_of(arguments[0], properties_of))
    if origin in (dict, Mapping):
        return MapOf(item=_type_of(arguments[1], properties_of))
    if isinstance(annotation, type):
        return _type_of_class(annotation, properties_of)
    return "any"


def _type_of_class(annotation: type, properties_of: Callable[[type], dict[str, Input]]) -> Type:
    from pulumi import _types

    if annotation in _SCALARS:
        return _SCALARS[annotation]
    if issubclass(annotation, enum.Enum):
        # The values of an enumeration are a help for writers; any other text is taken too.
        return next((_SCALARS[each] for each in _SCALARS if issubclass(annotation, each)), "any")
    if _types.is_input_type(annotation) or _types.is_output_type(annotation):
        return ObjectOf(properties=_Properties(lambda: dict(properties_of(annotation))))
    return "any"


def _is_wrapper(annotation: Any) -> bool:
    """Whether a union's member only says that the value may come later or not at all."""
    from pulumi import Output as PulumiOutput

    origin = typing.get_origin(annotation)
    return annotation is type(None) or isinstance(annotation, typing.ForwardRef) or origin in (Awaitable, PulumiOutput)


def _mark(declared: dict[str, Input], path: Sequence[str]) -> None:
    name, *inner = path
    property_ = declared[name]
    if not inner:
        declared[name] = replace(property_, replaces=True)
        return
    item = property_.type.item if isinstance(property_.type, ListOf) else property_.type
    if not isinstance(item, ObjectOf):
        raise KeyError(".".join(path))
    properties = dict(item.properties)
    _mark(properties, inner)
    marked: Type = ObjectOf(properties=properties)
    declared[name] = replace(property_, type=ListOf(item=marked) if isinstance(property_.type, ListOf) else marked)
