"""What waits for what: the order of a roll-out, and its reverse when things go."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import pytest
from pulumi.output import Unknown

from tests.mocks.conftest import STACKS, Settings
from tests.mocks.recorder import Recording, Resource, plain, run_program


def _machines(recording: Recording, role: str = "") -> list[str]:
    machines = plain(recording.outputs["machines"])
    return sorted(name for name, facts in machines.items() if facts["role"].startswith(role))


def _first_step(recording: Recording, machine: str) -> Resource:
    return recording.command(f"{machine}-{'prepare' if machine in _machines(recording, 'control-plane') else 'node'}")


def _commands_on_machines(recording: Recording) -> Iterable[Resource]:
    return recording.of_type("command:remote:Command")


def test_nothing_runs_on_a_machine_before_all_were_surveyed(recording: Recording) -> None:
    survey = recording.command("survey")
    assert [one.name for one in _commands_on_machines(recording) if not recording.comes_after(one, survey)] == []


def test_the_survey_waits_for_the_machines_it_asks(recordings: dict[str, Recording]) -> None:
    local = recordings["local"]
    for name in _machines(local):
        assert local.comes_after(local.command("survey"), local.command(f"{name}-instance"))


def test_a_machine_is_looked_for_before_its_first_step(recording: Recording) -> None:
    for name in _machines(recording):
        reach = recording.command(f"{name}-reach")
        assert recording.comes_after(_first_step(recording, name), reach)
        # A machine that does not answer holds back itself only.
        others = [_first_step(recording, other) for other in _machines(recording) if other != name]
        assert not any(recording.comes_after(other, reach) for other in others)
        assert not recording.comes_after(recording.command("survey"), reach)


def test_machines_are_installed_at_the_same_time(recording: Recording) -> None:
    first = [_first_step(recording, name) for name in _machines(recording)]
    pairs = [(one.name, other.name) for one in first for other in first if recording.comes_after(one, other)]
    assert pairs == []


def test_control_planes_start_one_after_the_other(recordings: dict[str, Recording]) -> None:
    ha = recordings["local-ha"]
    started = [ha.command(f"{name}-control-plane") for name in ("cp1", "cp2", "cp3")]
    for earlier, later in pairwise(started):
        assert later.dependencies >= {earlier.urn}
        assert not ha.comes_after(earlier, later)


def test_a_machine_joins_after_its_own_step_and_the_first_control_plane(recording: Recording) -> None:
    founder = recording.command(f"{_machines(recording, 'control-plane')[0]}-control-plane")
    for name in _machines(recording):
        last = f"{name}-control-plane" if name in _machines(recording, "control-plane") else f"{name}-node"
        register = recording.command(f"{name}-register")
        assert register.dependencies >= {recording.command(last).urn, founder.urn}
        # It runs there, and not on the machine itself, which could not speak for itself when it goes.
        assert plain(register.inputs["connection"]) == plain(founder.inputs["connection"])


def test_a_node_does_not_wait_for_other_nodes(recording: Recording) -> None:
    registers = [recording.command(f"{name}-register") for name in _machines(recording, "node")]
    assert not any(recording.comes_after(one, other) for one in registers for other in registers)


def test_addons_do_not_wait_for_nodes(recording: Recording) -> None:
    addons = recording.command("addons")
    founder = _machines(recording, "control-plane")[0]
    assert recording.comes_after(addons, recording.command(f"{founder}-control-plane"))
    for name in _machines(recording, "node"):
        assert not recording.comes_after(addons, recording.command(f"{name}-node"))


def test_verification_is_the_last_word(recording: Recording) -> None:
    verification = recording.command("verification")
    everything = [one for one in recording.resources.values() if one.type.startswith("command:")]
    before = {one.name for one in everything if recording.comes_after(verification, one)}
    assert {one.name for one in everything} - before == {"verification"}
    # "The whole cluster ends" is written down before the first machine leaves.
    assert "ending.sh" in verification.inputs["delete"]


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        # It shows in a control plane's secrets only.
        ("kubernetes:users", [{"name": "joe", "groups": ["editors"], "credential": "token"}]),
        # On one machine, and of no concern to the cluster as such.
        ("kubernetes:extraFiles", [{"path": "/etc/motd", "content": "hello\n", "machines": ["n3"]}]),
    ],
)
def test_verification_looks_again_after_any_change(
    settings: dict[str, Settings], recordings: dict[str, Recording], setting: str, value: Any
) -> None:
    changed = run_program({**settings["bare-metal"], setting: value}, stack="bare-metal")
    before = recordings["bare-metal"].command("verification")
    assert changed.command("verification").inputs != before.inputs
    again = run_program(settings["bare-metal"], stack="bare-metal")
    assert again.command("verification").inputs == before.inputs


def test_a_step_goes_with_the_machine_it_runs_on(recordings: dict[str, Recording]) -> None:
    for stack in ("local", "local-ha"):
        recording = recordings[stack]
        instances = {
            plain(recording.outputs["machines"])[name]["address"]: recording.command(f"{name}-instance").urn
            for name in _machines(recording)
        }
        for one in _commands_on_machines(recording):
            assert one.deleted_with == instances[plain(one.inputs["connection"])["host"]], one.name
    # On bare metal nothing else would take Kubernetes off.
    bare_metal = recordings["bare-metal"]
    assert {one.deleted_with for one in _commands_on_machines(bare_metal)} == {""}
    for name in _machines(bare_metal):
        assert "uninstall.sh" in _first_step(bare_metal, name).inputs["delete"]
        assert "unregister.sh" in bare_metal.command(f"{name}-register").inputs["delete"]


def test_leaf_keys_are_renewed_together_and_authorities_are_not(recording: Recording) -> None:
    keys = recording.of_type("tls:index/privateKey:PrivateKey")
    renewed = {one.name for one in keys if one.replaced_by_change}
    kept = {one.name for one in keys} - renewed
    signed = {one.name for one in recording.of_type("tls:index/locallySignedCert:LocallySignedCert")}
    assert renewed == signed
    assert {name for name in kept if not name.endswith("-host-key")} - {"operator"} == {
        "cluster-ca",
        "etcd-ca",
        "front-proxy-ca",
        "service-account",
    }
    (birth,) = recording.of_type("random:index/randomId:RandomId")
    # Or each `up` would be a new birth.
    assert birth.ignored_changes == ("keepers",)


@pytest.mark.parametrize("stack", STACKS)
def test_a_preview_shows_what_up_does(
    settings: dict[str, Settings], recordings: dict[str, Recording], stack: str
) -> None:
    """Before the first `up`, when no key is there yet: the same resources, with the same readable texts."""
    preview, up = run_program(settings[stack], stack=stack, preview=True), recordings[stack]
    assert preview.resources.keys() == up.resources.keys()
    for urn, one in preview.resources.items():
        if one.type.startswith("command:"):
            for part in ("create", "delete"):
                # Where a cloud's machine is reached is not known before it is there.
                if isinstance(one.inputs.get(part), Unknown):
                    assert stack in ("aws", "gce"), one.name
                    assert one.name.endswith("-reach")
                    continue
                assert one.inputs.get(part) == up.resources[urn].inputs.get(part), f"{part} of {one.name}"
