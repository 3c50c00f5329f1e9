"""The stand-in plugins installed into a plugin folder of their own, and a cloud for each test."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.clouds.gce.clouds import Cloud
from tests.engine.standins.stack import Stack
from tools.clouds.gce import GoogleCloud
from tools.standins.installer import install

_ROOT = Path(__file__).resolve().parents[4]


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


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    """An empty cloud that the engine's plugins talk to."""
    with Cloud.serving(GoogleCloud()) as cloud:
        for name, value in cloud.environment.items():
            monkeypatch.setenv(name, value)
        yield cloud


@pytest.fixture
def stack(tmp_path: Path, pulumi_home: Path, cache: Path, cloud: Cloud) -> Stack:
    """An empty stack in an empty cloud."""
    return Stack(tmp_path / "stack", pulumi_home=pulumi_home, cache=cache)


@pytest.fixture
def other_stack(tmp_path: Path, pulumi_home: Path, cache: Path, cloud: Cloud) -> Stack:
    """A second empty stack in the same cloud."""
    return Stack(tmp_path / "other", pulumi_home=pulumi_home, cache=cache)
