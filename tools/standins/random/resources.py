"""The resources of the random plugin. All of them live in the state only, and every change makes a new one."""

from __future__ import annotations

import asyncio
import base64
import secrets
from collections.abc import Mapping
from typing import Any, ClassVar

from tools.standins.core.operation import Operation
from tools.standins.core.resource import StateOnlyResource
from tools.standins.core.schema import Failure, Input, MapOf, Output
from tools.standins.random.characters import problems, random_string

_KEEPERS = Input(type=MapOf(item="string"), replaces=True)
# `number`, the old name of `numeric`, is given back but not taken.
_CHARACTERS: Mapping[str, Input] = {
    "keepers": _KEEPERS,
    "length": Input(type="integer", required=True, replaces=True, minimum=1),
    "lower": Input(type="boolean", default=True, replaces=True),
    "minLower": Input(type="integer", default=0, replaces=True, minimum=0),
    "minNumeric": Input(type="integer", default=0, replaces=True, minimum=0),
    "minSpecial": Input(type="integer", default=0, replaces=True, minimum=0),
    "minUpper": Input(type="integer", default=0, replaces=True, minimum=0),
    "numeric": Input(type="boolean", default=True, replaces=True),
    "overrideSpecial": Input(type="string", replaces=True),
    "special": Input(type="boolean", default=True, replaces=True),
    "upper": Input(type="boolean", default=True, replaces=True),
}


class RandomString(StateOnlyResource):
    """Characters that are no secret."""

    token = "random:index/randomString:RandomString"
    inputs = _CHARACTERS
    outputs: ClassVar[Mapping[str, Output]] = {"number": Output(type="boolean"), "result": Output(type="string")}

    def problems(self, inputs: Mapping[str, Any]) -> list[Failure]:
        return problems(inputs)

    async def create(self, operation: Operation, name: str, inputs: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        result = random_string(inputs)
        return result, {"number": inputs["numeric"], "result": result}


class RandomPassword(StateOnlyResource):
    """Characters that are a secret."""

    token = "random:index/randomPassword:RandomPassword"
    inputs = _CHARACTERS
    outputs: ClassVar[Mapping[str, Output]] = {
        "bcryptHash": Output(type="string", secret=True),
        "number": Output(type="boolean"),
        "result": Output(type="string", secret=True),
    }

    def problems(self, inputs: Mapping[str, Any]) -> list[Failure]:
        return problems(inputs)

    async def create(self, operation: Operation, name: str, inputs: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        result = random_string(inputs)
        bcrypt_hash = await asyncio.to_thread(_bcrypt, result)
        return "none", {"bcryptHash": bcrypt_hash, "number": inputs["numeric"], "result": result}


class RandomId(StateOnlyResource):
    """Bytes that are no secret, in several spellings."""

    token = "random:index/randomId:RandomId"
    inputs: ClassVar[Mapping[str, Input]] = {
        "byteLength": Input(type="integer", required=True, replaces=True, minimum=1),
        "keepers": _KEEPERS,
        "prefix": Input(type="string", replaces=True),
    }
    outputs: ClassVar[Mapping[str, Output]] = {
        name: Output(type="string") for name in ("b64Std", "b64Url", "dec", "hex")
    }

    async def create(self, operation: Operation, name: str, inputs: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        content = secrets.token_bytes(int(inputs["byteLength"]))
        url_safe = base64.urlsafe_b64encode(content).decode().rstrip("=")
        spellings = {
            "b64Std": base64.b64encode(content).decode(),
            "b64Url": url_safe,
            "dec": str(int.from_bytes(content, "big")),
            "hex": content.hex(),
        }
        prefix = inputs.get("prefix", "")
        return url_safe, {spelling: prefix + text for spelling, text in spellings.items()}


class RandomBytes(StateOnlyResource):
    """Bytes that are a secret."""

    token = "random:index/randomBytes:RandomBytes"
    inputs: ClassVar[Mapping[str, Input]] = {
        "keepers": _KEEPERS,
        "length": Input(type="integer", required=True, replaces=True, minimum=1),
    }
    outputs: ClassVar[Mapping[str, Output]] = {
        "base64": Output(type="string", secret=True),
        "hex": Output(type="string", secret=True),
    }

    async def create(self, operation: Operation, name: str, inputs: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        content = secrets.token_bytes(int(inputs["length"]))
        encoded = base64.b64encode(content).decode()
        # The official plugin's ID is the base64 text too, unencrypted in the state: a stand-in that hid it would let a
        # program pass that leaks its keys with the official one.
        return encoded, {"base64": encoded, "hex": content.hex()}


def _bcrypt(text: str) -> str:
    import bcrypt

    # Cost 10 and the first 72 bytes, as the official plugin.
    return bcrypt.hashpw(text.encode()[:72], bcrypt.gensalt(10)).decode()


RESOURCES = (RandomBytes(), RandomId(), RandomPassword(), RandomString())
