"""The loader as a whole: everything at once, in order, nothing twice."""

import json
from pathlib import Path

import pytest
import yaml

from components.config.loader import load_config
from components.config.problems import ConfigError
from components.config.stack import UPSTREAM_LOCK, load_stack
from components.plan import make_plan
from tests.support import TESTS
from tests.unit.config_support import (
    DROP,
    LOCK,
    aws_settings,
    changed,
    load,
    local_settings,
    private_key,
    problems,
    raw,
    settings,
)


def test_many_mistakes_are_reported_at_once() -> None:
    """Wrong values, unknown keys and broken rules, one hiding none of the others."""
    data = changed(
        settings(),
        {
            "clusterName": "Test",
            "machinez": [],
            "machines[0].labels": {"a b": "c"},
            "machines[0].ssh": {"hostkey": "x"},
            "machines[1].address": "10.80.0.1",
            "machines[1].name": "N1",
            "machines[2].address": "10.81.0.22",
            "machines[2].taints": ["x"],
            "machines[3]": {"role": "node"},
            "network.podRange": "10.80.0.0/16",
            "network.mode": "tunnel",
            "api.port": 10250,
            "users": [{"name": "system:x"}, {"nam": "y"}],
            "containerRuntime": "rkt",
            "extraArgs": {"kubelet": {"read-only-port": "10255"}},
            "kubernetesVersion": "1.36.9",
        },
    )
    assert [problem.key.removeprefix("kubernetes:") for problem in problems(data, secrets=())] == [
        "machinez",
        "clusterName",
        "kubernetesVersion",
        "machines[0].ssh.hostkey",
        'machines[0].labels["a b"]',
        "machines[1].name",
        "machines[2].taints[0]",
        "machines[3].name",
        "machines[3].address",
        "machines[1].address",
        "machines[2].address",
        "machines[0].ssh.hostKey",
        "ssh.privateKey",
        "network.mode",
        "network.podRange",
        "containerRuntime",
        "api.port",
        "users[1].name",
        "users[1].nam",
        "users[0].name",
        'extraArgs.kubelet["read-only-port"]',
    ]


def test_a_wrong_value_starts_no_chain_of_mistakes() -> None:
    """What depends on it is not judged by a default."""
    data = changed(
        settings(), {"network.nodeRange": "10.99.0.1/24", "network.podsPerNode": 5000, "machines[0].role": "master"}
    )
    keys = [problem.key for problem in problems(data)]
    assert keys == ["kubernetes:machines[0].role", "kubernetes:network.nodeRange", "kubernetes:network.podsPerNode"]


def test_without_a_provider_nothing_is_asked_that_depends_on_it() -> None:
    data = changed(settings(), {"provider": DROP, "machines[1].ssh": {}, "ssh": {}})
    assert [problem.key for problem in problems(data)] == ["kubernetes:provider"]


def test_the_message() -> None:
    with pytest.raises(ConfigError) as caught:
        load(changed(settings(), {"machines[1].address": "10.80.1.4", "api.port": 10250}))
    assert str(caught.value).splitlines() == [
        "There are 2 mistakes in the cluster's settings; nothing was changed.",
        "",
        "kubernetes:machines[1].address",
        "    found:   10.80.1.4",
        "    rule:    it lies in network.nodeRange (10.80.0.0/24)",
        "    way out: take a free one, like 10.80.0.10",
        "",
        "kubernetes:api.port",
        "    found:   10250",
        "    rule:    a port of its own; 10250 is for kubelet",
        "    way out: write 6443, or leave it out",
    ]


def test_long_values_are_cut_and_kept_in_one_line() -> None:
    found = problems(changed(settings(), {"machines[1].address": "1\n2" * 100}))[0].found
    assert found is not None
    assert len(found) == 78
    assert "\n" not in found


def test_other_namespaces_and_keys_without_a_value_are_left_alone() -> None:
    more = {"aws:region": "eu-central-1", "pulumi:tags": "x", "kubernetes:addons": ""}
    config = load_config({**raw(settings()), **more}, ["kubernetes:ssh"], lock=LOCK)
    assert not config.addons.metrics_server


def test_text_that_is_not_json_is_named() -> None:
    with pytest.raises(ConfigError) as caught:
        load_config({**raw(settings()), "kubernetes:network": "{nodeRange"}, ["kubernetes:ssh"], lock=LOCK)
    assert [problem.key for problem in caught.value.problems] == ["kubernetes:network"]


def test_python_names_are_not_keys() -> None:
    found = problems({**settings(), "kubernetes_version": "1.36.3"})
    assert [(problem.key, problem.way_out) for problem in found] == [
        ("kubernetes:kubernetes_version", "did you mean kubernetesVersion?")
    ]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project's folder with three complete lock files that can be told apart, and the toolchain's decision."""
    monkeypatch.delenv("KFS_CACHE", raising=False)
    complete = yaml.safe_load((TESTS / "lock.yaml").read_text())
    for place, mark in ((UPSTREAM_LOCK, "9.0.1"), ("own.yaml", "9.0.2"), (".cache/mirror/lock.yaml", "9.0.3")):
        path = tmp_path / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump({**complete, "defaults": {**complete["defaults"], "mark": mark}}))
    artifacts = {"source": "mirror", "lock": ".cache/mirror/lock.yaml", "images": "archives", "root": ".cache/mirror"}
    (tmp_path / ".cache/artifacts.yaml").write_text(yaml.safe_dump(artifacts))
    return tmp_path


def test_the_lock_file_follows_the_source(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    upstream = load_stack(raw(settings()), {"kubernetes:ssh"}, previous=None, root=project)
    assert (upstream.lock.default("mark"), upstream.artifacts) == ("9.0.1", None)
    own = changed(settings(), {"binaries": {"lock": "own.yaml"}})
    assert load_stack(raw(own), {"kubernetes:ssh"}, previous=None, root=project).lock.default("mark") == "9.0.2"
    local = load_stack(raw(local_settings()), set(), previous=None, root=project)
    assert local.lock.default("mark") == "9.0.3"
    assert local.artifacts is not None
    assert local.artifacts.images == "archives"
    monkeypatch.setenv("KFS_CACHE", str(project / "elsewhere"))
    with pytest.raises(ConfigError, match="make tools"):
        load_stack(raw(local_settings()), set(), previous=None, root=project)


def test_every_file_that_machines_fetch_must_be_in_the_lock_file(project: Path) -> None:
    lock = yaml.safe_load((project / UPSTREAM_LOCK).read_text())
    lock["binaries"] = [entry for entry in lock["binaries"] if entry["name"] != "kube-proxy"]
    (project / UPSTREAM_LOCK).write_text(yaml.safe_dump(lock))
    with pytest.raises(ConfigError) as caught:
        load_stack(raw(settings()), {"kubernetes:ssh"}, previous=None, root=project)
    assert [problem.key for problem in caught.value.problems] == ["the lock file"]
    assert "the binary kube-proxy" in caught.value.problems[0].rule


def test_the_toolchains_mirror_is_for_local_machines(project: Path) -> None:
    data = changed(settings(), {"binaries": {"source": "toolchain"}})
    with pytest.raises(ConfigError) as caught:
        load_stack(raw(data), {"kubernetes:ssh"}, previous=None, root=project)
    assert [problem.key for problem in caught.value.problems] == ["kubernetes:binaries.source"]
    assert "lock: .cache/mirror/lock.yaml" in caught.value.problems[0].way_out


def test_a_served_mirror_of_the_toolchain_is_for_any_machines(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a cloud in a box has one; a stack that names a source of its own keeps it."""
    monkeypatch.setenv("KFS_ARTIFACTS", "http://203.0.113.1")
    served = load_stack(raw(aws_settings()), set(), previous=None, root=project)
    assert served.lock.default("mark") == "9.0.3"
    artifacts = make_plan(served.config, served.lock, served.artifacts).artifacts
    assert (artifacts.mirror, artifacts.archives, artifacts.served_folder) == ("http://203.0.113.1", True, None)
    own = {**aws_settings(), "binaries": {"source": "upstream"}}
    assert load_stack(raw(own), set(), previous=None, root=project).artifacts is None


def test_a_missing_lock_file_hides_no_other_mistake(tmp_path: Path) -> None:
    data = changed(settings(), {"api.port": 10250, "binaries": {"lock": "absent.yaml"}, "kubernetesVersion": "1.36.3"})
    with pytest.raises(ConfigError) as caught:
        load_stack(raw(data), {"kubernetes:ssh"}, previous=None, root=tmp_path)
    assert [problem.key for problem in caught.value.problems] == [str(tmp_path / "absent.yaml"), "kubernetes:api.port"]


def test_a_secret_where_none_belongs_is_not_shown_by_another_rule() -> None:
    data = changed(settings(), {"binaries": {"source": "mirror", "url": "ftp://geheim"}})
    with pytest.raises(ConfigError) as caught:
        load_config(raw(data), ["kubernetes:ssh", "kubernetes:binaries"], lock=LOCK)
    assert [problem.key for problem in caught.value.problems] == ["kubernetes:binaries"]
    assert "geheim" not in str(caught.value)


def test_secrets_are_wrapped() -> None:
    config = load(settings())
    assert config.ssh.private_key is not None
    assert config.ssh.private_key.get_secret_value() == private_key()
    assert private_key()[40:80] not in repr(config) + json.dumps(config.model_dump(mode="json"))
