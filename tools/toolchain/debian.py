"""Unpacks packages of the host's distribution into a folder: for images that need more than our binaries."""

import re
import shutil
import subprocess
from pathlib import Path

from tools.toolchain.errors import ToolchainError
from tools.toolchain.paths import BUILD

KEEP = ("bin", "sbin", "lib", "lib64", "etc")
"""What programs need at run time, below / and below usr/; documentation and package scripts stay out."""


def unpack(packages: list[str], root: Path) -> list[str]:
    """Download the packages with their dependencies and unpack them below `root`; returns name_version of each."""
    shutil.rmtree(root, ignore_errors=True)
    archives = root / ".debs"
    archives.mkdir(parents=True)
    _run(["apt-get", "download", "--quiet", *_with_dependencies(packages)], archives)
    debs = sorted(archives.glob("*.deb"))
    whole = root / ".whole"
    for deb in debs:
        _run(["dpkg-deb", "--extract", str(deb), str(whole)], archives)
    for name in KEEP:
        _merge(whole / name, root / "usr" / name if name != "etc" else root / "etc")
        _merge(whole / "usr" / name, root / "usr" / name)
        if name != "etc" and (root / "usr" / name).is_dir():
            (root / name).symlink_to(f"usr/{name}")
    shutil.rmtree(archives)
    shutil.rmtree(whole)
    return ["_".join(deb.name.split("_")[:2]) for deb in debs]


def version(package: str) -> str:
    """The upstream part of a package's version in the distribution, as it was when first asked for.

    It is kept: asking apt takes a second, and a later update of the package is no reason to make images again.
    """
    record = BUILD / "debian" / package
    if record.is_file():
        return record.read_text()
    found = re.search(r"^Version: (?:\d+:)?([^-\s]+)", _run(["apt-cache", "show", package]), re.MULTILINE)
    if not found:
        raise ToolchainError(f"the distribution has no package {package}: run `apt-get update`, then `make tools`")
    record.parent.mkdir(parents=True, exist_ok=True)
    record.write_text(found[1])
    return found[1]


def _with_dependencies(packages: list[str]) -> list[str]:
    quiet = [f"--no-{kind}" for kind in ("recommends", "suggests", "conflicts", "breaks", "replaces", "enhances")]
    text = _run(["apt-cache", "depends", "--recurse", *quiet, *packages])
    return sorted({line for line in text.splitlines() if re.fullmatch(r"[a-z0-9][a-z0-9.+:-]*", line)})


def _merge(source: Path, target: Path) -> None:
    """Move a folder's content into another: distributions have either lib/ or usr/lib/, images get the latter."""
    if source.is_dir() and not source.is_symlink():
        shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True)


def _run(command: list[str], folder: Path | None = None) -> str:
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if run.returncode:
        raise ToolchainError(f"`{' '.join(command)}` failed: {run.stderr.strip()}")
    return run.stdout
