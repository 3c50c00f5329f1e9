"""`make rotate`: which stage comes next, and which pods must start anew before it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.plan.rotation import Generations
from tools.operations.rotate import Where, next_stage, older_pods, rotate, wait_until
from tools.operations.session import OperationError


def _at(generation: int, stage: Any) -> Generations:
    return Generations(generation=generation, stage=stage)


@pytest.mark.parametrize(
    ("wanted", "reached", "following"),
    [
        ((1, "drop"), (1, "drop"), (2, "trust")),
        ((2, "trust"), (2, "trust"), (2, "use")),
        ((2, "use"), (2, "use"), (2, "drop")),
        ((2, "drop"), (2, "drop"), (3, "trust")),
        # An `up` that was cut off comes to its end first.
        ((2, "trust"), (1, "drop"), (2, "trust")),
        ((2, "drop"), (2, "use"), (2, "drop")),
    ],
)
def test_what_was_begun_is_finished_before_anything_else(
    wanted: tuple[int, str], reached: tuple[int, str], following: tuple[int, str]
) -> None:
    where = Where(wanted=_at(*wanted), reached=_at(*reached), since="")
    assert next_stage(where) == _at(*following)


def test_only_what_is_known_can_be_rotated() -> None:
    with pytest.raises(OperationError, match="ssh, tokens; found everything"):
        rotate("local", "everything", sure=False)


def _pod(name: str, made: str, *, volume: str = "kube-root-ca.crt", **annotations: str) -> dict[str, Any]:
    sources = [{"serviceAccountToken": {}}, {"configMap": {"name": volume}}]
    return {
        "metadata": {"namespace": "shop", "name": name, "creationTimestamp": made, "annotations": annotations},
        "spec": {"volumes": [{"projected": {"sources": sources}}, {"emptyDir": {}}]},
    }


def test_pods_that_know_only_the_old_authority_are_named() -> None:
    pods = [
        _pod("old", "2026-11-28T08:00:00Z"),
        _pod("new", "2026-11-28T10:00:00Z"),
        _pod("without", "2026-11-28T08:00:00Z", volume="settings"),
        _pod("addon", "2026-11-28T08:00:00Z", **{"kubernetes-from-scratch/authorities": "2"}),
    ]
    assert older_pods({"items": pods}, "2026-11-28T09:00:00Z") == ["shop/old"]


class Fake:
    """A stack's file and outputs; an `up` reaches what the file says, or fails as often as it should."""

    def __init__(self, patch: pytest.MonkeyPatch, folder: Path) -> None:
        self.file = folder / "stacks" / "Pulumi.blue.yaml"
        self.file.parent.mkdir()
        self.file.write_text("config: {}\n")
        self.outputs: dict[str, Any] = {"cluster": {}}
        self.ups: list[str] = []
        self.failures = 0
        patch.chdir(folder)
        patch.setattr("tools.operations.rotate.pulumi", self.pulumi)
        patch.setattr("tools.operations.rotate.run_tool", self.up)

    def pulumi(self, *arguments: str) -> str:
        if arguments[:2] == ("stack", "output"):
            return json.dumps(self.outputs["userKubeconfigs"] if "userKubeconfigs" in arguments else self.outputs)
        config = yaml.safe_load(self.file.read_text())["config"]
        rotation = config.setdefault("kubernetes:rotation", {})
        for text in arguments:
            key, _, value = text.partition("=")
            if value:
                _, name, part = key.split(".")
                rotation.setdefault(name, {})[part] = yaml.safe_load(value)
        self.file.write_text(yaml.safe_dump({"config": config}))
        return ""

    def up(self, tool: str, stack: str) -> int:
        assert (tool, stack) == ("tools/up", "blue")
        rotation = yaml.safe_load(self.file.read_text())["config"]["kubernetes:rotation"]
        self.ups += [f"{name} {one['generation']} {one['stage']}" for name, one in rotation.items()]
        if self.failures:
            self.failures -= 1
            return 1
        reached = {name: {**one, "since": "2026-11-28T09:00:00Z"} for name, one in rotation.items()}
        self.outputs["cluster"]["rotation"] = {"before": {}, "reached": reached}
        return 0


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Fake:
    return Fake(monkeypatch, tmp_path)


def test_one_command_goes_through_all_stages(stack: Fake) -> None:
    assert rotate("blue", "encryption", sure=False) == 0
    assert stack.ups == ["encryption 2 trust", "encryption 2 use", "encryption 2 drop"]


def test_a_stage_that_failed_is_brought_up_again_before_the_next(stack: Fake) -> None:
    stack.failures = 1
    assert rotate("blue", "encryption", sure=False) == 1
    assert rotate("blue", "encryption", sure=False) == 0
    assert stack.ups == ["encryption 2 trust", "encryption 2 trust", "encryption 2 use", "encryption 2 drop"]


def test_users_are_waited_for_before_their_certificates_are_worth_nothing(
    stack: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tools.operations.rotate._pods", lambda *_: None)
    stack.outputs["userKubeconfigs"] = {"jane": "kubeconfig"}
    with pytest.raises(OperationError, match=r"found jane, .* SURE=yes"):
        rotate("blue", "authorities", sure=False)
    assert stack.ups[-1] == "authorities 2 use"
    assert rotate("blue", "authorities", sure=True) == 0
    assert stack.ups[-1] == "authorities 2 drop"


def test_the_host_of_snapshots_must_know_the_new_key(stack: Fake) -> None:
    stack.outputs["nextBackupKey"] = "ssh-ed25519 AAAA"
    with pytest.raises(OperationError, match="output nextBackupKey"):
        rotate("blue", "ssh", sure=False)
    assert stack.ups == ["ssh 2 trust"]


def test_tokens_are_given_their_time() -> None:
    told: list[str] = []
    wait_until(datetime.now(UTC) - timedelta(seconds=1), told.append)
    assert told == []
