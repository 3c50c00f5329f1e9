"""The program run under mocks, once for each kind of stack."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncssh
import pytest
import yaml

from tests.mocks.recorder import MARK, ROOT, Recording, run_program
from tests.support import LOCK

Settings = dict[str, Any]
SOURCES = {
    "kubernetes:binaries": {"source": "mirror", "url": "http://10.80.0.2", "lock": str(LOCK)},
    "kubernetes:images": {"source": "archives"},
}
STACKS = ("local", "local-ha", "bare-metal", "aws", "gce")


@pytest.fixture(scope="module", autouse=True)
def _toolchain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What `make tools` decided, for these tests: a mirror, with a lock file that has every part."""
    cache = tmp_path_factory.mktemp("cache")
    decided = {"source": "mirror", "lock": str(LOCK), "images": "archives", "root": "mirror"}
    (cache / "artifacts.yaml").write_text(yaml.safe_dump(decided))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KFS_CACHE", str(cache))
        for name in [name for name in os.environ if name.startswith("PULUMI_CONFIG")]:
            patch.delenv(name)
        yield


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Settings]:
    """The settings of the stack files as they are, those of bare metal filled in."""
    folder = tmp_path_factory.mktemp("keys")
    found = {name: _settings_of(name) for name in STACKS}
    found["bare-metal"] = _filled_in(found["bare-metal"], folder)
    found["aws"] |= SOURCES
    found["gce"] |= SOURCES
    return found


@pytest.fixture(scope="module")
def recordings(settings: dict[str, Settings]) -> dict[str, Recording]:
    """A first `pulumi up` of each stack."""
    return {name: run_program(settings[name], stack=name) for name in STACKS}


@pytest.fixture(params=STACKS)
def recording(request: pytest.FixtureRequest, recordings: dict[str, Recording]) -> Recording:
    """Each of them in turn."""
    return recordings[request.param]


def _settings_of(stack: str) -> Settings:
    settings: Settings = yaml.safe_load((ROOT / f"stacks/Pulumi.{stack}.yaml").read_text())["config"]
    return settings


def _filled_in(settings: Settings, folder: Path) -> Settings:
    """With keys that there are, a bastion, users of both kinds, and one machine with a user of its own."""
    key = asyncssh.generate_private_key("ssh-ed25519")
    file = folder / "key"
    # Text after the key is nothing to SSH, and what the tests look for.
    file.write_text(key.export_private_key().decode() + f"{MARK}operator\n")
    file.chmod(0o600)
    machines = settings["kubernetes:machines"]
    for machine in machines:
        machine["ssh"]["hostKey"] = host_key()
    machines[1]["ssh"]["user"] = "operator"
    return {
        **settings,
        "kubernetes:ssh": {
            "user": "root",
            "privateKeyFile": str(file),
            "bastion": {"host": "bastion.example.org", "hostKey": host_key()},
        },
        "kubernetes:machines": machines,
        "kubernetes:users": [
            {"name": "jane", "groups": ["developers"], "credential": "certificate"},
            {"name": "joe", "groups": ["viewers"], "credential": "token"},
        ],
        **SOURCES,
    }


def host_key() -> str:
    """A public host key of its own, as `ssh-keyscan` gives it."""
    key = asyncssh.generate_private_key("ecdsa-sha2-nistp256")
    return " ".join(key.export_public_key().decode().split()[:2])
