"""The process that the engine expects behind `pulumi-resource-command`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from typing import Any

from tools.standins.command.resources import LocalCommand, RemoteCommand
from tools.standins.core.configuration import Configuration
from tools.standins.core.operation import Operation
from tools.standins.core.server import serve


class _Silent:
    async def _run(
        self, operation: Operation, command: str, inputs: Mapping[str, Any], state: Mapping[str, Any]
    ) -> dict[str, Any]:
        return {"stderr": "", "stdout": ""}


class _Local(_Silent, LocalCommand):
    """On this computer; nothing is done."""


class _Remote(_Silent, RemoteCommand):
    """On a machine that is not there."""


address = sys.argv[-1] if len(sys.argv) > 1 else None
asyncio.run(
    serve(
        name="command",
        resources=(_Local(), _Remote()),
        functions={},
        configuration=Configuration(),
        engine_address=address,
    )
)
