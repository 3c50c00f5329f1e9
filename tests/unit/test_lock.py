"""The lock file: look-ups in both of its forms, and what is said where something is missing."""

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from components.config.problems import ConfigError
from components.plan.lock import Download, read_lock
from tests.unit.config_support import LOCK, SUM


def test_a_file_of_its_own_and_a_member_of_an_archive() -> None:
    assert LOCK.binary("kubelet", "1.36.3", "amd64") == Download(
        url="https://dl.k8s.io/kubelet", sha256=SUM, member=None
    )
    assert LOCK.binary("ctr", "2.3.4", "amd64").member == "bin/ctr"
    assert LOCK.image("etcd", LOCK.default("etcd")).reference == "registry.k8s.io/etcd:v3.6.16"


@pytest.mark.parametrize(
    ("look_up", "there"),
    [
        (lambda: LOCK.binary("kubelet", "1.36.9", "amd64"), "it has 1.36.3 (amd64)"),
        (lambda: LOCK.binary("kubelet", "1.36.3", "arm64"), "it has 1.36.3 (amd64)"),
        (lambda: LOCK.binary("ctr", "9.9.9", "amd64"), "it has 2.3.4 (amd64)"),
        (lambda: LOCK.binary("felix", "1.0.0", "amd64"), "nothing of that name"),
        (lambda: LOCK.image("etcd", "9.9.9"), "it has 3.6.16"),
        (lambda: LOCK.default("calico"), "it has aws-cloud-controller-manager, aws-ebs-csi-driver, etcd"),
    ],
)
def test_what_is_missing_is_named_with_what_is_there(look_up: Callable[[], object], there: str) -> None:
    with pytest.raises(ConfigError) as caught:
        look_up()
    assert there in caught.value.problems[0].rule


@pytest.mark.parametrize(
    ("content", "fragment"),
    [
        (None, "No such file"),
        ("a: [", "in YAML"),
        ("schema: 2", "schema 1"),
        (yaml.safe_dump({"schema": 1, "kubernetes": [], "defaults": {}, "binaries": [], "images": []}), "kubernetes"),
        (
            yaml.safe_dump(
                {
                    "schema": 1,
                    "kubernetes": ["1.36.3"],
                    "defaults": {},
                    "images": [],
                    "binaries": [{"name": "x", "version": "1", "arch": "amd64", "url": "https://x", "sha256": "beef"}],
                }
            ),
            "binaries.0.sha256",
        ),
    ],
)
def test_a_file_that_can_not_be_read(content: str | None, fragment: str, tmp_path: Path) -> None:
    path = tmp_path / "lock.yaml"
    if content is not None:
        path.write_text(content)
    with pytest.raises(ConfigError) as caught:
        read_lock(path)
    assert fragment in caught.value.problems[0].rule
    assert caught.value.problems[0].key == str(path)
