"""Builds the machine image with mmdebstrap and gives it to podman; what is there already is not made again."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

from . import apt, image, podman
from .errors import MachineError

# dpkg writes and syncs thousands of small files: in memory, if so much of it is free, that takes half the time.
MEMORY_DIRECTORY = Path("/dev/shm")
NEEDED_MEMORY = 3 * 1024**3
PROGRESS_SECONDS = 5


def main() -> int:
    """Build and import; returns the exit status."""
    try:
        build()
    except MachineError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def build() -> None:
    """Make sure that podman has the image and `machine create` the host's apt settings. Safe to run twice at once."""
    directory = image.cache()
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if image.exists() and (directory / "apt").exists():
            return
        apt.save(directory / "apt")
        if image.exists():
            return
        started = time.monotonic()
        archive = directory / f"{image.key()}.tar"
        if not archive.exists():
            _bootstrap(archive)
        with _progress("importing the image into podman"):
            podman.run("import", str(archive), image.reference())
        _forget_older(archive)
        _say(f"{image.reference()} is ready after {time.monotonic() - started:.0f} s")


def _bootstrap(archive: Path) -> None:
    packages = [
        line for line in (image.SOURCE / "packages").read_text().splitlines() if line and not line.startswith("#")
    ]
    partial = archive.with_suffix(".part")
    with tempfile.TemporaryDirectory(prefix="kfs-image.", dir=_working_directory()) as work:
        settings = Path(work) / "apt.conf"
        settings.write_text(apt.host_settings())
        command = [
            "env", f"TMPDIR={work}", "mmdebstrap", "--mode=root", "--variant=minbase", "--format=tar",
            f"--include={','.join(packages)}", f"--aptopt={settings}",
            f"--dpkgopt={image.SOURCE / 'dpkg.cfg'}", f'--customize-hook={image.SOURCE / "customize"} "$1"',
            apt.SUITE, str(partial), "-",
        ]  # fmt: skip
        command = command if os.geteuid() == 0 else ["sudo", "-n", *command]
        with _progress("installing Debian packages"):
            _run(command, apt.sources())
    partial.rename(archive)


def _run(command: list[str], sources: str) -> None:
    try:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    except FileNotFoundError as missing:
        raise MachineError(f"{missing.filename} is not installed: run `make tools` first.") from None
    assert process.stdin is not None
    assert process.stderr is not None
    process.stdin.write(sources)
    process.stdin.close()
    lines = []
    for line in process.stderr:
        lines.append(line.rstrip())
        if line.startswith("I: "):
            _say(line.removeprefix("I: ").rstrip())
    if process.wait() != 0:
        found = [line for line in lines if line.startswith(("E: ", "Err:"))] or lines[-1:] or ["no output"]
        raise MachineError(
            f"mmdebstrap could not build the machine image: {' '.join(found[:3])}; check that apt-get works here."
        )


def _working_directory() -> Path:
    try:
        if shutil.disk_usage(MEMORY_DIRECTORY).free > NEEDED_MEMORY and _available_memory() > NEEDED_MEMORY:
            return MEMORY_DIRECTORY
    except OSError:
        pass
    return image.cache()


def _available_memory() -> int:
    lines = Path("/proc/meminfo").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))


def _forget_older(archive: Path) -> None:
    for other in [*archive.parent.glob("*.tar"), *archive.parent.glob("*.part")]:
        if other != archive:
            other.unlink()


@contextmanager
def _progress(step: str) -> Iterator[None]:
    """Says every few seconds that the step still runs."""
    done, started = Event(), time.monotonic()

    def report() -> None:
        while not done.wait(PROGRESS_SECONDS):
            _say(f"{step}: {time.monotonic() - started:.0f} s")

    _say(step)
    reporter = Thread(target=report, daemon=True)
    reporter.start()
    try:
        yield
    finally:
        done.set()
        reporter.join()


def _say(text: str) -> None:
    print(f"machine image: {text}", flush=True)
