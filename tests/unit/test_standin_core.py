"""The rules that hold for every stand-in: values on the wire, the check of inputs, differences, previews."""

from __future__ import annotations

from typing import Any

import pytest

from tools.standins.command.resources import RemoteCommand
from tools.standins.core.difference import differences
from tools.standins.core.resource import Resource
from tools.standins.core.schema import check
from tools.standins.core.values import UNKNOWN, Secret, decode, encode, plain
from tools.standins.random.resources import RandomPassword, RandomString
from tools.standins.tls.resources import CertRequest, PrivateKey, SelfSignedCert

CONNECTION = {"host": "h"}


def test_values_come_back_from_the_wire_as_they_were() -> None:
    asset = {"4dabf18193072939515e22adb298388d": "c44067f5952c0a294b673a41bacd8c17", "path": "a"}
    values: dict[str, Any] = {
        "text": "é",
        "number": 1.5,
        "flag": False,
        "nothing": None,
        "list": [1.0, [], {}],
        "secret": Secret({"inner": Secret("x"), "later": UNKNOWN}),
        "asset": asset,
    }
    assert decode(encode(values)) == values
    assert plain(values)["secret"] == {"inner": "x", "later": UNKNOWN}


def test_check_fills_in_defaults_and_marks_secrets() -> None:
    checked, failures = check(RemoteCommand.inputs, {"connection": CONNECTION, "create": None, "__internal": 1})
    assert failures == []
    connection = {"host": "h", "user": "root", "port": 22, "dialErrorLimit": 10, "perDialTimeout": 15}
    assert checked == {"addPreviousOutputInEnv": True, "connection": Secret(connection)}


@pytest.mark.parametrize("connection", [UNKNOWN, Secret(UNKNOWN), Secret({**CONNECTION, "port": UNKNOWN})])
def test_check_takes_what_is_not_known_yet(connection: Any) -> None:
    checked, failures = check(RemoteCommand.inputs, {"connection": connection})
    assert failures == []
    assert isinstance(checked["connection"], Secret)


@pytest.mark.parametrize(
    ("resource", "inputs", "path"),
    [
        (RemoteCommand(), {}, "connection"),
        (RemoteCommand(), {"connection": Secret({"host": 1.0})}, "connection.host"),
        (RemoteCommand(), {"connection": {**CONNECTION, "proxy": {"hosts": "h"}}}, "connection.proxy.hosts"),
        (RemoteCommand(), {"connection": CONNECTION, "environment": {"A": 1.0}}, "environment.A"),
        (RemoteCommand(), {"connection": {**CONNECTION, "dialErrorLimit": -2.0}}, "connection.dialErrorLimit"),
        (RandomString(), {"length": 1.5}, "length"),
        (RandomString(), {"length": 3.0, "minLower": 2.0, "minUpper": 2.0}, "length"),
        (RandomPassword(), {"length": True}, "length"),
        (PrivateKey(), {"algorithm": "DSA"}, "algorithm"),
        (PrivateKey(), {"algorithm": "ECDSA", "ecdsaCurve": "P-256"}, "ecdsaCurve"),
        (CertRequest(), {}, "privateKeyPem"),
        (CertRequest(), {"privateKeyPemWo": "x"}, "privateKeyPemWo"),
        (CertRequest(), {"privateKeyPem": "x", "ipAddresses": ["10.0.0.1", "10.0.0"]}, "ipAddresses[1]"),
        (
            SelfSignedCert(),
            {"privateKeyPem": "x", "validityPeriodHours": 1.0, "allowedUses": ["server"]},
            "allowedUses",
        ),
    ],
)
def test_check_refuses(resource: Resource, inputs: dict[str, Any], path: str) -> None:
    checked, failures = check(resource.inputs, inputs)
    failures = failures or resource.problems(plain(checked))
    assert path in {failure.path for failure in failures}


def test_differences_name_the_innermost_property() -> None:
    old = {"same": 1, "gone": "x", "map": {"a": "1", "b.c": "2"}, "list": [1, 2], "secret": Secret({"k": 1})}
    new = {"same": 1, "added": "y", "map": {"a": "1", "b.c": "3"}, "list": [1], "secret": Secret({"k": 2})}
    assert differences(old, new) == {
        "gone": "delete",
        "added": "add",
        'map["b.c"]': "update",
        "list[1]": "delete",
        "secret": "update",
    }


def test_a_new_secret_is_a_change_for_commands_and_none_for_values() -> None:
    command = RemoteCommand()
    state = {"connection": Secret(CONNECTION), "stdin": "x"}
    assert command.difference(state, {**state, "stdin": Secret("x")}).changes == {"stdin": "update"}
    request = CertRequest()
    assert request.difference({"privateKeyPem": "x"}, {"privateKeyPem": Secret("x")}).changes == {}


@pytest.mark.parametrize(
    ("changed", "replaces"),
    [({"triggers": [1.0, 3.0]}, ("triggers[1]",)), ({"triggers": None}, ("triggers",)), ({"stdin": "y"}, ())],
)
def test_only_triggers_replace_a_command(changed: dict[str, Any], replaces: tuple[str, ...]) -> None:
    state = {"connection": Secret(CONNECTION), "triggers": [1.0, 2.0], "stdin": "x", "stdout": "out"}
    inputs = {**state, **changed}
    inputs.pop("stdout")
    assert RemoteCommand().difference(state, inputs).replaces == replaces


def test_every_input_of_a_random_value_replaces_it() -> None:
    resource = RandomPassword()
    assert all(property_.replaces for property_ in resource.inputs.values())


def test_preview_of_an_unchanged_command_keeps_its_outputs() -> None:
    command = RemoteCommand()
    inputs = {"connection": Secret(CONNECTION), "stdin": "x"}
    state = {**inputs, "stdout": Secret("out"), "stderr": ""}
    assert command.preview_update(state, inputs) == state
    changed = command.preview_update(state, {**inputs, "stdin": UNKNOWN})
    assert (changed["stdin"], changed["stdout"]) == (UNKNOWN, UNKNOWN)


def test_random_characters_follow_the_rules() -> None:
    from tools.standins.random.characters import random_string

    inputs = {"length": 20.0, "minNumeric": 4.0, "minSpecial": 3.0, "overrideSpecial": "_", "lower": False}
    for _ in range(200):
        text = random_string(inputs)
        assert len(text) == 20
        assert sum(character.isdigit() for character in text) >= 4
        assert text.count("_") >= 3
        assert text == text.upper()
        assert set(text) - set("_") <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
