"""New keys and authorities for a running cluster, under load: nothing fails, and nothing of the old is left.

The tests are one story, as in test_cluster.py.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.highly_available import Cluster, ranges
from tests.cluster.local_machines import leftovers, succeed
from tests.cluster.processes import cut_off_engine, eventually
from tests.cluster.project import CACHE, Project

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.fault,
    pytest.mark.skipif(os.geteuid() != 0, reason="local machines need root"),
    pytest.mark.skipif(not (CACHE / "artifacts.yaml").exists(), reason="nothing is set up: type `make tools`"),
]

STACK = "test-rotation"
NUMBER = 96
ALL = ("cp1", "cp2", "cp3", "n1", "n2")
CONTROL_PLANES = ALL[:3]
PKI = "/etc/kubernetes/pki"
# A user whose token changes; tokens of pods are exchanged by the test itself.
MORE: dict[str, Any] = {"users": [{"name": "joe", "groups": ["viewers"], "credential": "token"}]}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """The stack; nothing of it is there at first, nothing is left of it at the end."""
    succeed("cleanup", "--label", STACK)
    yield Cluster(Project(tmp_path_factory.mktemp(STACK), STACK, ranges(STACK, NUMBER)), NUMBER)
    succeed("cleanup", "--label", STACK)


@pytest.fixture
def running(cluster: Cluster) -> Cluster:
    """The stack with its cluster running."""
    if not cluster.project.kubeconfig.exists():
        pytest.skip("there is no cluster: see the first test that failed")
    return cluster


def _stage(cluster: Cluster, stage: str, **more: Any) -> None:
    """All that has stages goes to it together."""
    to = {"generation": 2, "stage": stage}
    rotation = {"authorities": to, "serviceAccount": {**to, "tokenSeconds": 0}, "encryption": to, **more}
    cluster.project.configure(cluster.settings(*ALL, **MORE, rotation=rotation))


def _rotate(cluster: Cluster, what: str) -> Any:
    """`make rotate`."""
    return cluster.project.run("tools/operate", "rotate", STACK, "--what", what, "--sure", "yes", limit=1800)


def _encrypted_with(cluster: Cluster) -> set[str]:
    """The keys that Secrets are encrypted with in etcd, by their names."""
    etcd = f"etcdctl --cacert={PKI}/etcd-ca.crt --cert={PKI}/etcd/server.crt --key={PKI}/etcd/server.key"
    found = cluster.on(
        "cp1", f"{etcd} get /registry/secrets/ --prefix --print-value-only | grep -ao 'k8s:enc:secretbox:v1:[0-9]*:'"
    )
    return {line.split(":")[4] for line in found.splitlines()}


def _subjects(cluster: Cluster, machine: str, file: str) -> list[str]:
    """The subjects of a file's certificates."""
    command = f"openssl crl2pkcs7 -nocrl -certfile {file} | openssl pkcs7 -print_certs -noout | sed -n 's/^subject=//p'"
    return cluster.on(machine, command).replace(" ", "").splitlines()


def _issuers(cluster: Cluster, machine: str) -> set[str]:
    """Who signed the certificates that the machine uses."""
    command = (
        f"for file in $(find {PKI} -mindepth 2 -name '*.crt' ! -name cluster-ca.crt) "
        "/var/lib/kubelet/pki/*-current.pem; do openssl x509 -noout -issuer -in $file; done "
        "| sed 's/^issuer=//' | sort -u"
    )
    return set(cluster.on(machine, command).replace(" ", "").splitlines())


def _key_of_token(cluster: Cluster) -> str:
    """Which key signs a service account's token, by its id."""
    token = cluster.project.kubectl("create", "token", "default").split(".")[0]
    return cluster.on("cp1", f"echo {token}== | tr '_-' '/+' | base64 -d 2>/dev/null | grep -o '\"kid\":\"[^\"]*\"'")


def test_a_cluster_with_its_first_keys(cluster: Cluster) -> None:
    cluster.project.configure(cluster.settings(*ALL, **MORE))
    cluster.project.up().must_succeed()
    cluster.check(*ALL)
    cluster.deploy()
    assert "rotation" not in cluster.project.outputs()["cluster"]
    for number in (1, 2, 3):
        cluster.project.kubectl("create", "secret", "generic", f"word-{number}", f"--from-literal=word={number}")
    assert _encrypted_with(cluster) == {"1"}


def test_what_is_new_is_trusted_beside_what_is_old(running: Cluster) -> None:
    _stage(running, "trust")
    with running.under_load("n2"):
        running.project.up().must_succeed()
    running.check(*ALL)
    for name in ALL:
        assert _subjects(running, name, f"{PKI}/cluster-ca.crt") == [f"CN={STACK}", f"CN={STACK}2"]
        assert f"CN={STACK}2" not in _issuers(running, name)
    assert _encrypted_with(running) == {"1"}
    assert running.project.pulumi_up().changed() == set()


def test_no_stage_is_skipped(running: Cluster) -> None:
    _stage(running, "drop")
    said = running.project.preview().must_fail().text
    assert "the cluster is at generation 2, stage trust" in said
    assert "write {generation: 2, stage: use}" in said


def test_what_is_new_is_used_also_where_the_engine_is_killed_half_way(running: Cluster, tmp_path: Path) -> None:
    old = _key_of_token(running)
    _stage(running, "use")
    log = tmp_path / "up.log"
    with running.under_load("n2"):
        up = running.project.start("tools/up", STACK, log=log)
        eventually("cp1 has changed", lambda: "cp1-control-plane updated" in log.read_text(), seconds=400)
        assert cut_off_engine(up)
        assert up.wait() != 0
        # What one API server does with the new keys, the others take.
        running.project.kubectl("create", "secret", "generic", "half-way", "--from-literal=word=half-way")
        said = running.project.up().must_succeed().text
    # One of four was written with the new key already, if the API server that took it had it.
    assert re.search(r"rewrote [34] of 4 Secrets; all are encrypted with key 2", said), said
    running.check(*ALL)
    new = {f"CN={STACK}2", f"CN={STACK}-etcd2", f"CN={STACK}-front-proxy2"}
    for name in ALL:
        assert _issuers(running, name) <= new
        assert len(_subjects(running, name, f"{PKI}/cluster-ca.crt")) == 2
    assert _encrypted_with(running) == {"2"}
    assert _key_of_token(running) != old
    assert running.project.pulumi_up().changed() == set()


def test_nothing_trusts_what_is_old_any_more(running: Cluster) -> None:
    # In place of the hour in which kubelets would do it: those that use their tokens start anew.
    running.project.kubectl("rollout", "restart", "deployment/coredns", "--namespace=kube-system")
    running.project.kubectl("rollout", "status", "deployment/coredns", "--namespace=kube-system", "--timeout=120s")
    outputs = running.project.outputs()
    _stage(running, "drop", tokens=2)
    with running.under_load("n2"):
        running.project.up().must_succeed()
    running.check(*ALL)
    for name in ALL:
        assert _subjects(running, name, f"{PKI}/cluster-ca.crt") == [f"CN={STACK}2"]
    for name in CONTROL_PLANES:
        assert _subjects(running, name, f"{PKI}/etcd-ca.crt") == [f"CN={STACK}-etcd2"]
        assert _subjects(running, name, f"{PKI}/front-proxy-ca.crt") == [f"CN={STACK}-front-proxy2"]
        assert running.on(name, "grep -c secret: /etc/kubernetes/kube-apiserver/encryption.yaml") == "1"
        assert running.on(name, f"grep -c BEGIN {PKI}/kube-apiserver/service-account.pub") == "1"
    _check_config_maps(running)
    after = running.project.outputs()
    assert after["userTokens"]["joe"] != outputs["userTokens"]["joe"]
    assert _status(running, outputs["userTokens"]["joe"]) == "401"
    assert _status(running, after["userTokens"]["joe"]) == "403"
    running.project.verify().must_succeed()
    assert running.project.pulumi_up().changed() == set()


def _check_config_maps(cluster: Cluster) -> None:
    """What pods and extension API servers are told to trust."""
    for namespace, name, key in (
        ("default", "kube-root-ca.crt", "ca.crt"),
        ("kube-system", "extension-apiserver-authentication", "client-ca-file"),
        ("kube-system", "extension-apiserver-authentication", "requestheader-client-ca-file"),
    ):
        (found,) = (one["data"][key] for one in cluster.objects("configmaps", "--namespace", namespace)
                    if one["metadata"]["name"] == name)  # fmt: skip
        assert found.count("BEGIN CERTIFICATE") == 1, (name, key)


def _status(cluster: Cluster, token: str) -> str:
    """What the API answers to that user."""
    url = f"https://{cluster.address('')}:6443/api/v1/namespaces/default/pods"
    header = f"Authorization: Bearer {token}"
    command = f"curl -s -o /dev/null -w '%{{http_code}}' --cacert {PKI}/cluster-ca.crt -H '{header}' {url}"
    return cluster.on("cp1", command)


def test_one_command_goes_through_all_stages(running: Cluster) -> None:
    with running.under_load("n1"):
        said = _rotate(running, "encryption").must_succeed().text
    assert "rewrote 4 of 4 Secrets; all are encrypted with key 3" in said
    assert "needs the key 2 any more" in said
    assert _encrypted_with(running) == {"3"}
    running.check(*ALL)


def test_nothing_is_left(running: Cluster) -> None:
    running.project.down().must_succeed()
    assert leftovers(STACK) == []
