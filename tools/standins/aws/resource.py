"""What every resource of AWS has: tags, a region, errors in AWS's own words, and work in threads, since boto3 waits."""

from __future__ import annotations

import asyncio
import time
from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, ClassVar, Final, TypeVar

from tools.standins.aws.session import Session, describe
from tools.standins.core.cloud import CloudResource
from tools.standins.core.operation import Operation, StandInError
from tools.standins.core.resource import Difference
from tools.standins.core.values import contains_unknown, is_secret, plain, secret

Result = TypeVar("Result")
# How long the plugin waits for a state, in seconds, where the program's custom_timeouts say nothing; and between looks.
_WAIT_SECONDS: Final = 600.0
_LOOK_SECONDS: Final = 0.5
# How AWS says that something is not there: NotFound in most codes, these in the rest.
_GONE: Final = ("NoSuchEntity", "InvalidGatewayID", "InvalidRoute")


class AwsResource(CloudResource):
    """A resource of AWS. `kind`: its name in the official plugin's errors. `service`: boto3's name of its API."""

    kind: ClassVar[str]
    service: ClassVar[str] = "ec2"

    def __init__(self, session: Session) -> None:
        self.session = session

    @abstractmethod
    def make(self, api: Any, inputs: Mapping[str, Any]) -> str:
        """Makes it with the service's client, and waits until it can be used; returns its ID."""

    @abstractmethod
    def find(self, api: Any, state: Mapping[str, Any]) -> dict[str, Any] | None:
        """Its properties as AWS has them; `tagsAll` for its tags. None if it is gone. Of `state` only `id` is sure."""

    def change(self, api: Any, state: Mapping[str, Any], inputs: Mapping[str, Any]) -> None:
        """Changes it in place; tags are changed already."""

    @abstractmethod
    def remove(self, api: Any, state: Mapping[str, Any]) -> None:
        """Removes it, and waits until it is gone."""

    def retag(self, api: Any, state: Mapping[str, Any], old: Mapping[str, str], new: Mapping[str, str]) -> None:
        """Changes its tags: those of EC2 here."""
        gone = sorted(set(old) - set(new))
        if gone:
            api.delete_tags(Resources=[state["id"]], Tags=[{"Key": key} for key in gone])
        if new:
            api.create_tags(Resources=[state["id"]], Tags=tag_list(new))

    async def create(self, operation: Operation, name: str, inputs: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        api = self._api(inputs)
        tagged = {**inputs, **self.derived(inputs)}
        resource_id = await self._work(operation, "creating", self.make, api, tagged)
        found = await self._work(operation, "reading", self._find, api, {**tagged, "id": resource_id})
        return resource_id, {**found, "id": resource_id}

    async def read(self, operation: Operation, state: Mapping[str, Any]) -> dict[str, Any] | None:
        try:
            found = await self._work(operation, "reading", self._find, self._api(state), state)
        except _GoneError:
            return None
        return {**state, **found}

    async def update(self, operation: Operation, state: Mapping[str, Any], inputs: Mapping[str, Any]) -> dict[str, Any]:
        api = self._api(state)
        wanted = {**inputs, **self.derived(inputs)}

        def work() -> None:
            old, new = state.get("tagsAll") or {}, wanted.get("tagsAll") or {}
            if old != new:
                self.retag(api, state, old, new)
            self.change(api, state, wanted)

        await self._work(operation, "updating", work)
        kept = {name: value for name, value in state.items() if name not in self.inputs}
        found = await self._work(operation, "reading", self._find, api, {**kept, **wanted, "id": state["id"]})
        return {**found, "id": state["id"]}

    async def delete(self, operation: Operation, state: Mapping[str, Any]) -> None:
        try:
            await self._work(operation, "deleting", self.remove, self._api(state), state)
        except _GoneError:
            return

    def _api(self, properties: Mapping[str, Any]) -> Any:
        return self.session.client(self.service, properties.get("region"))

    def _find(self, api: Any, state: Mapping[str, Any]) -> dict[str, Any]:
        found = self.find(api, state)
        if found is None:
            raise _GoneError(f"couldn't find {self.kind} ({state['id']})")
        if "region" in self.inputs:
            found["region"] = state.get("region") or self.session.region
        if "tagsAll" in found and "tags" in self.inputs:
            found["tags"] = self._own_tags(found["tagsAll"], state.get("tags") or {})
        return {name: value for name, value in found.items() if value is not None}

    def _own_tags(self, found: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str] | None:
        defaults = self.session.default_tags
        return {key: value for key, value in found.items() if key in given or defaults.get(key) != value} or None

    async def _work(self, operation: Operation, doing: str, work: Callable[..., Result], *arguments: Any) -> Result:
        from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

        try:
            return await operation.within(asyncio.to_thread(work, *arguments))
        except ClientError as error:
            code = str(error.response["Error"]["Code"])
            kind = _GoneError if "NotFound" in code or code.startswith(_GONE) else StandInError
            raise kind(f"{doing} {self.kind}: {describe(error)}") from error
        except BotoCoreError as error:
            raise StandInError(f"{doing} {self.kind}: {error}") from error

    def derived(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        given = inputs.get("tags") or {}
        if "tagsAll" not in self.outputs or contains_unknown(given):
            return {}
        merged = {**self.session.default_tags, **plain(given)}
        return {"tagsAll": secret(merged) if is_secret(given) else merged}

    def difference(
        self, state: Mapping[str, Any], inputs: Mapping[str, Any], given: Mapping[str, Any] | None = None
    ) -> Difference:
        difference = super().difference(state, inputs, given)
        wanted = plain(self.derived(inputs).get("tagsAll"))
        tags_changed = any(path.startswith("tags") for path in difference.changes)
        # The default tags of the provider changed: nothing in the resource's own inputs says so.
        if wanted is None or tags_changed or wanted == (plain(state.get("tagsAll")) or {}):
            return difference
        return replace(difference, changes={**difference.changes, "tagsAll": "update"})


class _GoneError(StandInError):
    """AWS says that it does not have what was asked for."""


def tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Tags as the APIs take them."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def tag_map(tags: Iterable[Mapping[str, str]] | None) -> dict[str, str]:
    """Tags as Pulumi has them, without AWS's own."""
    return {tag["Key"]: tag["Value"] for tag in tags or [] if not tag["Key"].startswith("aws:")}


def tag_specification(kind: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The argument that gives tags to what EC2 makes; none for no tags."""
    tags = inputs.get("tagsAll")
    return {"TagSpecifications": [{"ResourceType": kind, "Tags": tag_list(tags)}]} if tags else {}


def given(inputs: Mapping[str, Any], **names: str) -> dict[str, Any]:
    """Arguments of the API's names for the inputs that are given: `given(inputs, VpcId="vpcId")`."""
    return {argument: _whole(inputs[name]) for argument, name in names.items() if inputs.get(name) is not None}


def pascal(properties: Mapping[str, Any]) -> dict[str, Any]:
    """An object's properties under the API's names, where those differ in the first letter only."""
    return {name[0].upper() + name[1:]: _whole(value) for name, value in properties.items() if value is not None}


def _whole(value: Any) -> Any:
    # All numbers of the engine are floating-point ones; none of AWS's here is.
    return int(value) if isinstance(value, float) else value


def changed(state: Mapping[str, Any], inputs: Mapping[str, Any], *names: str) -> bool:
    """Whether one of these inputs is given and not what it was."""
    return any(inputs.get(name) is not None and inputs.get(name) != state.get(name) for name in names)


def until(condition: Callable[[], Any], what: str) -> None:
    """Waits for a condition. Raises StandInError when it takes too long."""
    end = time.monotonic() + _WAIT_SECONDS
    while not condition():
        if time.monotonic() > end:
            raise StandInError(f"timeout while waiting for {what}")
        time.sleep(_LOOK_SECONDS)
