"""Types, names and places of all resources: a change of one of them would delete and make anew what it stands for."""

from __future__ import annotations

import os
import re

import pytest

from tests.mocks.conftest import STACKS
from tests.mocks.recorder import Recording, unpacked
from tests.support import TESTS


def _place(urn: str) -> str:
    """A parent as it is written in the golden files: its name, or "the stack"."""
    return "the stack" if "::pulumi:pulumi:Stack::" in urn else urn.rpartition("::")[2]


def listing(recording: Recording) -> str:
    """`TYPE NAME in PARENT`, a line each, sorted."""
    lines = [f"{one.type} {one.name} in {_place(one.parent)}\n" for one in recording.resources.values()]
    return "".join(sorted(lines))


@pytest.mark.parametrize("stack", STACKS)
def test_resources_are_those_of_the_golden_file(recordings: dict[str, Recording], stack: str) -> None:
    path = TESTS / "golden" / "resources" / f"{stack}.txt"
    found = listing(recordings[stack])
    if os.environ.get("KFS_UPDATE_GOLDEN"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(found)
    assert found == path.read_text(), f"{path.relative_to(TESTS)} differs; a resource that moves needs an alias"


def test_steps_bring_every_script_that_they_source(recording: Recording) -> None:
    for step in recording.of_type("command:remote:Command"):
        sent = unpacked(recording, step.name)
        sourced = {
            name
            for text in (*sent.values(), step.inputs["create"], step.inputs.get("delete", ""))
            for name in re.findall(r"^\s*\. \"?\$STAGE/([\w/.-]+\.sh)", text, flags=re.MULTILINE)
        }
        assert sourced <= sent.keys(), step.name


def test_a_node_costs_three_steps(recordings: dict[str, Recording]) -> None:
    """The number of resources a node is the price of each preview."""
    bare_metal = recordings["bare-metal"]
    for name in ("n1", "n2", "n3"):
        own = sorted(one.name for one in bare_metal.resources.values() if one.name.startswith(f"{name}-"))
        assert own == [f"{name}-node", f"{name}-reach", f"{name}-register"]
