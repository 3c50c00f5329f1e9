"""Single values: each wrong one is refused at its key, with the right way out."""

from typing import Any

import pytest

from tests.unit.config_support import DROP, changed, expect_one, problems, settings

CASES: list[tuple[dict[str, Any], str, str]] = [
    # what must be there
    ({"clusterName": DROP}, "clusterName", "clusterName: production"),
    ({"provider": DROP}, "provider", "provider: bare-metal"),
    ({"machines": DROP}, "machines", "machines:"),
    ({"machines[1].name": DROP}, "machines[1].name", "name: n1"),
    ({"machines[1].address": DROP}, "machines[1].address", "address: 10.80.0.21"),
    # unknown keys, at every depth
    ({"clustername": "x"}, "clustername", "did you mean clusterName?"),
    ({"podRange": "10.0.0.0/8"}, "podRange", "did you mean network.podRange?"),
    ({"network.nodeRnge": "x"}, "network.nodeRnge", "did you mean nodeRange?"),
    ({"machines[1].adress": "x"}, "machines[1].adress", "did you mean address?"),
    ({"machines[1].ssh.hostkey": "x"}, "machines[1].ssh.hostkey", "did you mean hostKey?"),
    ({"machines[1].pod_range": "x"}, "machines[1].pod_range", "did you mean podRange?"),
    ({"extraArgs.kubeApiServer": {}}, "extraArgs.kubeApiServer", "did you mean kubeApiserver?"),
    ({"addons.zzz": 1}, "addons.zzz", "known here: metricsServer, localVolumes"),
    # kinds
    ({"network": "10.80.0.0/24"}, "network", "{mode: routes}"),
    ({"machines": {"cp1": {}}}, "machines", "with a dash"),
    ({"machines[1].name": 1}, "machines[1].name", 'in quotes: "1"'),
    ({"api.port": "6443"}, "api.port", "without quotes, as a number"),
    ({"addons.metricsServer": "yes"}, "addons.metricsServer", "true or false"),
    ({"addons.metricsServer": 1}, "addons.metricsServer", "metricsServer: false"),
    ({"machines[1].labels": {"a": True}}, "machines[1].labels.a", 'in quotes: "true"'),
    ({"extraArgs.kubelet": {"v": 2}}, "extraArgs.kubelet.v", 'in quotes: "2"'),
    # choices
    ({"provider": "baremetal"}, "provider", "did you mean bare-metal?"),
    ({"machines[1].role": "worker"}, "machines[1].role", "write node"),
    ({"network.mode": "route"}, "network.mode", "did you mean routes?"),
    ({"network.policy": "cilium"}, "network.policy", "write calico"),
    ({"security.podSecurity": "strict"}, "security.podSecurity", "did you mean restricted?"),
    ({"certificates.algorithm": "ed25519"}, "certificates.algorithm", "write ECDSA"),
    ({"containerRuntime": "rkt"}, "containerRuntime", "write containerd"),
    ({"containerRuntime": "docker"}, "containerRuntime", "write containerd"),
    # names
    ({"clusterName": "My_Cluster"}, "clusterName", "write my-cluster"),
    ({"clusterName": "a" * 29}, "clusterName", "production"),
    ({"machines[1].name": "n_1"}, "machines[1].name", "write n-1"),
    ({"machines[1].name": "-n1"}, "machines[1].name", "write n1"),
    ({"machines[1].name": "n1.example"}, "machines[1].name", "write n1-example"),
    ({"machines[1].name": "a" * 64}, "machines[1].name", "write " + "a" * 63),
    ({"network.dnsDomain": "Cluster.local"}, "network.dnsDomain", "cluster.local"),
    ({"security.podSecurityExemptNamespaces": ["A"]}, "security.podSecurityExemptNamespaces[0]", "write a"),
    # addresses and ranges
    ({"machines[1].address": "10.80.0.256"}, "machines[1].address", "10.80.0.11"),
    ({"machines[1].address": "10.80.0.21/24"}, "machines[1].address", "10.80.0.11"),
    ({"machines[1].address": 5}, "machines[1].address", "10.80.0.11"),
    ({"network.nodeRange": "10.80.0.1/24"}, "network.nodeRange", "write 10.80.0.0/24"),
    ({"network.podRange": "10.10.0.0"}, "network.podRange", "address/prefix"),
    ({"network.serviceRange": "10.0.0.0/33"}, "network.serviceRange", "address/prefix"),
    ({"network.podRange": "10.10.0.0/255.255.0.0"}, "network.podRange", "write 10.10.0.0/16"),
    ({"network.podRange": "fd00::/48"}, "network.podRange", "address/prefix"),
    # numbers and versions
    ({"api.port": 443}, "api.port", "port: 6443"),
    ({"api.port": 70000}, "api.port", "port: 6443"),
    ({"machines[1].ssh.port": 0}, "machines[1].ssh.port", "port: …"),
    ({"network.podsPerNode": 4}, "network.podsPerNode", "podsPerNode: 110"),
    ({"certificates.validityHours": 0}, "certificates.validityHours", "validityHours: 8760"),
    ({"certificates.renewBeforeHours": -1}, "certificates.renewBeforeHours", "renewBeforeHours: 720"),
    ({"kubernetesVersion": "1.36"}, "kubernetesVersion", "write all three"),
    ({"kubernetesVersion": "v1.36.3"}, "kubernetesVersion", "leave the v out: 1.36.3"),
    # labels and taints
    ({"machines[1].labels": {"a b": "c"}}, 'machines[1].labels["a b"]', "example.org/disk"),
    ({"machines[1].labels": {"A.B/c": "c"}}, 'machines[1].labels["A.B/c"]', "example.org/disk"),
    ({"machines[1].labels": {"a": "b c"}}, "machines[1].labels.a", "shorten it"),
    ({"machines[1].labels": {"a": "x" * 64}}, "machines[1].labels.a", "shorten it"),
    ({"machines[1].labels": {"kubernetes.io/os": "x"}}, 'machines[1].labels["kubernetes.io/os"]', "of your own"),
    ({"machines[1].labels": {"a.k8s.io/b": "x"}}, 'machines[1].labels["a.k8s.io/b"]', "of your own"),
    (
        {"machines[1].labels": {"node-restriction.kubernetes.io/address": "x"}},
        'machines[1].labels["node-restriction.kubernetes.io/address"]',
        "of your own",
    ),
    ({"machines[1].taints": ["a=b"]}, "machines[1].taints[0]", "dedicated=storage:NoSchedule"),
    ({"machines[1].taints": ["a=b:NoRun"]}, "machines[1].taints[0]", "write a=b:NoSchedule"),
    ({"machines[1].taints": ["a=b c:NoExecute"]}, "machines[1].taints[0]", "dedicated=storage"),
    ({"machines[1].taints": ["node.kubernetes.io/x:NoExecute"]}, "machines[1].taints[0]", "of your own"),
    # files
    ({"extraFiles": [{"path": "/etc/x", "content": "", "mode": 420}]}, "extraFiles[0].mode", '"0644"'),
    ({"extraFiles": [{"path": "/etc/x", "content": "", "mode": "0888"}]}, "extraFiles[0].mode", '"0644"'),
    ({"extraFiles": [{"path": "/etc/x"}]}, "extraFiles[0].content", "content:"),
]


@pytest.mark.parametrize(("changes", "key", "way_out"), CASES, ids=lambda value: str(value)[:60])
def test_refused(changes: dict[str, Any], key: str, way_out: str) -> None:
    expect_one(problems(changed(settings(), changes)), key, way_out)


@pytest.mark.parametrize(
    "changes",
    [
        {
            "machines[1].labels": {
                "topology.kubernetes.io/zone": "a",
                "node.kubernetes.io/x": "",
                "example.org/y": "1.0",
            }
        },
        {"machines[1].taints": ["a=b:NoSchedule", "example.org/c:NoExecute", "d=:PreferNoSchedule"]},
        {"extraFiles": [{"path": "/etc/x", "content": "", "mode": "600"}]},
        {"clusterName": "a" * 28},
        {"api.extraNames": ["api.example.org", "203.0.113.10"]},
    ],
    ids=lambda value: str(value)[:60],
)
def test_taken(changes: dict[str, Any]) -> None:
    assert problems(changed(settings(), changes)) == ()


def test_rkt_and_docker_are_refused_with_the_reason() -> None:
    rkt = problems(changed(settings(), {"containerRuntime": "rkt"}))[0]
    docker = problems(changed(settings(), {"containerRuntime": "docker"}))[0]
    assert "no Container Runtime Interface" in rkt.rule
    assert "archived" in rkt.rule
    assert "not offered yet" in docker.rule
