"""The stand-ins installed into a plugin folder of their own, and machines to run commands on."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.standins.openssh import Server, serving
from tests.engine.standins.stack import Stack
from tools.standins.installer import install

_ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="session")
def cache() -> Path:
    """Where the Pulumi CLI is."""
    cache = Path(os.environ.get("KFS_CACHE") or _ROOT / ".cache")
    if not (cache / "bin" / "pulumi").exists():
        pytest.skip("no Pulumi CLI: type `make tools`")
    return cache


@pytest.fixture(scope="session")
def pulumi_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A PULUMI_HOME with nothing but the stand-ins."""
    home = tmp_path_factory.mktemp("pulumi")
    install(home)
    return home


@pytest.fixture(autouse=True, scope="session")
def _without_agent() -> Iterator[None]:
    """Keeps the user's own SSH agent out of the tests."""
    with pytest.MonkeyPatch.context() as environment:
        environment.delenv("SSH_AUTH_SOCK", raising=False)
        yield


@pytest.fixture
def stack(tmp_path: Path, pulumi_home: Path, cache: Path) -> Stack:
    """An empty stack."""
    return Stack(tmp_path / "stack", pulumi_home=pulumi_home, cache=cache)


@pytest.fixture
def machine(tmp_path: Path, cache: Path) -> Iterator[Server]:
    """A machine with an SSH server."""
    with serving(tmp_path / "machine", cache) as server:
        yield server
