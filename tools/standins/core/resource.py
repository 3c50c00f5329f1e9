"""What a resource of a stand-in is, and the rules that hold for every one of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from tools.standins.core.difference import Change, differences
from tools.standins.core.operation import Operation
from tools.standins.core.schema import Failure, Input, Output
from tools.standins.core.values import UNKNOWN, contains_unknown, plain, secret


@dataclass(frozen=True, kw_only=True)
class Difference:
    """`changes`: path → kind. `replaces`: the paths among them that a new resource is made for."""

    changes: Mapping[str, Change]
    replaces: tuple[str, ...]


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

    def outdated(self, state: Mapping[str, Any], inputs: Mapping[str, Any]) -> tuple[str, ...]:
        """Outputs that make a new resource necessary although no input changed."""
        return ()

    def refresh(self, state: Mapping[str, Any]) -> dict[str, Any]:
        """Outputs that are different by now."""
        return {}

    def difference(self, state: Mapping[str, Any], inputs: Mapping[str, Any]) -> Difference:
        """What changes between the state and new inputs."""
        old = {name: state[name] for name in self.inputs if name in state}
        changes = differences(old, inputs) if self.secrecy_is_a_change else differences(plain(old), plain(inputs))
        outdated = self.outdated(plain(state), plain(inputs))
        changes |= dict.fromkeys(outdated, "update")
        replacing = [path for path in changes if self._replaces(path)]
        return Difference(changes=changes, replaces=(*replacing, *outdated))

    def _replaces(self, path: str) -> bool:
        name = path.split(".")[0].split("[")[0]
        return name in self.inputs and self.inputs[name].replaces

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


class StateOnlyResource(Resource):
    """A resource that is nowhere but in the state: deleting it needs nothing, and an update keeps its outputs."""

    async def update(self, operation: Operation, state: Mapping[str, Any], inputs: Mapping[str, Any]) -> dict[str, Any]:
        return {name: state[name] for name in self.outputs if name in state}

    async def delete(self, operation: Operation, state: Mapping[str, Any]) -> None:
        return None
