"""What is on a machine: see inventory.sh."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

SCRIPT = Path(__file__).with_suffix(".sh")

Inventory = dict[str, set[str]]
"""Subject → its lines."""


def take(run: Callable[[str], str]) -> Inventory:
    """What there is; `run` runs a command on the machine as root and returns its output."""
    _, *parts = re.split(r"^=====(.+)=====$", run(SCRIPT.read_text()), flags=re.MULTILINE)
    return {
        subject: {line.strip() for line in text.splitlines() if line.strip()}
        for subject, text in zip(parts[::2], parts[1::2], strict=True)
    }


def differences(before: Inventory, after: Inventory) -> list[str]:
    """`SUBJECT: + LINE` for what came, `SUBJECT: - LINE` for what went."""
    found = []
    for subject, lines in before.items():
        found += [f"{subject}: + {line}" for line in sorted(after[subject] - lines)]
        found += [f"{subject}: - {line}" for line in sorted(lines - after[subject])]
    return found
