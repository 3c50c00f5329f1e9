"""A cloud of this process, and stacks in it."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.engine.standins.stack import Stack
from tools.standins.installer import install

# Without requirements-clouds.txt there is nothing to test.
collect_ignore_glob = [] if find_spec("moto") else ["test_*.py"]

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


class Cloud:
    """A control plane that serves, and the variables of its clients."""

    def __init__(self, **quotas: int) -> None:
        from tools.clouds.aws.control_plane import AwsControlPlane
        from tools.clouds.aws.quotas import Quotas

        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.plane = AwsControlPlane(Quotas(**quotas))
        self.plane.start(port)
        self.environment = dict(self.plane.environment(port))

    def client(self, service: str = "ec2") -> Any:
        """AWS's own client, for what a test does by hand."""
        import boto3  # type: ignore[import-untyped]

        return boto3.client(
            service,
            endpoint_url=self.environment["AWS_ENDPOINT_URL"],
            region_name=self.environment["AWS_REGION"],
            aws_access_key_id=self.environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self.environment["AWS_SECRET_ACCESS_KEY"],
        )


@pytest.fixture
def make_cloud() -> Iterator[Callable[..., Cloud]]:
    """Makes an empty cloud with these quotas."""
    clouds = []

    def make(**quotas: int) -> Cloud:
        clouds.append(Cloud(**quotas))
        return clouds[-1]

    yield make
    for cloud in clouds:
        cloud.plane.stop()


@pytest.fixture
def cloud(make_cloud: Callable[..., Cloud]) -> Cloud:
    """An empty cloud."""
    return make_cloud()


@pytest.fixture
def make_stack(tmp_path: Path, pulumi_home: Path, cache: Path) -> Callable[..., Stack]:
    """Makes an empty stack of that name, in a cloud or with these variables."""

    def make(environment: dict[str, str], name: str = "stack") -> Stack:
        return Stack(tmp_path / name, pulumi_home=pulumi_home, cache=cache, environment=environment)

    return make


@pytest.fixture
def stack(cloud: Cloud, make_stack: Callable[..., Stack]) -> Stack:
    """An empty stack in the cloud."""
    return make_stack(cloud.environment)
