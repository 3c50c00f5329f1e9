"""Builds the machine image with mmdebstrap and gives it to podman; what is there already is not made again."""

from __future__ import annotations

import contextlib
import re
import subprocess
import sys
from pathlib import Path

from . import apt, cloud_image, host, image, podman
from .errors import MachineError
from .progress import Progress

BOOTSTRAP = Path(__file__).resolve().parent / "bootstrap"
# The tree takes 0.5 GB of memory; what else runs on a small computer needs the rest.
NEEDED_MEMORY = 3 * 1024**3


def main() -> int:
    """Build and import, with the argument `cloud` the image of cloud instances as well; returns the exit status."""
    try:
        build()
        if "cloud" in sys.argv[1:]:
            cloud_image.build()
    except MachineError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def build() -> None:
    """Make sure that podman has the image and `machine create` the host's apt settings. Safe to run twice at once."""
    directory = image.cache()
    with image.build_lock("lock"):
        if image.exists() and (directory / "apt").exists():
            return
        apt.save(directory / "apt")
        if image.exists():
            return
        archive = directory / f"{image.key()}.tar"
        with Progress("machine image") as progress:
            if not archive.exists():
                _bootstrap(archive, progress)
            progress.step("importing it into podman")
            podman.run("import", str(archive), image.reference())
            _forget_older(archive)
            progress.step("ready")


def _bootstrap(archive: Path, progress: Progress) -> None:
    lines = (image.SOURCE / "packages").read_text().splitlines()
    packages = [line for line in lines if line and not line.startswith("#")]
    partial, cache = archive.with_suffix(".part"), archive.parent
    command = host.as_root(
        # A build that was killed may have left an mmdebstrap that still runs: the lock is its as long as it does.
        "flock", "--timeout", str(image.BUILD_LIMIT_SECONDS), str(cache / "mmdebstrap.lock"), "unshare", "--mount",
        str(BOOTSTRAP), str(cache / "work"), "memory" if _available_memory() > NEEDED_MEMORY else "disk",
        "--mode=root", "--variant=minbase", "--format=tar", f"--include={','.join(packages)}",
        f"--aptopt={cache / 'apt' / apt.HOST_SETTINGS_FILE}", f"--dpkgopt={image.SOURCE / 'dpkg.cfg'}",
        f'--customize-hook={image.SOURCE / "customize"} "$1"', apt.SUITE, str(partial), "-",
    )  # fmt: skip
    _run(command, apt.sources(), progress)
    partial.rename(archive)


def _run(command: list[str], sources: str, progress: Progress) -> None:
    try:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    except FileNotFoundError as missing:
        raise MachineError(f"{missing.filename} is not installed: run `make tools` first.") from None
    assert process.stdin is not None
    assert process.stderr is not None
    # One that ends before it reads says why on its error output.
    with contextlib.suppress(BrokenPipeError), process.stdin:
        process.stdin.write(sources)
    lines = []
    for line in process.stderr:
        lines.append(line.rstrip())
        # Its steps are the lines such as "I: extracting archives..."; the rest is for those who debug it.
        if step := re.fullmatch(r"I: ([a-z -]+)\.\.\.", lines[-1]):
            progress.step(step[1])
    if process.wait() != 0:
        raise MachineError(f"mmdebstrap could not build the machine image ({_cause(lines)}): does apt-get work here?")


def _cause(lines: list[str]) -> str:
    """The first error of apt or mmdebstrap; apt gives the reason on the line after what it was that failed."""
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        if line.startswith(("E: ", "Err:")):
            return " ".join([line, following.strip()] if following.startswith(" ") else [line])
    return lines[-1] if lines else "no output"


def _available_memory() -> int:
    lines = Path("/proc/meminfo").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))


def _forget_older(archive: Path) -> None:
    for other in [*archive.parent.glob("*.tar"), *archive.parent.glob("*.part")]:
        if other != archive:
            other.unlink()
    image.forget_older(image.reference())
