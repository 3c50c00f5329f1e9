"""Writes lock files (components/plan/lock.py reads them) and merges their entries."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import yaml

from components.plan.lock import Binary, Image, Lock
from tools.toolchain.errors import ToolchainError


def save(lock: Lock, path: Path, *, comment: str) -> None:
    """Write a lock file with a comment on top, aside first: a reader sees the old one or the new one."""
    data = lock.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    head = "".join(f"# {line}\n" for line in comment.splitlines())
    scalars = yaml.safe_dump({key: data[key] for key in ("schema", "kubernetes", "defaults")}, sort_keys=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(path.name + ".new")
    aside.write_text(head + scalars + _entries("binaries", data["binaries"]) + _entries("images", data["images"]))
    aside.replace(path)


def merge_binaries(old: Sequence[Binary], new: Iterable[Binary]) -> tuple[Binary, ...]:
    """The old entries and the new ones; a published file whose sum is suddenly another is refused."""
    merged = {(entry.name, entry.version, entry.arch): entry for entry in old}
    for entry in new:
        key = (entry.name, entry.version, entry.arch)
        before = merged.setdefault(key, entry)
        if before.sha256 != entry.sha256:
            raise ToolchainError(
                f"{entry.url}: the lock file has sha256 {before.sha256}, upstream now publishes {entry.sha256}. "
                f"A release's files do not change: find out why before you remove the line and run this again."
            )
        merged[key] = entry
    return tuple(merged[key] for key in sorted(merged, key=lambda key: (key[0], numbers(key[1]), key[2])))


def merge_images(old: Sequence[Image], new: Iterable[Image]) -> tuple[Image, ...]:
    """The old entries, and the new ones in place of those of the same name and version."""
    merged = {(entry.name, entry.version): entry for entry in (*old, *new)}
    return tuple(merged[key] for key in sorted(merged, key=lambda key: (key[0], numbers(key[1]))))


def numbers(version: str) -> tuple[int, ...]:
    """A version as numbers, for ordering: 1.36.10 comes after 1.36.9."""
    return tuple(int(part) for part in version.replace("-", ".").split(".") if part.isdigit())


def _entries(key: str, entries: list[dict[str, Any]]) -> str:
    """One entry a line: a change of one file is one changed line in a review."""
    rows = (yaml.safe_dump(entry, default_flow_style=True, sort_keys=False, width=10_000).strip() for entry in entries)
    return f"{key}:\n" + "".join(f"- {row}\n" for row in rows)
