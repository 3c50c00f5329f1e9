"""The image of cloud instances: the machine image with cloud-init, made of it by installing packages in a container."""

from __future__ import annotations

import functools
from pathlib import Path

from . import host, image, podman
from .progress import Progress

SOURCE = Path(__file__).resolve().parent / "cloud-image"
REPOSITORY = "localhost/kfs-instance"
BUILDER = "kfs-instance-builder"


@functools.cache
def reference() -> str:
    """The image's name in podman's storage; changes with the machine image and with every file below SOURCE."""
    return f"{REPOSITORY}:{image.content_key(SOURCE, image.key())}"


def exists() -> bool:
    """True if podman has the image of this version of the project."""
    return podman.inspect("image", reference()) is not None


def build() -> None:
    """Make the image, once; the machine image and the host's apt settings must be there."""
    with image.build_lock("cloud-lock"):
        if exists():
            return
        with Progress("cloud instance image") as progress:
            progress.step("installing cloud-init")
            podman.remove(BUILDER)
            image.create_container([
                f"--name={BUILDER}", "--network=host", "--ipc=none", *host.LIMIT_OPTIONS,
                f"--volume={SOURCE}:/srv/source:ro", f"--volume={image.cache() / 'apt'}:/mnt:ro",
            ], "/srv/source/install")  # fmt: skip
            podman.run("start", "--attach", BUILDER, limit=image.BUILD_LIMIT_SECONDS)
            progress.step("keeping it")
            podman.run("commit", "--quiet", BUILDER, reference())
            podman.remove(BUILDER)
            image.forget_older(reference())
            progress.step("ready")
