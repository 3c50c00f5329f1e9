"""A copy of the project for one test: links to its files, and a stack, a state and keys of its own.

The commands are those that users type; nothing of the project's own stacks, state or kubeconfigs is seen or touched.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

REPOSITORY = Path(__file__).resolve().parents[2]
CACHE = Path(os.environ.get("KFS_CACHE") or REPOSITORY / ".cache").resolve()
# What is made once on this computer (`make tools`), and the same for all.
TOOLS = ("bin", "venv", "pulumi/plugins", "mirror", "image", "artifacts.yaml")
# Seconds after which a command counts as hung. An idle computer needs a tenth of it.
LIMIT = 900.0

Settings = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Done:
    """A command that has ended."""

    command: str
    status: int
    output: str
    errors: str

    @property
    def text(self) -> str:
        """All it wrote."""
        return self.output + self.errors

    def must_succeed(self) -> Done:
        """Itself; an AssertionError with all it said where it failed."""
        assert self.status == 0, f"{self.command} ended with {self.status}:\n{self.text}"
        return self

    def must_fail(self) -> Done:
        """Itself; an AssertionError where it succeeded."""
        assert self.status != 0, f"{self.command} succeeded:\n{self.text}"
        return self


@dataclass(kw_only=True)
class Update:
    """What the engine did in one `pulumi up`."""

    operations: dict[str, set[str]] = field(default_factory=dict)
    """Resource name → create, update, replace, delete, same …"""
    said: list[str] = field(default_factory=list)
    """Lines that steps printed."""

    def changed(self) -> set[str]:
        """Names of the resources that were not left as they are."""
        return {name for name, operations in self.operations.items() if operations - {"same"}}


class Project:
    """One stack of the project."""

    def __init__(self, folder: Path, stack: str, settings: Settings) -> None:
        self.folder, self.stack = folder / "project", stack
        self.cache = folder / "cache"
        for path in (self.folder / "stacks", self.cache / "pulumi"):
            path.mkdir(parents=True)
        for name in ("Pulumi.yaml", "__main__.py", "components", "tools"):
            (self.folder / name).symlink_to(REPOSITORY / name)
        for name in TOOLS:
            (self.cache / name).symlink_to(CACHE / name)
        (self.folder / ".cache").symlink_to(self.cache)
        self._file = self.folder / "stacks" / f"Pulumi.{stack}.yaml"
        self._others: dict[str, Any] = {}
        self.configure(settings)
        self._environment = self._made_environment()

    @property
    def kubeconfig(self) -> Path:
        """Where `up` writes the administrator's kubeconfig."""
        return self.cache / "kubeconfig" / self.stack

    @property
    def environment(self) -> Mapping[str, str]:
        """What `make env` prints, with the rest of this process's own."""
        return self._environment

    def configure(self, settings: Settings) -> None:
        """Write the stack file: NAME → value. What Pulumi itself wrote there stays."""
        known = yaml.safe_load(self._file.read_text()) if self._file.exists() else {}
        known["config"] = {f"kubernetes:{name}": value for name, value in settings.items()}
        # JSON is YAML with all texts in quotes: Pulumi reads some as numbers that Python takes for texts.
        self._file.write_text(json.dumps(known, indent=1))

    def up(self) -> Done:
        """`make up`, without setting tools up."""
        return self.run("tools/up", self.stack)

    def down(self) -> Done:
        """`make down`."""
        return self.run("tools/down", self.stack)

    def preview(self) -> Done:
        """`make preview`."""
        return self.run("tools/preview", self.stack)

    def verify(self) -> Done:
        """`make verify`."""
        return self.run("tools/verify", self.stack)

    def pulumi_up(self) -> Update:
        """Plain `pulumi up`; it must succeed."""
        done = self.run("pulumi", "up", "--stack", self.stack, "--yes", "--skip-preview", "--json", "--non-interactive")
        update = Update()
        for line in done.output.splitlines():
            event = json.loads(line) if line.startswith("{") else {}
            if started := event.get("resourcePreEvent"):
                metadata = started["metadata"]
                update.operations.setdefault(metadata["urn"].rpartition("::")[2], set()).add(metadata["op"])
            elif diagnostic := event.get("diagnosticEvent"):
                update.said += diagnostic["message"].splitlines()
        assert done.status == 0, "\n".join([f"{done.command} ended with {done.status}:", *update.said, done.errors])
        return update

    def state(self, *, secrets: bool = False) -> dict[str, Any]:
        """`pulumi stack export`."""
        shown = ["--show-secrets"] if secrets else []
        done = self.run("pulumi", "stack", "export", "--stack", self.stack, *shown).must_succeed()
        state: dict[str, Any] = json.loads(done.output)
        return state

    def take_state(self, state: dict[str, Any]) -> None:
        """`pulumi stack import`."""
        file = self.cache / "state.json"
        file.write_text(json.dumps(state))
        self.run("pulumi", "stack", "import", "--stack", self.stack, "--file", str(file)).must_succeed()
        file.unlink()

    def outputs(self) -> dict[str, Any]:
        """The stack's outputs, secrets in clear."""
        done = self.run("pulumi", "stack", "output", "--stack", self.stack, "--json", "--show-secrets").must_succeed()
        outputs: dict[str, Any] = json.loads(done.output)
        return outputs

    def kubectl(self, *arguments: str, given: str = "") -> str:
        """Output of a command to the cluster, which must succeed."""
        return self.run("kubectl", "--kubeconfig", str(self.kubeconfig), *arguments, given=given).must_succeed().output

    def run(self, *command: str, given: str = "", limit: float = LIMIT) -> Done:
        """Run a command in the project's folder, to its end."""
        done = subprocess.run(
            command, cwd=self.folder, env=self._environment, input=given, timeout=limit, check=False,
            capture_output=True, text=True,
        )  # fmt: skip
        return Done(command=" ".join(command), status=done.returncode, output=done.stdout, errors=done.stderr)

    def start(self, *command: str, log: Path) -> subprocess.Popen[bytes]:
        """Start a command; what it says goes to `log`."""
        with log.open("wb") as file:
            return subprocess.Popen(
                command, cwd=self.folder, env=self._environment, stdin=subprocess.DEVNULL, stdout=file, stderr=file
            )

    def _made_environment(self) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if not name.startswith(("PULUMI_", "KUBECONFIG"))}
        own["KFS_CACHE"] = str(self.cache)
        # An agent of the person who runs the tests has no part in them.
        own.pop("SSH_AUTH_SOCK", None)
        printed = subprocess.run(
            ["bash", "-c", 'eval "$(tools/env)" && env -0'],
            cwd=self.folder, env=own, check=True, capture_output=True, text=True,
        )  # fmt: skip
        return dict(line.split("=", 1) for line in printed.stdout.split("\0") if line)
