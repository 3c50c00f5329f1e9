"""The machine image: which one belongs to this version of the project, by the content it is made of."""

from __future__ import annotations

import contextlib
import fcntl
import functools
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from . import podman
from .errors import MachineError

SOURCE = Path(__file__).resolve().parent / "image"
REPOSITORY = "localhost/kfs-machine"
BUILD_LIMIT_SECONDS = 600


def cache() -> Path:
    """Where the image's archive and the host's apt settings are kept."""
    default = Path(__file__).resolve().parents[2] / ".cache"
    return Path(os.environ.get("KFS_CACHE", default)).resolve() / "image"


@functools.cache
def key() -> str:
    """Changes with every file the image is made of."""
    return content_key(SOURCE)


def content_key(source: Path, beginning: str = "") -> str:
    """Changes with every file below a folder, and with what the image begins with."""
    content = hashlib.sha256(beginning.encode())
    for path in sorted(source.rglob("*")):
        if path.is_file():
            name = f"{path.relative_to(source)} {path.stat().st_mode & 0o111:o}"
            content.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
    return content.hexdigest()[:16]


def reference() -> str:
    """The image's name in podman's storage."""
    return f"{REPOSITORY}:{key()}"


def exists() -> bool:
    """True if podman has the image of this version of the project."""
    return podman.inspect("image", reference()) is not None


@contextlib.contextmanager
def build_lock(name: str) -> Iterator[None]:
    """One build at a time of what the name stands for."""
    cache().mkdir(parents=True, exist_ok=True)
    with (cache() / name).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def forget_older(current: str) -> None:
    """Remove other versions of an image; one that machines were made of stays as long as they do."""
    for name in podman.run("images", "--format", "{{.Repository}}:{{.Tag}}", current.partition(":")[0]).split():
        if name != current:
            with contextlib.suppress(podman.PodmanError):
                podman.run("rmi", name)


def create_container(options: list[str], *command: str, image: str | None = None) -> None:
    """Make, but don't start, a container of the image. Raises MachineError if the image has not been built."""
    try:
        podman.run("create", "--pull=never", *options, image or reference(), *command)
    except podman.PodmanError as error:
        if "not known" in error.detail:
            raise MachineError("The machine image does not exist: run `make tools` first.") from None
        raise
