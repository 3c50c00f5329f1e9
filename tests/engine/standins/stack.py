"""A Pulumi stack for one test: the real engine, a backend in a temporary folder, programs that are functions."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pulumi.automation as auto
from pulumi.automation import events

Program = Callable[[], None]
_PASSPHRASE = "not a secret"
# More than the engine's default of four per core, so that a test can want a dozen commands at once anywhere.
_PARALLEL = 32


@dataclass(kw_only=True)
class Run:
    """What the engine did.

    `steps`: resource name → operations. `previewed`: resource name → its new outputs. `errors`: resource name → texts.
    """

    outputs: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=lambda: defaultdict(str))
    steps: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    previewed: dict[str, dict[str, Any]] = field(default_factory=dict)
    # Diagnostics and ends of operations in the order in which they came: ("info", text) and ("done", resource name).
    log: list[tuple[str, str]] = field(default_factory=list)

    def take(self, event: events.EngineEvent) -> None:
        """Keeps what a test may ask for of one of the engine's events."""
        if event.resource_pre_event:
            metadata = event.resource_pre_event.metadata
            self.steps[_name(metadata.urn)].append(metadata.op)
        if event.res_outputs_event:
            metadata = event.res_outputs_event.metadata
            self.log.append(("done", _name(metadata.urn)))
            if metadata.new and metadata.new.outputs:
                self.previewed[_name(metadata.urn)] = dict(metadata.new.outputs)
        if event.diagnostic_event:
            diagnostic = event.diagnostic_event
            self.log.append((diagnostic.severity, diagnostic.message.strip()))
            if diagnostic.severity == "error":
                self.errors[_name(diagnostic.urn or "")] += diagnostic.message

    def changed(self) -> dict[str, list[str]]:
        """The steps that did something."""
        return {name: steps for name, steps in self.steps.items() if set(steps) - {"same"}}


class Stack:
    """One stack, empty at first."""

    def __init__(
        self, folder: Path, *, pulumi_home: Path, cache: Path, environment: Mapping[str, str] | None = None
    ) -> None:
        self._state = folder / "state"
        self._state.mkdir(parents=True)
        workspace = auto.LocalWorkspaceOptions(
            pulumi_command=auto.PulumiCommand(root=str(cache)),
            env_vars={
                "PULUMI_BACKEND_URL": f"file://{self._state}",
                "PULUMI_CONFIG_PASSPHRASE": _PASSPHRASE,
                "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "1",
                "PULUMI_HOME": str(pulumi_home),
                "PULUMI_SKIP_UPDATE_CHECK": "1",
                **(environment or {}),
            },
        )
        self._stack = auto.create_stack("test", project_name="standins", program=_nothing, opts=workspace)

    def up(self, program: Program, log: list[tuple[str, str]] | None = None) -> Run:
        """Brings the stack to what the program says. `log` is filled while it runs."""
        run = Run(log=[] if log is None else log)
        result = self._stack.up(program=program, on_event=run.take, parallel=_PARALLEL)
        run.outputs = {name: output.value for name, output in result.outputs.items()}
        return run

    def preview(self, program: Program) -> Run:
        """What `up` would do."""
        run = Run()
        self._stack.preview(program=program, on_event=run.take)
        return run

    def refresh(self) -> Run:
        """Asks the plugins what has become of the resources."""
        run = Run()
        self._stack.refresh(on_event=run.take)
        return run

    def attempt(self, program: Program, action: Literal["up", "preview"] = "up") -> Run:
        """An `up` or a `preview` that has to fail, and goes on as far as it can."""
        run = Run()
        try:
            if action == "up":
                self._stack.up(program=program, on_event=run.take, parallel=_PARALLEL, continue_on_error=True)
            else:
                self._stack.preview(program=program, on_event=run.take)
        except auto.CommandError:
            return run
        raise AssertionError(f"{action} succeeded")

    def destroy(self) -> Run:
        """Removes every resource."""
        run = Run()
        self._stack.destroy(on_event=run.take)
        return run

    def resources(self) -> list[dict[str, Any]]:
        """The resources in the state, secrets encrypted."""
        checkpoint = json.loads((self._state / ".pulumi/stacks/standins/test.json").read_text())["checkpoint"]
        resources: list[dict[str, Any]] = (checkpoint["latest"] or {}).get("resources", [])
        return resources

    def state_text(self) -> str:
        """The state file and its history, as they are on the disk."""
        return "\n".join(path.read_text() for path in self._state.rglob("*.json"))


def _nothing() -> None:
    pass


def _name(urn: str) -> str:
    return urn.split("::")[-1]
