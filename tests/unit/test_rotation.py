"""Generations and stages: which keys are accepted and used, which steps may follow, and what a machine gets by it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from components.config.previous import PreviousCluster, Reached
from components.plan.files import control_plane_secrets
from components.plan.rotation import Generations, Rotation, make_progress
from tests.support import HIGHLY_AVAILABLE, plan
from tests.unit.config_support import changed, expect_one, problems, settings


def _previous(**rotation: Reached) -> PreviousCluster:
    return PreviousCluster(versions={"cp1": "1.36.3"}, machines={"cp1": "control-plane"}, rotation=rotation)


def _wanted(name: str, generation: int, stage: str, **more: Any) -> dict[str, Any]:
    return changed(settings(), {f"rotation.{name}": {"generation": generation, "stage": stage, **more}})


@pytest.mark.parametrize(
    ("stage", "used", "accepted", "readable"),
    [("trust", 2, (2, 3), (2, 3)), ("use", 3, (2, 3), (3, 2, 1)), ("drop", 3, (3,), (3,))],
)
def test_what_is_old_goes_last(stage: Any, used: int, accepted: tuple[int, ...], readable: tuple[int, ...]) -> None:
    one = Generations(generation=3, stage=stage)
    assert (one.used, one.accepted, one.readable) == (used, accepted, readable)


@pytest.mark.parametrize("name", ["authorities", "serviceAccount", "encryption"])
@pytest.mark.parametrize(
    ("now", "wanted"),
    [
        ((1, "drop"), (2, "use")), ((1, "drop"), (2, "drop")), ((1, "drop"), (3, "trust")), ((2, "trust"), (2, "drop")),
        ((2, "trust"), (1, "drop")), ((2, "use"), (2, "trust")), ((2, "use"), (3, "trust")), ((3, "drop"), (2, "drop")),
    ],
)  # fmt: skip
def test_no_stage_is_skipped_or_taken_back(name: str, now: tuple[int, Any], wanted: tuple[int, str]) -> None:
    previous = _previous(**{name: Reached(generation=now[0], stage=now[1])})
    found = problems(_wanted(name, *wanted), previous=previous)
    expect_one(found, f"rotation.{name}", f"{{generation: {now[0]}, stage: {now[1]}}}")


@pytest.mark.parametrize(
    ("now", "wanted"),
    [((1, "drop"), (1, "drop")), ((1, "drop"), (2, "trust")), ((2, "trust"), (2, "use")), ((2, "use"), (2, "drop")),
     ((2, "drop"), (3, "trust")), ((2, "use"), (2, "use"))],
)  # fmt: skip
def test_one_stage_follows_the_other(now: tuple[int, Any], wanted: tuple[int, str]) -> None:
    previous = _previous(authorities=Reached(generation=now[0], stage=now[1]))
    assert problems(_wanted("authorities", *wanted), previous=previous) == ()


def test_a_first_cluster_may_begin_anywhere() -> None:
    assert problems(_wanted("authorities", 4, "drop")) == ()
    assert problems(_wanted("authorities", 4, "drop"), previous=PreviousCluster()) == ()


def test_the_first_generation_has_no_stages() -> None:
    expect_one(
        problems(_wanted("encryption", 1, "trust"), previous=_previous()), "rotation.encryption", "generation: 2"
    )


def test_former_encryption_keys_can_be_read_again() -> None:
    """For a snapshot from before; former authorities are gone for good."""
    dropped = Reached(generation=3, stage="drop")
    assert problems(_wanted("encryption", 3, "use"), previous=_previous(encryption=dropped)) == ()
    assert problems(_wanted("authorities", 3, "use"), previous=_previous(authorities=dropped)) != ()


def test_a_key_stays_until_its_tokens_are_exchanged() -> None:
    before = f"{datetime.now(UTC) - timedelta(seconds=100):%Y-%m-%dT%H:%M:%SZ}"
    previous = _previous(serviceAccount=Reached(generation=2, stage="use", since=before))
    expect_one(
        problems(_wanted("serviceAccount", 2, "drop"), previous=previous), "rotation.serviceAccount.stage", "until"
    )
    assert problems(_wanted("serviceAccount", 2, "drop", tokenSeconds=60), previous=previous) == ()


def test_where_it_was_stays_known_until_all_machines_are_there() -> None:
    rotation = Rotation(encryption=Generations(generation=2, stage="trust"))
    progress = make_progress(rotation, _previous())
    assert progress.before["encryption"] == Reached()
    assert progress.reached("now")["encryption"] == {"generation": 2, "stage": "trust", "since": "now"}


def test_an_up_without_a_change_says_what_the_one_before_said() -> None:
    rotation = Rotation(encryption=Generations(generation=2, stage="trust"))
    there = Reached(generation=2, stage="trust", since="then")
    previous = PreviousCluster(
        versions={"cp1": "1.36.3"}, rotation={"encryption": there}, rotation_before={"encryption": Reached()}
    )
    progress = make_progress(rotation, previous)
    assert progress.before["encryption"] == Reached()
    assert progress.reached("now")["encryption"]["since"] == "then"


@pytest.mark.parametrize("stage", ["trust", "use", "drop"])
def test_the_signing_certificate_is_a_file_of_its_own_from_the_second_on(stage: str) -> None:
    cluster = plan(HIGHLY_AVAILABLE, rotation={"authorities": {"generation": 2, "stage": stage}}).cluster
    assert cluster.signing_certificate == "/etc/kubernetes/pki/kube-controller-manager/cluster-ca.crt"
    sources = {file.path: file.source for file in control_plane_secrets(cluster, cluster.control_planes[0])}
    assert sources[cluster.signing_certificate] == "ca/cluster-signing.crt"
    first = plan(HIGHLY_AVAILABLE).cluster
    assert first.signing_certificate == "/etc/kubernetes/pki/cluster-ca.crt"


def test_who_trusts_the_api_server_starts_anew_with_its_authority() -> None:
    cluster = plan(HIGHLY_AVAILABLE).cluster
    (authority,) = (
        file for file in control_plane_secrets(cluster, cluster.control_planes[0]) if file.source == "ca/cluster.crt"
    )
    assert authority.restarts == ("kubelet", "kube-proxy", "calico-felix", "haproxy")


def test_only_ssh_keys_that_the_program_makes_are_made_anew() -> None:
    data = changed(settings(), {"rotation.ssh": {"generation": 2, "stage": "drop"}})
    expect_one(problems(data), "rotation.ssh", "docs/rotation.md")
    key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGeVsxGLgmHWnVmTDWYHLpLiE4lOQXxd1Jm9vKO0lVpB"
    assert problems(changed(data, {"backup.copyTo": {"host": "192.0.2.7", "user": "backup", "hostKey": key}})) == ()
