"""How machines are reached: one way each, with the host key that is expected."""

from __future__ import annotations

import json
from collections import defaultdict

from tests.mocks.conftest import Settings
from tests.mocks.recorder import Recording, plain


def _connections(recording: Recording) -> dict[str, list[str]]:
    """Address → the different connections to it, as text."""
    found = defaultdict(set)
    for one in recording.of_type("command:remote:Command"):
        connection = plain(one.inputs["connection"])
        found[connection["host"]].add(json.dumps(connection, sort_keys=True))
    return {host: sorted(texts) for host, texts in found.items()}


def test_each_machine_has_one_connection(recording: Recording) -> None:
    connections = _connections(recording)
    assert len(connections) == len(plain(recording.outputs["machines"]))
    assert {host: len(texts) for host, texts in connections.items() if len(texts) != 1} == {}


def test_local_machines_answer_with_the_keys_made_for_them(recordings: dict[str, Recording]) -> None:
    for stack in ("local", "local-ha"):
        machines = plain(recordings[stack].outputs["machines"])
        for name, facts in machines.items():
            (text,) = _connections(recordings[stack])[facts["address"]]
            connection = json.loads(text)
            assert connection["hostKey"] == f"ssh-ed25519 public-of-{name}-host-key"
            assert connection["user"] == "root"
            # The same key is put into the machine, and into no other.
            instance = recordings[stack].command(f"{name}-instance")
            assert f"openssh-of-{name}-host-key" in plain(instance.inputs["stdin"])


def test_bare_metal_machines_are_reached_as_the_settings_say(
    recordings: dict[str, Recording], settings: dict[str, Settings]
) -> None:
    connections = _connections(recordings["bare-metal"])
    wanted = settings["bare-metal"]
    for machine in wanted["kubernetes:machines"]:
        ssh = machine["ssh"]
        (text,) = connections[ssh.get("host", machine["address"])]
        connection = json.loads(text)
        assert connection["hostKey"] == ssh["hostKey"]
        assert connection["port"] == ssh.get("port", 22)
        assert connection["user"] == ssh.get("user", "root")
        assert connection["proxy"]["host"] == "bastion.example.org"
        assert connection["proxy"]["hostKey"] == wanted["kubernetes:ssh"]["bastion"]["hostKey"]


def test_users_who_are_not_root_become_it_without_a_password(recordings: dict[str, Recording]) -> None:
    bare_metal = recordings["bare-metal"]
    assert bare_metal.command("n1-node").inputs["create"].startswith("exec sudo -n bash -c ")
    assert bare_metal.command("n1-node").inputs["delete"].startswith("exec sudo -n bash -c ")
    assert bare_metal.command("n2-node").inputs["create"].startswith("exec bash -c ")


def test_the_survey_asks_every_machine_the_same_way(recording: Recording) -> None:
    request = json.loads(plain(recording.command("survey").inputs["stdin"]))
    connections = {host: json.loads(texts[0]) for host, texts in _connections(recording).items()}
    assert len(request["machines"]) == len(connections)
    for target in request["machines"]:
        connection = connections[target["host"]]
        assert (target["port"], target["user"], target["host_key"]) == (
            connection["port"],
            connection["user"],
            connection["hostKey"],
        )
        assert bool(target["bastion"]) == ("proxy" in connection)
        assert request["private_key"] == connection["privateKey"]


def test_a_machine_behind_a_bastion_is_looked_for_there(recordings: dict[str, Recording]) -> None:
    # The machine itself can't be asked from here: its bastion must answer.
    assert "n1 bastion.example.org 22" in recordings["bare-metal"].command("n1-reach").inputs["create"]
    assert "n1 10.80.0.21 22" in recordings["local"].command("n1-reach").inputs["create"]
