"""What a resource in a cloud has beside the rest: it can be asked after there, and the cloud decides some inputs."""

from __future__ import annotations

import hashlib
import json
import secrets
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Final

from tools.standins.core.difference import differences
from tools.standins.core.operation import Operation
from tools.standins.core.resource import Difference, Resource
from tools.standins.core.schema import Failure, ListOf, ObjectOf, Type
from tools.standins.core.values import UNKNOWN, is_secret, plain, secret

# Names of the inputs that the check filled in: how the plugins of the Terraform bridge remember an automatic name.
_DEFAULTS: Final = "__defaults"
_RANDOM_CHARACTERS: Final = 7


@dataclass(frozen=True, kw_only=True)
class AutoName:
    """An input that gets the resource's name and seven random characters where the program gives none.

    `longest`: how many characters the cloud takes. `separator` stands before the random ones.
    """

    input: str
    longest: int
    separator: str = "-"


class CloudResource(Resource):
    """A resource in a cloud. Its state is what the cloud says, with the ID as `id`.

    `computed`: inputs that the cloud decides where the program does not. `sets`: inputs whose order means nothing.
    """

    computed: ClassVar[frozenset[str]] = frozenset()
    sets: ClassVar[frozenset[str]] = frozenset()
    autoname: ClassVar[AutoName | None] = None

    @abstractmethod
    async def read(self, operation: Operation, state: Mapping[str, Any]) -> dict[str, Any] | None:
        """The properties that the cloud has now; None when the resource is gone. Of `state` only `id` is sure."""

    def derived(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Outputs that follow from the inputs, so that a preview knows them."""
        return {}

    def complete(self, inputs: dict[str, Any], previous: Mapping[str, Any], name: str, seed: bytes) -> dict[str, Any]:
        if self.autoname is None or inputs.get(self.autoname.input) is not None:
            return inputs
        return {**inputs, self.autoname.input: self._name(previous, name, seed), _DEFAULTS: [self.autoname.input]}

    def _name(self, previous: Mapping[str, Any], name: str, seed: bytes) -> Any:
        assert self.autoname is not None
        if self.autoname.input in previous.get(_DEFAULTS, []):
            return previous[self.autoname.input]
        characters = hashlib.sha256(seed or secrets.token_bytes(16)).hexdigest()[:_RANDOM_CHARACTERS]
        return f"{name}{self.autoname.separator}{characters}"

    def problems(self, inputs: Mapping[str, Any]) -> list[Failure]:
        name = inputs.get(self.autoname.input) if self.autoname else None
        if self.autoname is None or not isinstance(name, str) or len(name) <= self.autoname.longest:
            return []
        reason = f'"{name}" has {len(name)} characters, {self.autoname.longest} are the most'
        return [Failure(path=self.autoname.input, reason=reason)]

    def difference(
        self, state: Mapping[str, Any], inputs: Mapping[str, Any], given: Mapping[str, Any] | None = None
    ) -> Difference:
        # What the program asked for before and now, since the state also has what the cloud made of it.
        before = _without_internals(plain(given or {name: state[name] for name in self.inputs if name in state}))
        now = _without_internals(plain(inputs))
        for name in self.computed:
            if name not in now:
                before.pop(name, None)
            elif name not in before and name in state:
                before[name] = plain(state[name])
        for name in self.sets:
            if _unordered(before.get(name)) == _unordered(now.get(name)) and name in now:
                before[name] = now[name]
        changes = differences(before, now)
        replaces = tuple(path for path in changes if self.replaces(path))
        delete_first = bool(replaces) and self._keeps_name(before, inputs)
        return Difference(changes=changes, replaces=replaces, delete_before_replace=delete_first)

    def _keeps_name(self, before: Mapping[str, Any], inputs: Mapping[str, Any]) -> bool:
        """Whether the new resource would have the name of the old one, which no cloud takes twice."""
        if self.autoname is None or self.autoname.input in inputs.get(_DEFAULTS, []):
            return False
        name = plain(inputs.get(self.autoname.input))
        return name is not None and bool(before.get(self.autoname.input) == name)

    def state(self, inputs: Mapping[str, Any], outputs: Mapping[str, Any]) -> dict[str, Any]:
        return _without_internals(self.marked(inputs, super().state(inputs, outputs)))

    def marked(self, before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
        """`now`, where a property that was a secret is one."""
        return {name: secret(value) if is_secret(before.get(name)) else value for name, value in now.items()}

    def preview_create(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        unknown = {name: UNKNOWN for name in self.computed if name not in inputs}
        return {**unknown, **_without_internals(super().preview_create(inputs)), **self.derived(inputs)}

    def preview_update(self, state: Mapping[str, Any], inputs: Mapping[str, Any]) -> dict[str, Any]:
        kept = {name: state[name] for name in ("id", *self.computed) if name in state and name not in inputs}
        return {**kept, **_without_internals(super().preview_update(state, inputs)), **self.derived(inputs)}

    def given(self, inputs: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
        """The inputs as they would have to be for what was found: a difference to the program's is drift."""
        drifted = {name: self._given(name, plain(value), found) for name, value in inputs.items()}
        return self.marked(inputs, drifted)

    def _given(self, name: str, value: Any, found: Mapping[str, Any]) -> Any:
        if name not in found or name not in self.inputs:
            return value
        if name in self.sets and _unordered(value) == _unordered(found[name]):
            return value
        return _as_given(self.inputs[name].type, value, found[name])


def with_replacement(difference: Difference, paths: tuple[str, ...]) -> Difference:
    """The difference, with a new resource for those of the paths that changed too."""
    return replace(difference, replaces=(*difference.replaces, *(path for path in paths if path in difference.changes)))


def _as_given(declared: Type, given: Any, found: Any) -> Any:
    """`found`, cut to the properties of objects that were given: the rest is the cloud's own. A map is whole."""
    if isinstance(declared, ObjectOf) and isinstance(given, Mapping) and isinstance(found, Mapping):
        types = {name: each.type for name, each in declared.properties.items()}
        return {name: _as_given(types.get(name, "any"), value, found.get(name)) for name, value in given.items()}
    if isinstance(declared, ListOf) and isinstance(found, list) and len(given) == len(found):
        return [_as_given(declared.item, before, now) for before, now in zip(given, found, strict=True)]
    return found


def _unordered(value: Any) -> Any:
    return (
        sorted(json.dumps(item, sort_keys=True, default=repr) for item in value) if isinstance(value, list) else value
    )


def _without_internals(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in properties.items() if not name.startswith("__")}
