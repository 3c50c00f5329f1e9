"""What the tool that makes local machines asks of podman."""

from __future__ import annotations

import pytest

from tools.machines import podman


def test_a_machine_whose_processes_take_their_time_is_removed_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, ...]] = []

    def run(*arguments: str) -> str:
        asked.append(arguments)
        if len(asked) < 3:
            raise podman.PodmanError("rm --force", "cannot remove container f00 as it could not be stopped: given PIDs")
        return ""

    monkeypatch.setattr(podman, "run", run)
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    podman.remove("cp1.example")
    assert len(asked) == 3
    assert {arguments[-1] for arguments in asked} == {"cp1.example"}


def test_another_refusal_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(*arguments: str) -> str:
        raise podman.PodmanError("rm --force", "cannot connect to podman")

    monkeypatch.setattr(podman, "run", run)
    with pytest.raises(podman.PodmanError, match="cannot connect"):
        podman.remove("cp1.example")
