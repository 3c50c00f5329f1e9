"""What the resources of the Compute API have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from tools.standins.core.cloud import AutoName, CloudResource
from tools.standins.core.operation import Operation, StandInError
from tools.standins.core.schema import Failure
from tools.standins.core.values import UNKNOWN, contains_unknown
from tools.standins.gcp.client import Client
from tools.standins.gcp.configuration import CONFIGURATION, Place, Scope
from tools.standins.gcp.fields import Fields, from_body, keep_spelling, path, same, to_body

# Properties that are about the resource's place, not in its body.
_PLACE: Final = ("project", "region", "zone")
_EVERYWHERE: Final = Place(project="project", region="region", zone="zone")


class ComputeResource(CloudResource):
    """An object of one of the API's collections.

    `fields`: all inputs that are in its body. `virtual`: inputs that only the plugin knows. `put`: whether a change is
    sent whole. Otherwise `change` does it.
    """

    collection: ClassVar[str]
    scope: ClassVar[Scope]
    fields: ClassVar[Fields]
    virtual: ClassVar[frozenset[str]] = frozenset()
    labelled: ClassVar[bool] = False
    put: ClassVar[bool] = False
    autoname: ClassVar[AutoName | None] = AutoName(input="name", longest=63)

    @property
    def noun(self) -> str:
        """The resource's name in messages."""
        return self.token.rpartition(":")[2]

    @property
    def client(self) -> Client:
        """The way to the cloud."""
        return CONFIGURATION.client

    def body(self, inputs: Mapping[str, Any], place: Place) -> dict[str, Any]:
        """The API's object for these inputs."""
        left_out = {*_PLACE, *self.virtual, "deletionPolicy", *(("labels",) if self.labelled else ())}
        own = {name: value for name, value in inputs.items() if name not in left_out and not name.startswith("__")}
        body: dict[str, Any] = to_body({**same("name"), **self.fields}, own, place)
        if self.labelled and inputs.get("labels") is not UNKNOWN:
            body["labels"] = CONFIGURATION.labels(inputs.get("labels", {}))
        return body

    async def properties(self, body: Mapping[str, Any], state: Mapping[str, Any]) -> dict[str, Any]:
        """The resource's properties, from the API's object and from what is known of it so far."""
        found = {
            **{name: state[name] for name in (*self.virtual, "deletionPolicy") if name in state},
            **from_body({**same("name", "selfLink", "creationTimestamp"), **self.fields}, body),
            "id": path(body["selfLink"]),
            "project": body["selfLink"].partition("projects/")[2].split("/")[0],
        }
        if self.scope != "global":
            found[self.scope] = body[self.scope].rpartition("/")[2]
        if self.labelled:
            # Labels that the program did not give are not its business, as with the official provider.
            present = body.get("labels", {})
            found["labels"] = {name: present[name] for name in state.get("labels", {}) if name in present}
            found |= {"effectiveLabels": present, "pulumiLabels": present}
            found["labelFingerprint"] = body.get("labelFingerprint", "")
        return found

    def derived(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        derived: dict[str, Any] = {}
        if not any(contains_unknown(inputs.get(name)) for name in _PLACE):
            place = CONFIGURATION.place(self.scope, inputs)
            known = {"project": place.project, "region": place.region, "zone": place.zone}
            derived = {name: value for name, value in known.items() if value}
        if self.labelled and not contains_unknown(inputs.get("labels")):
            labels = CONFIGURATION.labels(inputs.get("labels", {}))
            derived |= {"effectiveLabels": labels, "pulumiLabels": labels}
        return derived

    def problems(self, inputs: Mapping[str, Any]) -> list[Failure]:
        try:
            self.body(inputs, _EVERYWHERE)
        except StandInError as error:
            return [Failure(path="", reason=str(error))]
        return super().problems(inputs)

    async def create(self, operation: Operation, name: str, inputs: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        place = CONFIGURATION.place(self.scope, inputs)
        folder = f"{place.folder}/{self.collection}"
        body = self.body(inputs, place)
        await self.client.change(operation, "POST", folder, body, doing=f"creating {self.noun}")
        identity = f"{folder}/{inputs['name']}"
        await self.finish(operation, identity, inputs)
        return identity, await self._present(operation, {**inputs, "id": identity})

    async def finish(self, operation: Operation, identity: str, inputs: Mapping[str, Any]) -> None:
        """What has to be done after the object was made."""

    async def read(self, operation: Operation, state: Mapping[str, Any]) -> dict[str, Any] | None:
        body = await self.client.find(state["id"])
        return None if body is None else await self.properties(body, state)

    async def _present(self, operation: Operation, state: Mapping[str, Any]) -> dict[str, Any]:
        found = await self.read(operation, state)
        if found is None:
            raise StandInError(f"{state['id']} is gone although nothing deleted it")
        return found

    async def update(self, operation: Operation, state: Mapping[str, Any], inputs: Mapping[str, Any]) -> dict[str, Any]:
        if self.put:
            place = CONFIGURATION.place(self.scope, inputs)
            doing = f"updating {self.noun}"
            await self.client.change(operation, "PUT", state["id"], self.body(inputs, place), doing=doing)
        await self.change(operation, state, inputs)
        if self.labelled:
            await self._set_labels(operation, state, CONFIGURATION.labels(inputs.get("labels", {})))
        return await self._present(operation, {**inputs, "id": state["id"]})

    async def change(self, operation: Operation, state: Mapping[str, Any], inputs: Mapping[str, Any]) -> None:
        """What is changed in place by requests of its own."""

    async def _set_labels(self, operation: Operation, state: Mapping[str, Any], labels: Mapping[str, str]) -> None:
        body = await self.client.get(state["id"])
        if body.get("labels", {}) != labels:
            wanted = {"labels": labels, "labelFingerprint": body["labelFingerprint"]}
            await self.post(operation, state, "setLabels", wanted)

    async def post(
        self, operation: Operation, state: Mapping[str, Any], method: str, body: Any = None, **query: str
    ) -> None:
        """One of the object's own methods, such as setLabels."""
        doing = f"updating {self.noun}"
        await self.client.change(operation, "POST", f"{state['id']}/{method}", body, doing=doing, **query)

    async def delete(self, operation: Operation, state: Mapping[str, Any]) -> None:
        policy = state.get("deletionPolicy", "DELETE")
        if policy == "PREVENT":
            message = f'cannot destroy {self.noun} without setting deletion_policy="DELETE" and running `pulumi up`'
            raise StandInError(message)
        if policy != "ABANDON":
            await self.client.change(operation, "DELETE", state["id"], doing=f"deleting {self.noun}")

    def _given(self, name: str, value: Any, found: Mapping[str, Any]) -> Any:
        return keep_spelling(value, super()._given(name, value, found))
