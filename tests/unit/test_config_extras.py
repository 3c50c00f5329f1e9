"""Extra arguments and extra files."""

import re
from typing import Any

import pytest

from components.config.keys import written
from components.config.rules.extra_args import FILES, TEMPLATES, own_flags
from tests.unit.config_support import changed, expect_one, problems, settings

ARGS: list[tuple[str, str, str, str]] = [
    ("kubeApiserver", "insecure-port", "8080", "HTTPS only"),
    ("kubeApiserver", "insecure-bind-address", "0.0.0.0", "HTTPS only"),
    ("kubeApiserver", "anonymous-auth", "true", "leave it out"),
    ("kubeApiserver", "authorization-mode", "RBAC,AlwaysAllow", "Node,RBAC"),
    ("kubeApiserver", "profiling", "true", "leave it out"),
    ("kubeApiserver", "tls-min-version", "VersionTLS10", "leave it out"),
    ("kubeApiserver", "secure-port", "8443", "use api.port"),
    ("kubeApiserver", "service-cluster-ip-range", "10.1.0.0/16", "use network.serviceRange"),
    ("kubeApiserver", "token-auth-file", "/etc/x", "use users"),
    ("kubeApiserver", "etcd-servers", "http://x", "manifests/kube-apiserver.yaml.j2"),
    ("kubeApiserver", "--event-ttl", "2h", "write event-ttl"),
    ("kubeApiserver", "event-ttl=2h", "", "write event-ttl"),
    ("kubeApiserver", "event-ttl", "2h # x", "extraFiles"),
    ("kubeApiserver", "event-ttl", "2h\n- --insecure", "extraFiles"),
    ("kubeApiserver", "event-ttl", "x:", "extraFiles"),
    ("kubeControllerManager", "port", "10252", "HTTPS only"),
    ("kubeControllerManager", "cluster-cidr", "10.1.0.0/16", "use network.podRange"),
    ("kubeScheduler", "address", "0.0.0.0", "HTTPS only"),
    ("kubeScheduler", "bind-address", "0.0.0.0", "manifests/kube-scheduler.yaml.j2"),
    ("etcd", "client-cert-auth", "false", "leave it out"),
    ("etcd", "listen-client-urls", "http://0.0.0.0:2379", "manifests/etcd.yaml.j2"),
    ("kubelet", "read-only-port", "10255", "leave it out"),
    ("kubelet", "anonymous-auth", "true", "leave it out"),
    ("kubelet", "authorization-mode", "AlwaysAllow", "Webhook"),
    ("kubelet", "max-pods", "200", "use network.podsPerNode"),
    ("kubelet", "cluster-dns", "10.0.0.10", "use network.serviceRange"),
    ("kubelet", "node-labels", "a=b", "use machines[].labels"),
    ("kubelet", "config", "/etc/x", "kubelet.service.j2"),
    ("kubelet", "rotate-certificates", "false", "kubelet.yaml.j2"),
    ("kubelet", "container-runtime-endpoint", "unix:///x", "kubelet.yaml.j2"),
    ("kubeProxy", "hostname-override", "x", "use machines[].name"),
    ("kubeProxy", "metrics-bind-address", "0.0.0.0", "kube-proxy.yaml.j2"),
]


@pytest.mark.parametrize(("component", "flag", "value", "way_out"), ARGS)
def test_flags_that_are_refused(component: str, flag: str, value: str, way_out: str) -> None:
    found = problems(changed(settings(), {"extraArgs": {component: {flag: value}}}))
    assert len(found) == 1
    assert found[0].key == f"kubernetes:{written(('extraArgs', component, flag))}"
    assert way_out in found[0].way_out, str(found[0])


def test_flags_that_are_taken() -> None:
    args = {
        "kubeApiserver": {"event-ttl": "2h", "feature-gates": "A=true,B=false"},
        "kubelet": {"v": "2", "eviction-soft": "memory.available<500Mi"},
        "kubeProxy": {"v": "4"},
        "etcd": {"max-request-bytes": "3000000"},
    }
    assert problems(changed(settings(), {"extraArgs": args})) == ()


@pytest.mark.parametrize("component", TEMPLATES)
def test_every_flag_of_the_components_own_file_is_found(component: str) -> None:
    """Counted another way: each line of the command that begins with two dashes."""
    for template in TEMPLATES[component]:
        text = (FILES / template).read_text()
        written = re.findall(r"^\s+(?:- )?--([a-z0-9-]+)", text, re.MULTILINE)
        assert set(written) <= set(own_flags(component))
    assert own_flags(component)


FILE_CASES: list[tuple[dict[str, Any], str, str]] = [
    ({"path": "etc/x"}, "path", "write /etc/x"),
    ({"path": "/etc/../x"}, "path", "write /x"),
    ({"path": "/etc/x/"}, "path", "write /etc/x"),
    ({"path": "/etc/a b"}, "path", "choose another name"),
    ({"path": "/etc/$(x)"}, "path", "choose another name"),
    ({"path": "/etc/kubernetes/manifests/x.yaml"}, "path", "/etc/kubernetes/extra"),
    ({"path": "/var/lib/etcd/x"}, "path", "put it elsewhere"),
    ({"path": "/run/x"}, "path", "put it elsewhere"),
    ({"path": "/etc/systemd/system/kubelet.service"}, "path", "choose another name"),
    ({"path": "/etc/sysctl.d/90-kubernetes.conf"}, "path", "choose another name"),
    ({"path": "/usr/local/bin/ctr"}, "path", "choose another name"),
    ({"path": "/etc/x", "machines": ["n1", "n9"]}, "machines[1]", "correct the name"),
    ({"path": "/etc/x", "content": "=====END-OF-FILE====="}, "content", "otherwise"),
]


@pytest.mark.parametrize(("file", "key", "way_out"), FILE_CASES, ids=lambda value: str(value)[:60])
def test_files_that_are_refused(file: dict[str, Any], key: str, way_out: str) -> None:
    found = problems(changed(settings(), {"extraFiles": [{"content": "", **file}]}))
    expect_one(found, f"extraFiles[0].{key}", way_out)


def test_files_of_a_machine_fit_into_one_command_together() -> None:
    files = [{"path": f"/etc/{name}", "content": "x" * 25_000, "machines": ["n1"]} for name in ("x", "y")]
    expect_one(problems(changed(settings(), {"extraFiles": files})), "extraFiles", "the machine's image")
    files[1]["machines"] = ["cp1"]
    assert problems(changed(settings(), {"extraFiles": files})) == ()


@pytest.mark.parametrize(
    ("first", "second", "clash"),
    [([], [], True), (["n1"], [], True), (["n1"], ["n1", "n2"], True), (["n1"], ["n2"], False)],
)
def test_one_path_on_one_machine(first: list[str], second: list[str], clash: bool) -> None:
    files = [{"path": "/etc/x", "content": "", "machines": machines} for machines in (first, second)]
    found = problems(changed(settings(), {"extraFiles": files}))
    assert [problem.key for problem in found] == (["kubernetes:extraFiles[1].path"] if clash else [])


@pytest.mark.parametrize("path", ["/etc/sysctl.d/95-mine.conf", "/etc/containerd/certs.d/r.example.org/hosts.toml"])
def test_files_that_are_taken(path: str) -> None:
    assert problems(changed(settings(), {"extraFiles": [{"path": path, "content": "x", "mode": "0600"}]})) == ()
