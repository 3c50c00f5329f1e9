"""A rotation through the real program: what machines get at each stage, and what waits for what."""

from __future__ import annotations

from typing import Any

import pytest

from tests.mocks.conftest import Settings, host_key
from tests.mocks.recorder import MARK, Recording, plain, run_program, unpacked

ROTATED = ("authorities", "serviceAccount", "encryption")
PKI = "secrets/etc/kubernetes/pki"
# Where the cluster is before each stage, as the last outputs say it.
BEFORE = {"trust": (1, "drop"), "use": (2, "trust"), "drop": (2, "use")}
OLD, NEW = "certificate-of-cluster-ca", "certificate-of-cluster-ca-2"


def _at(settings: Settings, stage: str, previous: dict[str, Any], *, after: str = "") -> Recording:
    to = {"generation": 2, "stage": stage}
    rotation = {"kubernetes:rotation": dict.fromkeys(ROTATED, to)}
    generation, reached = BEFORE[after or stage]
    # The engine hands all numbers over as this kind.
    where = {"generation": float(generation), "stage": reached, "since": "2026-01-01T00:00:00Z"}
    cluster = {**previous["cluster"], "rotation": {"before": dict.fromkeys(ROTATED, where), "reached": None}}
    return run_program({**settings, **rotation}, stack="local-ha", previous={**previous, "cluster": cluster})


@pytest.fixture(scope="module")
def stages(settings: dict[str, Settings], recordings: dict[str, Recording]) -> dict[str, Recording]:
    """All that has stages, at each of them."""
    previous = plain(recordings["local-ha"].outputs)
    return {stage: _at(settings["local-ha"], stage, previous) for stage in BEFORE}


def _signed_by(recording: Recording, name: str) -> str:
    (signed,) = (one for one in recording.of_type("tls:index/locallySignedCert:LocallySignedCert") if one.name == name)
    return str(plain(signed.inputs["caCertPem"]))


@pytest.mark.parametrize(
    ("stage", "trusted", "signs"), [("trust", OLD + NEW, OLD), ("use", NEW + OLD, NEW), ("drop", NEW, NEW)]
)
def test_both_are_trusted_while_the_one_that_signs_changes(
    stages: dict[str, Recording], stage: str, trusted: str, signs: str
) -> None:
    recording = stages[stage]
    for step in ("cp1-control-plane", "n1-node"):
        assert unpacked(recording, step)[f"{PKI}/cluster-ca.crt"] == trusted
    assert _signed_by(recording, "cp2-kube-apiserver") == signs
    # Kubelets' certificates are signed on control planes.
    control_plane = unpacked(recording, "cp1-control-plane")
    key = control_plane[f"{PKI}/kube-controller-manager/cluster-ca.key"]
    assert key == f"{MARK}pem-of-{signs.removeprefix('certificate-of-')}"
    assert control_plane[f"{PKI}/kube-controller-manager/cluster-ca.crt"] == signs


def test_keys_of_certificates_are_made_anew_with_the_authority(stages: dict[str, Recording]) -> None:
    def trigger(stage: str) -> Any:
        (key,) = (
            one for one in stages[stage].of_type("tls:index/privateKey:PrivateKey") if one.name == "cp1-etcd-peer"
        )
        return plain(key.replacement_trigger)

    assert trigger("trust") != trigger("use")
    assert trigger("use") == trigger("drop")


@pytest.mark.parametrize(("stage", "names"), [("trust", ["1", "2"]), ("use", ["2", "1"]), ("drop", ["2"])])
def test_secrets_are_written_with_the_first_key(stages: dict[str, Recording], stage: str, names: list[str]) -> None:
    text = unpacked(stages[stage], "cp1-control-plane")["secrets/etc/kubernetes/kube-apiserver/encryption.yaml"]
    assert [line.split('"')[1] for line in text.splitlines() if "{name:" in line] == names
    # For snapshots from before.
    kept = {one.name for one in stages[stage].of_type("random:index/randomPassword:RandomPassword")}
    assert kept >= {"encryption-key", "encryption-key-2"}


@pytest.mark.parametrize(
    ("stage", "verifies", "signs"),
    [("trust", ["service-account", "service-account-2"], "service-account"),
     ("use", ["service-account", "service-account-2"], "service-account-2"),
     ("drop", ["service-account-2"], "service-account-2")],
)  # fmt: skip
def test_tokens_of_both_keys_are_good_while_the_one_that_signs_changes(
    stages: dict[str, Recording], stage: str, verifies: list[str], signs: str
) -> None:
    files = unpacked(stages[stage], "cp1-control-plane")
    assert files[f"{PKI}/kube-apiserver/service-account.pub"] == "".join(f"public-pem-of-{name}" for name in verifies)
    for place in ("kube-apiserver", "kube-controller-manager"):
        assert files[f"{PKI}/{place}/service-account.key"] == f"{MARK}pem-of-{signs}"


def test_kubelets_renew_when_every_control_plane_signs_with_the_new_authority(stages: dict[str, Recording]) -> None:
    use = stages["use"]
    machines = plain(use.outputs["machines"])
    for name in machines:
        renew = use.command(f"{name}-renew")
        assert all(use.comes_after(renew, use.command(f"cp{n}-control-plane")) for n in (1, 2, 3))
        assert unpacked(use, f"{name}-renew")["authority.crt"] == NEW
    assert use.comes_after(use.command("cp2-renew"), use.command("cp1-renew"))
    assert use.comes_after(use.command("n2-renew"), use.command("n1-renew"))
    for stage in ("trust", "drop"):
        assert not any(one.name.endswith("-renew") for one in stages[stage].of_type("command:remote:Command"))


def test_a_key_goes_only_where_no_secret_needs_it(stages: dict[str, Recording]) -> None:
    text = plain(stages["drop"].command("cp1-prepare").inputs["create"])
    assert "ENCRYPTION_KEYS=2\n" in text
    assert text.index("/keys.sh") < text.index("/prepare.sh")
    # The one that is rewritten with, once all API servers know it.
    rotation = stages["use"].command("rotation")
    assert "ENCRYPTION=2\n" in plain(rotation.inputs["create"])
    assert stages["use"].comes_after(rotation, stages["use"].command("cp3-control-plane"))


def test_the_outputs_say_where_each_rotation_is(stages: dict[str, Recording]) -> None:
    rotation = plain(stages["use"].outputs["cluster"])["rotation"]
    assert rotation["before"]["encryption"]["stage"] == "trust"
    reached = rotation["reached"]["encryption"]
    assert (reached["generation"], reached["stage"]) == (2, "use")
    assert reached["since"] > "2026-01-01T00:00:00Z"


def test_a_stage_that_is_skipped_is_refused_in_whole_numbers(
    settings: dict[str, Settings], recordings: dict[str, Recording], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.clear()
    with pytest.raises(SystemExit):
        _at(settings["local-ha"], "drop", plain(recordings["local-ha"].outputs), after="use")
    assert "the cluster is at generation 2, stage trust" in caplog.text


def test_a_cluster_with_its_first_keys_has_nothing_of_it(recording: Recording) -> None:
    assert "rotation" not in plain(recording.outputs["cluster"])
    assert not any(one.name.endswith(("rotation", "-renew")) for one in recording.resources.values())


def test_another_number_makes_new_tokens(settings: dict[str, Settings]) -> None:
    rotated = {**settings["bare-metal"], "kubernetes:rotation": {"tokens": 3}}
    recording = run_program(rotated, stack="bare-metal")
    assert plain(recording.outputs["userTokens"])["joe"] == f"{MARK}password-of-user-joe-3"
    made = {one.name for one in recording.of_type("random:index/randomPassword:RandomPassword")}
    assert "bootstrap-seed-3" in made
    assert "bootstrap-seed" not in made


@pytest.mark.parametrize(
    ("stage", "opens", "let_in"),
    [("trust", "operator", ["operator", "operator-2"]), ("use", "operator-2", ["operator", "operator-2"]),
     ("drop", "operator-2", ["operator-2"])],
)  # fmt: skip
def test_machines_let_both_ssh_keys_in_while_the_one_that_opens_them_changes(
    settings: dict[str, Settings], stage: str, opens: str, let_in: list[str]
) -> None:
    copy_to = {"host": "192.0.2.7", "user": "backup", "hostKey": host_key()}
    private = {"network": {"nodes": "private"}}
    rotated = {
        **settings["aws"],
        "kubernetes:cloud": {**settings["aws"]["kubernetes:cloud"], **private},
        "kubernetes:rotation": {"ssh": {"generation": 2, "stage": stage}},
        "kubernetes:backup": {"copyTo": copy_to},
    }
    recording = run_program(rotated, stack="aws")
    names = [*plain(recording.outputs["machines"]), "bastion"]
    for name in names:
        step = recording.command(f"{name}-authorize")
        assert plain(step.inputs["connection"])["privateKey"] == f"{MARK}openssh-of-{opens}"
        lines = unpacked(recording, f"{name}-authorize")["authorized-keys"]
        assert lines.splitlines() == [f"ssh-ed25519 public-of-{name}" for name in let_in]
    copies = opens.replace("operator", "backup-copy")
    control_plane = unpacked(recording, "control-1-control-plane")
    assert control_plane["secrets/etc/kubernetes/backup/copy.key"] == f"{MARK}openssh-of-{copies}"
    assert ("nextBackupKey" in recording.outputs) == (stage == "trust")
