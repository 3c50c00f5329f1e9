"""What a resource of a stand-in is, and the rules that hold for every one of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from tools.standins.core.difference import Change, differences, property_names
from tools.standins.core.operation import Operation
from tools.standins.core.schema import Failure, Input, ListOf, MapOf, ObjectOf, Output, Type
from tools.standins.core.values import UNKNOWN, contains_unknown, plain, secret


@dataclass(frozen=True, kw_only=True)
class Difference:
    """`changes`: path → kind. `replaces`: the paths among them that a new resource is made for.

    `delete_before_replace`: the new one cannot be made while the old one is there.
    """

    changes: Mapping[str, Change]
    replaces: tuple[str, ...]
    delete_before_replace: bool = False


class Resource(ABC):
    """A resource type. Inputs reach `create`, `update` and `delete` checked, known and without secret marks."""

    token: ClassVar[str]
    inputs: ClassVar[Mapping[str, Input]]
    outputs: ClassVar[Mapping[str, Output]]
    # Providers on pulumi-go-provider see a change where a value becomes secret, those on the Terraform bridge do not.
    secrecy_is_a_change: ClassVar[bool] = False
    # Whether an update makes the outputs anew, so that a preview cannot know them.
    update_changes_outputs: ClassVar[bool] = False

    @abstractmethod
    async def create(self, operation: Operation, name: str, inputs: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        """Makes the resource; returns its ID and its outputs."""

    @abstractmethod
    async def update(self, operation: Operation, state: Mapping[str, Any], inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Changes the resource in place; returns its outputs."""

    @abstractmethod
    async def delete(self, operation: Operation, state: Mapping[str, Any]) -> None:
        """Removes the resource."""

    def problems(self, inputs: Mapping[str, Any]) -> list[Failure]:
        """What is wrong with inputs that are well-formed each by itself. Values may be unknown."""
        return []

    def complete(self, inputs: dict[str, Any], previous: Mapping[str, Any], name: str, seed: bytes) -> dict[str, Any]:
        """Inputs with what no default says: a name made of the resource's, with random characters out of `seed`.

        `previous`: the inputs of the resource that is there, empty for a new one.
        """
        return inputs

    def outdated(self, state: Mapping[str, Any], inputs: Mapping[str, Any]) -> tuple[str, ...]:
        """Outputs that make a new resource necessary although no input changed."""
        return ()

    def refresh(self, state: Mapping[str, Any]) -> dict[str, Any]:
        """Outputs that are different by now."""
        return {}

    async def read(self, operation: Operation, state: Mapping[str, Any]) -> dict[str, Any] | None:
        """The whole state as it is by now; None when the resource is gone."""
        return {**state, **self.refresh(state)}

    def given(self, inputs: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
        """The inputs that go with a state that was read."""
        return dict(inputs)

    def marked(self, before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
        """A state that was read, with the secret marks of the one before it."""
        return {name: before[name] if plain(before.get(name)) == value else value for name, value in now.items()}

    def difference(
        self, state: Mapping[str, Any], inputs: Mapping[str, Any], given: Mapping[str, Any] | None = None
    ) -> Difference:
        """What changes between the state and new inputs. `given`: the inputs that the state was made of."""
        old = {name: state[name] for name in self.inputs if name in state}
        changes = differences(old, inputs) if self.secrecy_is_a_change else differences(plain(old), plain(inputs))
        outdated = self.outdated(plain(state), plain(inputs))
        changes |= dict.fromkeys(outdated, "update")
        replacing = [path for path in changes if self.replaces(path)]
        return Difference(changes=changes, replaces=(*replacing, *outdated))

    def replaces(self, path: str) -> bool:
        """Whether a change at `path` needs a new resource: the property, one around it, or one in it says so."""
        properties: Mapping[str, Input] = self.inputs
        for name in property_names(path):
            if name not in properties:
                return False
            if properties[name].replaces:
                return True
            properties = _properties_in(properties[name].type)
        return any(inner.replaces for inner in properties.values())

    def state(self, inputs: Mapping[str, Any], outputs: Mapping[str, Any]) -> dict[str, Any]:
        """The whole state: the inputs as they came, the outputs with their secret marks."""
        marked = {
            name: secret(value) if name in self.outputs and self.outputs[name].secret else value
            for name, value in outputs.items()
        }
        return {**inputs, **marked}

    def preview_create(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """The state that a preview shows for a new resource."""
        unknown = {name: UNKNOWN for name, output in self.outputs.items() if not output.optional}
        return self.state(inputs, unknown)

    def preview_update(self, state: Mapping[str, Any], inputs: Mapping[str, Any]) -> dict[str, Any]:
        """The state that a preview shows for a changed resource."""
        changed = contains_unknown(inputs) or bool(self.difference(state, inputs).changes)
        if self.update_changes_outputs and changed:
            return self.preview_create(inputs)
        return self.state(inputs, {name: state[name] for name in self.outputs if name in state})


def _properties_in(declared: Type) -> Mapping[str, Input]:
    while isinstance(declared, ListOf | MapOf):
        declared = declared.item
    return declared.properties if isinstance(declared, ObjectOf) else {}


class StateOnlyResource(Resource):
    """A resource that is nowhere but in the state: deleting it needs nothing, and an update keeps its outputs."""

    async def update(self, operation: Operation, state: Mapping[str, Any], inputs: Mapping[str, Any]) -> dict[str, Any]:
        return {name: state[name] for name in self.outputs if name in state}

    async def delete(self, operation: Operation, state: Mapping[str, Any]) -> None:
        return None
