"""`make rotate`: which stage comes next, and which pods must start anew before it."""

from __future__ import annotations

from typing import Any

import pytest

from components.plan.rotation import Generations
from tools.operations.rotate import Where, next_stage, older_pods, rotate
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
