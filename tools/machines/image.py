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
            name = f"{path.relative_to(SOURCE)} {path.stat().st_mode & 0o111:o}"
            content.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
    return content.hexdigest()[:16]


def reference() -> str:
    """The image's name in podman's storage."""
    return f"{REPOSITORY}:{key()}"


def exists() -> bool:
    """True if podman has the image of this version of the project."""
    return podman.inspect("image", reference()) is not None


def create_container(options: list[str], *command: str) -> None:
    """Make, but don't start, a container of the image. Raises MachineError if the image has not been built."""
    try:
        podman.run("create", "--pull=never", *options, reference(), *command)
    except podman.PodmanError as error:
        if "not known" in error.detail:
            raise MachineError("The machine image does not exist: run `make tools` first.") from None
        raise
