"""The files that are generated from the declarations of the settings."""

import json
from pathlib import Path

from tools.schema.json_schema import stack_schema
from tools.schema.reference import reference

ROOT = Path(__file__).resolve().parents[2]


def generated() -> dict[Path, str]:
    """Each file and what it should hold."""
    return {
        ROOT / "stacks/schema.json": json.dumps(stack_schema(), indent=2, ensure_ascii=False) + "\n",
        ROOT / "docs/configuration.md": reference(),
    }
