"""What is secret stays secret: in the state, in previews, and in the texts that machines are told."""

from __future__ import annotations

import base64

import pytest

from components.pki.tokens import bootstrap_token
from tests.mocks.conftest import STACKS
from tests.mocks.recorder import MARK, Recording, is_secret, open_texts, plain, unpacked


def _leaks(texts: list[str]) -> list[str]:
    """Parts of those texts that must not be read: made-up secrets, also in base64, and the bootstrap token."""
    seed = f"{MARK}password-of-bootstrap-seed"
    token = bootstrap_token(seed).secret
    # Three places in which base64 may begin within a longer text.
    encoded = [base64.b64encode(b" " * n + MARK.encode()).decode().rstrip("=")[n + 1 : -1] for n in range(3)]
    return [text[:200] for text in texts for secret in (MARK, token, *encoded) if secret in text]


@pytest.mark.parametrize("stack", STACKS)
def test_no_input_shows_a_secret(recordings: dict[str, Recording], stack: str) -> None:
    found = {
        f"{one.type} {one.name}": leaks
        for one in recordings[stack].resources.values()
        if (leaks := _leaks(list(open_texts(one.inputs))))
    }
    assert found == {}


def test_no_output_shows_a_secret(recording: Recording) -> None:
    assert _leaks(list(open_texts(recording.outputs))) == []
    secret = (
        "kubeconfig",
        "userKubeconfigs",
        "userTokens",
        "operator",
        *(("operatorKey",) if "operatorKey" in recording.outputs else ()),
    )
    for name in secret:
        assert is_secret(recording.outputs[name]), name
    for name in ("apiServer", "machines", "certificates", "cluster", "verification", "plan"):
        assert not is_secret(recording.outputs[name]), f"{name} can be read by everyone, and should be"


def test_the_looker_for_leaks_sees_secrets_in_any_form(recordings: dict[str, Recording]) -> None:
    """The tests above would be worth nothing if secrets did not carry the mark, or got lost on their way."""
    bare_metal = recordings["bare-metal"]
    kubeconfig = plain(bare_metal.outputs["kubeconfig"])
    tokens = plain(bare_metal.outputs["userTokens"])
    assert _leaks([kubeconfig])
    assert _leaks(list(tokens.values()))
    for index in range(3):
        assert _leaks([base64.b64encode(b"x" * index + f"{MARK}pem".encode()).decode()])
    stdin = unpacked(bare_metal, "n1-node")
    assert _leaks([stdin["secrets/etc/kubernetes/bootstrap.kubeconfig"]])


def test_standard_input_is_secret_as_a_whole(recording: Recording) -> None:
    commands = [
        one for one in recording.resources.values() if one.type.startswith("command:") and "stdin" in one.inputs
    ]
    assert {one.name for one in commands} >= {"survey", "addons", "verification"}
    assert {one.name.rpartition("-")[2] for one in commands} >= {"node", "plane", "register", "reach"}
    assert [one.name for one in commands if not is_secret(one.inputs["stdin"])] == []


def test_keys_that_open_machines_are_secret(recording: Recording) -> None:
    for one in recording.of_type("command:remote:Command"):
        # The SDK makes all of it secret; what a preview needs to show of it is the machine's name, which is the step's.
        assert is_secret(one.inputs["connection"]), one.name
        assert "password" not in plain(one.inputs["connection"]), one.name


def test_command_texts_can_be_read_in_a_preview(recording: Recording) -> None:
    for one in recording.of_type("command:remote:Command"):
        assert isinstance(one.inputs["create"], str), one.name
        assert isinstance(one.inputs.get("delete", ""), str), one.name


def test_private_keys_reach_the_machine_that_needs_them_only(recordings: dict[str, Recording]) -> None:
    ha = recordings["local-ha"]
    for name in ("cp1", "cp2", "cp3"):
        others = {"cp1", "cp2", "cp3"} - {name}
        sent = "".join(unpacked(ha, f"{name}-control-plane").values())
        assert f"{MARK}pem-of-{name}-etcd-server" in sent
        assert not any(f"{MARK}pem-of-{other}-" in sent for other in others)
        # Only the cluster's authority signs on machines (kubelets' certificates).
        assert f"{MARK}pem-of-cluster-ca" in sent
        assert f"{MARK}pem-of-etcd-ca" not in sent
        assert f"{MARK}pem-of-front-proxy-ca" not in sent
    for name in ("n1", "n2"):
        assert MARK not in "".join(unpacked(ha, f"{name}-node").values())


def test_environment_and_arguments_carry_nothing(recording: Recording) -> None:
    for one in recording.resources.values():
        if one.type.startswith("command:"):
            assert not {"environment", "triggers", "assetPaths", "archivePaths"} & set(one.inputs), one.name
