"""What was decided about artifacts, in .cache/artifacts.yaml: the program reads it, and later runs keep to it."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import yaml

from tools.toolchain.paths import ARTIFACTS, MIRROR, relative
from tools.toolchain.probe import Decision

COMMENT = "Written by `make tools`. Delete this file to have it decide again."


def read() -> Decision | None:
    """The decision of an earlier run that was finished, or None."""
    try:
        data = yaml.safe_load(ARTIFACTS.read_text())
        return Decision(source=data["source"], reason=data["reason"])
    except (FileNotFoundError, KeyError, TypeError, yaml.YAMLError):
        return None


def write(decision: Decision, lock: Path) -> None:
    """Record the decision and where its lock file is; it is written last, when everything it promises is there."""
    images: Literal["registry", "archives"] = "registry" if decision.source == "upstream" else "archives"
    data: dict[str, Any] = {
        "source": decision.source,
        "reason": decision.reason,
        "decided": datetime.now(UTC).isoformat(timespec="seconds"),
        "lock": relative(lock),
        "images": images,
    }
    if decision.source == "mirror":
        data["root"] = relative(MIRROR)
    aside = ARTIFACTS.with_name(ARTIFACTS.name + ".new")
    aside.write_text(f"# {COMMENT}\n{yaml.safe_dump(data, sort_keys=False)}")
    aside.replace(ARTIFACTS)
