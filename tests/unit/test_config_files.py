"""The files that go with the settings: the stacks, the schema for editors, the generated reference."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from pydantic import BaseModel

from components.config.keys import fields, model_in
from components.config.loader import load_config
from components.config.paths import ROOT
from components.config.problems import ConfigError
from components.config.settings import ClusterConfig, ExtraArgs
from components.plan.lock import Lock
from tests.unit.config_support import LOCK, changed, problems, settings
from tools.schema.generated import generated

STACKS = ("Pulumi.aws.yaml", "Pulumi.bare-metal.yaml", "Pulumi.local-ha.yaml", "Pulumi.local.yaml")
SCHEMA = json.loads((ROOT / "stacks/schema.json").read_text())


@pytest.mark.parametrize("path", generated(), ids=lambda path: path.name)
def test_generated_files_are_up_to_date(path: Path) -> None:
    assert path.read_text() == generated()[path], "run: python -m tools.schema"


def as_raw(name: str) -> dict[str, str]:
    """The stack file's settings as Pulumi hands them to the program."""
    config = yaml.safe_load((ROOT / "stacks" / name).read_text())["config"]
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}


@pytest.mark.parametrize("name", ["Pulumi.local.yaml", "Pulumi.local-ha.yaml"])
def test_local_stacks_can_be_used_as_they_are(name: str) -> None:
    config = load_config(as_raw(name), [], lock=LOCK)
    assert config.cluster_name == name.split(".")[1]


def test_the_local_stacks_share_no_addresses() -> None:
    """They can run side by side on one computer."""
    one, other = (load_config(as_raw(f"Pulumi.{name}.yaml"), [], lock=LOCK).network for name in ("local", "local-ha"))
    for mine in (one.node_range, one.pod_range, one.service_range):
        for theirs in (other.node_range, other.pod_range, other.service_range):
            assert not mine.overlaps(theirs)


def test_the_bare_metal_stack_lacks_only_what_nobody_else_can_know(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(ConfigError) as caught:
        load_config(as_raw("Pulumi.bare-metal.yaml"), [], lock=LOCK)
    keys = [problem.key for problem in caught.value.problems]
    host_keys = [f"kubernetes:machines[{index}].ssh.hostKey" for index in range(4)]
    assert keys == [*host_keys, "kubernetes:ssh.privateKeyFile"]


@pytest.mark.parametrize("name", STACKS)
def test_the_schema_takes_every_stack(name: str) -> None:
    jsonschema.validate(yaml.safe_load((ROOT / "stacks" / name).read_text()), SCHEMA)


@pytest.mark.parametrize("name", STACKS)
def test_every_stack_names_its_schema(name: str) -> None:
    text = (ROOT / "stacks" / name).read_text()
    assert text.startswith("# yaml-language-server: $schema=schema.json\n")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("kubernetes:clustername", "x"),
        ("kubernetes:clusterName", 5),
        ("kubernetes:provider", "baremetal"),
        ("kubernetes:machines", [{"name": "n1"}]),
        ("kubernetes:machines", [{"name": "n1", "address": "10.80.0.21", "adress": "x"}]),
        ("kubernetes:network", {"nodeRange": "10.80.0.0"}),
        ("kubernetes:ssh", {"privateKey": "plain"}),
        ("kubernetes:api", {"port": "6443"}),
        ("kubernetes:kubernetesVersion", "v1.36.3"),
        ("kubernetes:extraFiles", [{"path": "/etc/x", "content": "", "mode": 420}]),
    ],
)
def test_the_schema_refuses_what_the_loader_refuses(key: str, value: Any) -> None:
    stack = yaml.safe_load((ROOT / "stacks/Pulumi.local.yaml").read_text())
    stack["config"][key] = value
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(stack, SCHEMA)


def test_the_schema_takes_secrets_and_other_namespaces() -> None:
    stack = yaml.safe_load((ROOT / "stacks/Pulumi.local.yaml").read_text())
    stack["config"] |= {"kubernetes:ssh": {"privateKey": {"secure": "v1:x"}}, "aws:region": "eu-central-1"}
    jsonschema.validate(stack | {"encryptionsalt": "v1:x"}, SCHEMA)


def declared(model: type[BaseModel], above: str = "") -> Iterator[tuple[str, Any]]:
    """Every setting with its declaration."""
    for name, info in fields(model).items():
        key = f"{above}{name}"
        yield key, info
        inner = model_in(info.annotation)
        if inner is not None:
            yield from declared(inner, f"{key}.")


@pytest.mark.parametrize(("key", "info"), list(declared(ClusterConfig)))
def test_every_setting_is_documented(key: str, info: Any) -> None:
    assert info.description, f"{key} has no description"
    assert info.description.rstrip().endswith((".", ")")), key


@pytest.mark.parametrize("component", list(fields(ExtraArgs)))
def test_the_examples_of_extra_arguments_are_taken(component: str) -> None:
    example = fields(ExtraArgs)[component].examples
    assert example
    assert problems(changed(settings(), {"extraArgs": {component: example[0]}})) == ()


def test_a_real_lock_file_can_be_read() -> None:
    """The one that is committed, once it is there, has everything that it has versions for."""
    path = ROOT / "components/lock/upstream.yaml"
    if not path.exists():
        pytest.skip("components/lock/upstream.yaml is not there yet")
    lock = Lock.model_validate(yaml.safe_load(path.read_text()))
    for version in lock.kubernetes:
        assert lock.binary("kubelet", version, "amd64").sha256
        assert lock.image("kube-apiserver", version).reference
