"""Builds a group, unless it is up to date."""

import hashlib
import json
import shutil
import subprocess
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tools.toolchain.errors import ToolchainError
from tools.toolchain.golang import Go
from tools.toolchain.group import Build, Group
from tools.toolchain.progress import Ticker, say

STAMP = "built.json"
"""Written last: the group's key and the sha256 of each binary."""


def built(group: Group) -> dict[str, str] | None:
    """File name → sha256 of what the group has made, or None if it must be built (again)."""
    try:
        stamp = json.loads((group.output / STAMP).read_text())
    except (FileNotFoundError, ValueError):
        return None
    sums: dict[str, str] = stamp["sha256"]
    complete = stamp["key"] == group.key() and all((group.output / name).is_file() for name in sums)
    return sums if complete else None


def build(group: Group, go: Go) -> dict[str, str]:
    """Build all of the group, aside, and put it in place when it is complete; returns file name → sha256."""
    aside = group.output.with_name(group.output.name + ".new")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    with Ticker(group.name, "starting") as ticker:
        for step in group.builds:
            if step.c_source:
                _compile_c(group, step, aside)
            else:
                _GoBuild(group=group, step=step, go=go, output=aside, ticker=ticker).run()
        for name, source in group.files.items():
            shutil.copyfile(_module_folder(group, go, source.module) / source.path, aside / name)
            (aside / name).chmod(0o755)
    sums = {path.name: sha256(path) for path in sorted(aside.iterdir())}
    (aside / STAMP).write_text(json.dumps({"key": group.key(), "go": go.version, "sha256": sums}, indent=1))
    shutil.rmtree(group.output, ignore_errors=True)
    aside.rename(group.output)
    say(group.name, f"{group.version} built in {ticker.elapsed}")
    return sums


def sha256(path: Path) -> str:
    """Digest of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True, kw_only=True)
class _GoBuild:
    group: Group
    step: Build
    go: Go
    output: Path
    ticker: Ticker

    def run(self) -> None:
        packages = list(self.step.binaries.values())
        stale = self._stale(packages)
        self.ticker.status = f"compiling {stale} packages" if stale else "linking"
        lines = self._lines(["build", "-v", *self._flags(), "-o", f"{self.output}/", *packages])
        for compiled, _ in enumerate(lines, start=1):
            self.ticker.status = f"{compiled} of {stale} packages compiled"
            if compiled == stale:
                self.ticker.status += ", linking"
        for name, package in self.step.binaries.items():
            # Go names a binary after its package, whatever we call it: etcd's is "server".
            made = self.output / _go_name(package)
            if made.name != name:
                made.rename(self.output / name)

    def _stale(self, packages: list[str]) -> int:
        """Download the modules that the packages need, and count the packages that are not in Go's cache."""
        self.ticker.status = "fetching modules"
        lines = self._lines(["list", "-deps", "-f", "{{if .Stale}}{{.ImportPath}}{{end}}", *self._flags(), *packages])
        stale = 0
        for line in lines:
            if line.startswith("go: downloading "):
                self.ticker.status = f"fetching module {line.removeprefix('go: downloading ')}"
            elif line:
                stale += 1
        return stale

    def _flags(self) -> list[str]:
        stamps = [f"-X {variable}={self.group.fill(text)}" for variable, text in self.step.stamps.items()]
        return ["-tags", ",".join(self.step.tags), "-ldflags", " ".join(["-s -w", *self.step.link, *stamps])]

    def _lines(self, arguments: list[str]) -> Iterator[str]:
        """Run Go and give its lines as they come; ToolchainError with the last of them if it fails."""
        environment = self.go.environment() | {"CGO_ENABLED": "1" if self.step.cgo else "0"}
        tail: deque[str] = deque(maxlen=20)
        process = subprocess.Popen(
            [self.go.command, *arguments],
            cwd=self.group.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        with process:
            assert process.stdout is not None
            for line in process.stdout:
                tail.append(line)
                yield line.rstrip()
        if process.returncode:
            raise ToolchainError(
                f"building {self.group.name} {self.group.version} failed (`go {arguments[0]}` in {self.group.folder}); "
                f"its last lines:\n{''.join(tail)}Run `make tools` again to go on where it stopped."
            )


def _module_folder(group: Group, go: Go, module: str) -> Path:
    command = [go.command, "list", "-m", "-f", "{{.Dir}}", module]
    run = subprocess.run(command, cwd=group.folder, env=go.environment(), capture_output=True, text=True, check=False)
    if run.returncode:
        raise ToolchainError(f"{group.name}: the module {module} could not be found: {run.stderr.strip()}")
    return Path(run.stdout.strip())


def _compile_c(group: Group, step: Build, output: Path) -> None:
    for name, source in step.binaries.items():
        command = ["gcc", "-Os", "-static", "-s", "-o", str(output / name), str(group.folder / source)]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        if run.returncode:
            raise ToolchainError(f"building {group.name} failed: {run.stderr.strip()}")


def _go_name(package: str) -> str:
    """The file name that `go build` chooses: the package's last element, but for a major version."""
    *_, before, last = package.split("/")
    return before if last[0] == "v" and last[1:].isdigit() else last
