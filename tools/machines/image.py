"""The machine image: which one belongs to this version of the project, by the content it is made of."""

from __future__ import annotations

import functools
import hashlib
import os
from pathlib import Path

from . import podman
from .errors import MachineError

SOURCE = Path(__file__).resolve().parent / "image"
REPOSITORY = "localhost/kfs-machine"


def cache() -> Path:
    """Where the image's archive and the host's apt settings are kept."""
    default = Path(__file__).resolve().parents[2] / ".cache"
    return Path(os.environ.get("KFS_CACHE", default)).resolve() / "image"


@functools.cache
def key() -> str:
    """Changes with every file the image is made of."""
    content = hashlib.sha256()
    for path in sorted(SOURCE.rglob("*")):
        if path.is_file():
            content.update(
                f"{path.relative_to(SOURCE)}\0{path.stat().st_mode & 0o111:o}\0".encode() + path.read_bytes() + b"\0"
            )
    return content.hexdigest()[:16]


def reference() -> str:
    """The image's name in podman's storage."""
    return f"{REPOSITORY}:{key()}"


def exists() -> bool:
    """True if podman has the image of this version of the project."""
    return podman.inspect("image", reference()) is not None


def require() -> str:
    """The image's name; raises MachineError if it has not been built."""
    if not exists():
        raise MachineError(
            f"The machine image {reference()} does not exist: run `tools/machines/build-image` (or `make tools`)."
        )
    return reference()
