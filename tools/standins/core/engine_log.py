"""The line to the engine's log."""

from __future__ import annotations

from typing import Any

import grpc.aio

from tools.standins.core.operation import Severity
from tools.standins.core.protocol import engine_pb2, engine_pb2_grpc

# The engine takes up to 400 MB in one message; a file of a machine on standard input stays far below.
MESSAGE_OPTIONS = [("grpc.max_receive_message_length", 400 << 20), ("grpc.max_send_message_length", 400 << 20)]


class EngineLog:
    """Sends lines to the engine at `address`. Without one (a plugin started by hand) they go nowhere."""

    def __init__(self, address: str | None) -> None:
        self._engine: Any = None
        if address:
            self._engine = engine_pb2_grpc.EngineStub(grpc.aio.insecure_channel(address, options=MESSAGE_OPTIONS))

    async def write(self, urn: str, severity: Severity, message: str, ephemeral: bool) -> None:
        """Shows `message` at the resource `urn`; an ephemeral one only while the resource is worked on."""
        if self._engine is None or not message:
            return
        level = {"info": engine_pb2.INFO, "warning": engine_pb2.WARNING, "error": engine_pb2.ERROR}[severity]
        request = engine_pb2.LogRequest(severity=level, message=message, urn=urn, ephemeral=ephemeral)
        await self._engine.Log(request)
