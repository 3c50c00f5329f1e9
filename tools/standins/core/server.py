"""Runs a stand-in as the process that the engine expects."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterable, Mapping

import grpc.aio

from tools.standins.core.configuration import Configuration
from tools.standins.core.engine_log import MESSAGE_OPTIONS, EngineLog
from tools.standins.core.protocol import provider_pb2_grpc
from tools.standins.core.provider import Function, StandInProvider
from tools.standins.core.resource import Resource

# How soon a plugin notices, in seconds, that its engine was killed and could not end it.
_PARENT_CHECK_SECONDS = 1.0


async def serve(
    *,
    name: str,
    resources: Iterable[Resource],
    functions: Mapping[str, Function],
    configuration: Configuration,
    engine_address: str | None,
) -> None:
    """Serves until the engine goes."""
    server = grpc.aio.server(options=MESSAGE_OPTIONS)
    provider = StandInProvider(
        name=name,
        resources=resources,
        functions=functions,
        configuration=configuration,
        log=EngineLog(engine_address),
    )
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    loop = asyncio.get_running_loop()
    for interrupt in (signal.SIGINT, signal.SIGTERM):
        # Nothing is worth keeping by then, and the engine waits for the process to go.
        loop.add_signal_handler(interrupt, os._exit, 0)
    print(port, flush=True)  # the first line of standard output tells the engine where the plugin listens
    await _outlive_engine()


async def _outlive_engine() -> None:
    engine = os.getppid()
    while os.getppid() == engine:
        await asyncio.sleep(_PARENT_CHECK_SECONDS)
    os._exit(0)
