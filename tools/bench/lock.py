"""Reads what the benchmark needs of the mirror's lock file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml


@dataclass(frozen=True, kw_only=True)
class Artifact:
    """One file of the mirror."""

    name: str
    path: str
    """HOST/PATH below the mirror's base URL."""
    sha256: str


@dataclass(frozen=True, kw_only=True)
class Lock:
    """Files of the default versions, for this computer's architecture."""

    versions: dict[str, str]
    binaries: dict[str, Artifact]
    images: dict[str, Artifact]
    references: dict[str, str]
    """Image name → reference under which its archive is imported."""


def read(path: Path, arch: str) -> Lock:
    """Raises SystemExit if the mirror has not been made."""
    if not path.exists():
        raise SystemExit(f"{path} does not exist: run `make tools` first.")
    data: dict[str, Any] = yaml.safe_load(path.read_text())
    versions: dict[str, str] = data["defaults"]
    # Binaries of one project are under several names, all with the project's version.
    wanted = set(versions.values())
    binaries = [one for one in data["binaries"] if one["arch"] == arch and one["version"] in wanted]
    images = [one for one in data["images"] if one["version"] == versions.get(one["name"], versions["kubernetes"])]
    return Lock(
        versions=versions,
        binaries={one["name"]: _artifact(one["name"], one) for one in binaries},
        images={one["name"]: _artifact(one["name"], one["archives"][arch]) for one in images},
        references={one["name"]: one["reference"] for one in images},
    )


def _artifact(name: str, entry: dict[str, str]) -> Artifact:
    return Artifact(name=name, path=entry["url"].removeprefix("https://"), sha256=entry["sha256"])
