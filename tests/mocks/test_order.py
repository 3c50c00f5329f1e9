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


def test_a_machine_joins_after_its_own_step_and_that_of_the_one_that_lets_it_in(recording: Recording) -> None:
    control_planes = plain(recording.outputs["cluster"])["controlPlanes"]
    for name in _machines(recording):
        # Not on the machine itself, which could not speak for itself when it goes; unless it is the only one.
        lets_in = next((one for one in control_planes if one != name), name)
        last = f"{name}-control-plane" if name in control_planes else f"{name}-node"
        register, starts = recording.command(f"{name}-register"), recording.command(f"{lets_in}-control-plane")
        assert register.dependencies >= {recording.command(last).urn, starts.urn}
        assert plain(register.inputs["connection"]) == plain(starts.inputs["connection"])


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


def test_a_step_goes_with_the_machine_it_is_about(recordings: dict[str, Recording]) -> None:
    for stack in ("local", "local-ha"):
        recording = recordings[stack]
        (bootstrap,) = recording.of_type("kubernetes:index:Bootstrap")
        installed = {f"{name}-{step}" for name in _machines(recording) for step in ("prepare", "node")}
        for one in _commands_on_machines(recording):
            machine = one.name.partition("-")[0]
            if one.name in installed:
                assert one.deleted_with == recording.command(f"{machine}-instance").urn, one.name
            elif "delete" in one.inputs:
                # A control plane leaves the others in order, and others speak for who leaves, unless all go.
                assert one.deleted_with == bootstrap.urn, one.name
    # On bare metal nothing else would take Kubernetes off.
    bare_metal = recordings["bare-metal"]
    (bootstrap,) = bare_metal.of_type("kubernetes:index:Bootstrap")
    for name in _machines(bare_metal):
        first, register = _first_step(bare_metal, name), bare_metal.command(f"{name}-register")
        assert "uninstall.sh" in first.inputs["delete"]
        assert first.deleted_with == ""
        assert "unregister.sh" in register.inputs["delete"]
        assert register.deleted_with == bootstrap.urn
    assert "leave.sh" in bare_metal.command("cp1-control-plane").inputs["delete"]


def test_leaf_keys_are_renewed_together_and_authorities_are_not(recording: Recording) -> None:
    keys = recording.of_type("tls:index/privateKey:PrivateKey")
    renewed = {one.name for one in keys if one.replacement_trigger is not None}
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


def _after(settings: Settings, stack: str, first: Recording) -> Recording:
    """The next `up`, with the outputs of the one before."""
    return run_program(settings, stack=stack, previous=first.outputs)


def test_an_order_of_changes_changes_nothing_by_itself(
    settings: dict[str, Settings], recordings: dict[str, Recording]
) -> None:
    """The second `up` has other dependencies than the first: what the steps are told is the same."""
    for stack in STACKS:
        again = _after(settings[stack], stack, recordings[stack])
        assert again.resources.keys() == recordings[stack].resources.keys()
        for urn, one in again.resources.items():
            # The time of the birth is ignored when it is another one.
            assert one.ignored_changes or one.inputs == recordings[stack].resources[urn].inputs, one.name
            assert one.deleted_with == recordings[stack].resources[urn].deleted_with, one.name
        first = plain(recordings[stack].outputs["cluster"])
        # The next preview shows no difference, in the outputs neither.
        assert plain(again.outputs["cluster"]) == first


def test_a_change_goes_over_control_planes_and_then_nodes(
    settings: dict[str, Settings], recordings: dict[str, Recording]
) -> None:
    ha = _after(settings["local-ha"], "local-ha", recordings["local-ha"])
    for earlier, later in pairwise(("cp1", "cp2", "cp3")):
        assert ha.comes_after(ha.command(f"{later}-prepare"), ha.command(f"{earlier}-control-plane"))
    for node in ("n1", "n2"):
        assert all(
            ha.comes_after(ha.command(f"{node}-node"), ha.command(f"{cp}-control-plane")) for cp in ("cp1", "cp3")
        )
    assert ha.comes_after(ha.command("n2-node"), ha.command("n1-register"))


def test_new_machines_are_installed_at_once(settings: dict[str, Settings], recordings: dict[str, Recording]) -> None:
    new = [{"name": "n8", "address": "10.81.0.38"}, {"name": "cp4", "role": "control-plane", "address": "10.81.0.14"}]
    new.append({"name": "cp5", "role": "control-plane", "address": "10.81.0.15"})
    grown = {**settings["local-ha"], "kubernetes:machines": [*new, *settings["local-ha"]["kubernetes:machines"]]}
    ha = _after(grown, "local-ha", recordings["local-ha"])
    running = [ha.command(f"{name}-prepare") for name in ("cp1", "cp2", "cp3")]
    for first in ("n8-node", "cp4-prepare", "cp5-prepare"):
        assert not any(
            ha.comes_after(ha.command(first), one) or ha.comes_after(one, ha.command(first)) for one in running
        )
    # They join when no API server is older than their kubelets any more.
    assert ha.comes_after(ha.command("n8-register"), ha.command("cp3-control-plane"))
    assert ha.comes_after(ha.command("cp4-control-plane"), ha.command("cp3-control-plane"))
    # What was registered on cp1 stays there: those who were in already are not touched.
    for name in ("n1", "n2", "addons"):
        step = name if name == "addons" else f"{name}-register"
        assert ha.command(step).inputs == recordings["local-ha"].command(step).inputs


def test_all_is_done_on_a_control_plane_that_stays(
    settings: dict[str, Settings], recordings: dict[str, Recording]
) -> None:
    machines = settings["local-ha"]["kubernetes:machines"]
    replaced = [{**machine, "name": "cp9"} if machine["name"] == "cp1" else machine for machine in machines]
    ha = _after({**settings["local-ha"], "kubernetes:machines": replaced}, "local-ha", recordings["local-ha"])
    cluster = plain(ha.outputs["cluster"])
    assert cluster["founder"] == "cp1"
    assert cluster["controlPlanes"] == ["cp2", "cp3", "cp9"]
    assert cluster["runs"].keys() == {"cp2", "cp3", "cp9"}
    assert cluster["ran"].keys() == {"cp2", "cp3", "cp9"}
    connection = plain(ha.command("cp2-control-plane").inputs["connection"])
    for step in ("cp9-register", "cp3-register", "n1-register", "addons", "verification"):
        assert plain(ha.command(step).inputs["connection"]) == connection
    assert "FOUNDER=no" in ha.command("cp9-control-plane").inputs["create"]
    assert "FOUNDER=no" in ha.command("cp2-control-plane").inputs["create"]


def test_a_machine_that_is_gone_is_not_spoken_to(
    settings: dict[str, Settings], recordings: dict[str, Recording]
) -> None:
    def lost(stack: str, *names: str) -> Recording:
        machines = settings[stack]["kubernetes:machines"]
        marked = [{**machine, "gone": True} if machine["name"] in names else machine for machine in machines]
        return _after({**settings[stack], "kubernetes:machines": marked}, stack, recordings[stack])

    for recording, steps in (
        (lost("local-ha", "cp1", "n1"), {"cp1-prepare", "cp1-control-plane", "cp1-register", "n1-node", "n1-register"}),
        (lost("bare-metal", "n2"), {"n2-node", "n2-register"}),
    ):
        names = {step.partition("-")[0] for step in steps}
        own = {one.name for one in _commands_on_machines(recording) if one.name.partition("-")[0] in names}
        given_up = {f"{name}-give-up" for name in names}
        assert own == steps | given_up
        coordinator = "cp2" if "cp1" in names else "cp1"
        for name in given_up:
            connection = recording.command(name).inputs["connection"]
            assert plain(connection) == plain(recording.command(f"{coordinator}-control-plane").inputs["connection"])
            assert recording.comes_after(recording.command("verification"), recording.command(name))
        for name in steps:
            kept = recording.command(name)
            assert kept.kept_at_its_end
            assert set(kept.ignored_changes) == {"connection", "create", "delete", "stdin"}
        assert names == set(plain(recording.outputs["cluster"])["gone"])
        assert not names & set(_machines(recording))
    assert "cp1" in settings["local-ha"]["kubernetes:machines"][0]["name"]
