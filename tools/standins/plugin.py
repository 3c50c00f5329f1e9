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
    serve = importlib.import_module("tools.standins.core.server").serve
    resources = importlib.import_module(f"tools.standins.{name}.resources").RESOURCES
    asyncio.run(serve(name=name, resources=resources, engine_address=engine_address))
