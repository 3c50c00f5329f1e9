"""The stand-ins against the types in the SDK packages: a name or a type that drifts apart fails here."""

from __future__ import annotations

import asyncio
import importlib
import inspect
import typing
from collections.abc import Awaitable, Mapping, Sequence
from typing import Any

import pulumi
import pytest
from pulumi import _types as sdk_types

from tools.standins.command.resources import RESOURCES as COMMAND
from tools.standins.core.resource import Resource
from tools.standins.core.schema import Input, ListOf, MapOf, ObjectOf, Output, Type
from tools.standins.random.resources import RESOURCES as RANDOM
from tools.standins.tls.resources import RESOURCES as TLS

RESOURCES = (*COMMAND, *RANDOM, *TLS)
# Inputs of the SDK that the stand-ins do not take, each with the resources that have it.
NOT_TAKEN = {"number": ("RandomPassword", "RandomString")}
CLASSES = {
    "command:local:Command": ("pulumi_command.local", "Command"),
    "command:remote:Command": ("pulumi_command.remote", "Command"),
    **{resource.token: ("pulumi_random", resource.token.split(":")[-1]) for resource in RANDOM},
    **{resource.token: ("pulumi_tls", resource.token.split(":")[-1]) for resource in TLS},
}


def _sdk(resource: Resource, suffix: str = "") -> Any:
    module, name = CLASSES[resource.token]
    return getattr(importlib.import_module(module), name + suffix)


def _expected(declared: Type) -> str:
    if isinstance(declared, ListOf):
        return f"[{_expected(declared.item)}]"
    if isinstance(declared, MapOf):
        return f"{{{_expected(declared.item)}}}"
    return "object" if isinstance(declared, ObjectOf) else declared


def _found(annotation: Any) -> str:
    """An SDK's type in the words of `_expected`."""
    kept = [each for each in typing.get_args(annotation) if each is not type(None)]
    origin = typing.get_origin(annotation)
    if origin is typing.Union:
        # An input is its type or something that will be of that type: only the first counts.
        inner = {_found(each) for each in kept if not _is_wrapper(each)}
        return inner.pop() if len(inner) == 1 else "any"
    if origin in (list, Sequence):
        return f"[{_found(kept[0])}]"
    if origin in (dict, Mapping):
        return f"{{{_found(kept[1])}}}"
    names = {str: "string", int: "integer", float: "number", bool: "boolean"}
    if annotation in names:
        return names[annotation]
    if isinstance(annotation, type) and issubclass(annotation, str):
        return "string"  # an enumeration
    return "object" if isinstance(annotation, type) and sdk_types.is_input_type(annotation) else "any"


def _is_wrapper(annotation: Any) -> bool:
    origin = typing.get_origin(annotation)
    return isinstance(annotation, typing.ForwardRef) or origin in (Awaitable, pulumi.Output)


def _compare(declared: Mapping[str, Input], arguments: type, not_taken: Sequence[str] = ()) -> None:
    names = {pulumi_name: name for name, pulumi_name in sdk_types.input_type_py_to_pulumi_names(arguments).items()}
    types = sdk_types.input_type_types(arguments)
    parameters = inspect.signature(arguments.__init__).parameters  # type: ignore[misc]
    assert set(declared) | set(not_taken) == set(names)
    for name, property_ in declared.items():
        required = parameters[names[name]].default is inspect.Parameter.empty
        assert property_.required == required, name
        assert _expected(property_.type) == _found(types[name]), name
        if isinstance(property_.type, ObjectOf):
            _compare(property_.type.properties, types[name])


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.token)
def test_inputs_are_those_of_the_sdk(resource: Resource) -> None:
    name = CLASSES[resource.token][1]
    not_taken = [each for each, resources in NOT_TAKEN.items() if name in resources]
    _compare(resource.inputs, _sdk(resource, "Args"), not_taken)


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.token)
def test_outputs_are_those_of_the_sdk(resource: Resource) -> None:
    given: dict[str, Input | Output] = {**resource.inputs, **resource.outputs}
    assert not set(resource.inputs) & set(resource.outputs)
    expected = {
        member.fget.__dict__.get("_pulumi_name", name)
        for name, member in vars(_sdk(resource)).items()
        if isinstance(member, property)
    }
    assert set(given) == expected


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.token)
def test_secrets_are_those_of_the_sdk(resource: Resource, monkeypatch: pytest.MonkeyPatch) -> None:
    marked: list[str] = []

    def register(self: object, token: str, name: str, props: object, opts: pulumi.ResourceOptions) -> None:
        assert token == resource.token
        marked.extend(opts.additional_secret_outputs or [])

    monkeypatch.setattr(pulumi.CustomResource, "__init__", register)
    required = {name: "x" for name, parameter in _parameters(resource) if parameter.default is inspect.Parameter.empty}

    async def construct() -> None:  # the SDK makes a secret of an input within an event loop only
        _sdk(resource)("name", **required)

    asyncio.run(construct())
    given: dict[str, Input | Output] = {**resource.inputs, **resource.outputs}
    assert sorted(marked) == sorted(name for name, property_ in given.items() if property_.secret)


def _parameters(resource: Resource) -> list[tuple[str, inspect.Parameter]]:
    parameters = inspect.signature(_sdk(resource, "Args").__init__).parameters
    return [(name, parameter) for name, parameter in parameters.items() if name != "__self__"]
