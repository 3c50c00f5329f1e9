"""Random values, made and kept by the real engine."""

from __future__ import annotations

import pulumi
import pulumi_random as random
import pytest

from tests.engine.standins.stack import Program, Stack

pytestmark = pytest.mark.engine


def _program(keeper: str) -> Program:
    def program() -> None:
        keepers = {"keeper": keeper}
        password = random.RandomPassword("password", length=32, special=False, keepers=keepers)
        text = random.RandomString("text", length=8, keepers=keepers)
        identifier = random.RandomId("id", byte_length=4, prefix="x-", keepers=keepers)
        content = random.RandomBytes("bytes", length=16, keepers=keepers)
        pulumi.export("password", password.result)
        pulumi.export("text", text.result)
        pulumi.export("id", identifier.hex)
        pulumi.export("bytes", content.hex)

    return program


def test_values_stay_until_a_keeper_changes(stack: Stack) -> None:
    first = stack.up(_program("a"))
    assert first.outputs["password"] not in stack.state_text()
    assert len(first.outputs["bytes"]) == 32
    second = stack.up(_program("a"))
    assert second.changed() == {}
    assert second.outputs == first.outputs
    third = stack.up(_program("b"))
    assert all(third.outputs[name] != first.outputs[name] for name in first.outputs)
    stack.destroy()
