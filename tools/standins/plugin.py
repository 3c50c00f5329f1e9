"""The process behind `pulumi-resource-NAME`: `plugin.py NAME [ENGINE_ADDRESS]`."""

from __future__ import annotations

import asyncio
import importlib
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    name = sys.argv[1]
    # The engine's address comes last, after flags for tracing and verbosity that a stand-in has no use for.
    engine_address = sys.argv[-1] if len(sys.argv) > 2 else None
    core = importlib.import_module("tools.standins.core.server")
    plugin = importlib.import_module(f"tools.standins.{name}.resources")
    asyncio.run(
        core.serve(
            name=name,
            resources=plugin.RESOURCES,
            # Only those of the clouds have functions, and something to be configured.
            functions=getattr(plugin, "FUNCTIONS", {}),
            configuration=getattr(plugin, "CONFIGURATION", core.Configuration()),
            engine_address=engine_address,
        )
    )
