"""The state may lie where Pulumi can put it: here in a bucket, of a server with S3's own interface."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3  # type: ignore[import-untyped]
import pulumi
import pulumi_random as random
import pytest
from moto.server import ThreadedMotoServer

from tests.engine.standins.stack import Stack

pytestmark = pytest.mark.engine

BUCKET = "states"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "eu-central-1"}


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """HOST:PORT of a server with an empty bucket."""
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    _client(f"{host}:{port}").create_bucket(
        Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    yield f"{host}:{port}"
    server.stop()


def _client(endpoint: str) -> Any:
    return boto3.client("s3", endpoint_url=f"http://{endpoint}", region_name="eu-central-1")


def _objects(endpoint: str) -> dict[str, str]:
    """Key → content of all objects of the bucket."""
    client = _client(endpoint)
    keys = [one["Key"] for one in client.list_objects_v2(Bucket=BUCKET).get("Contents", [])]
    return {key: client.get_object(Bucket=BUCKET, Key=key)["Body"].read().decode() for key in keys}


def test_the_state_may_lie_in_a_bucket(endpoint: str, tmp_path: Path, pulumi_home: Path, cache: Path) -> None:
    def program() -> None:
        pulumi.export("password", random.RandomPassword("password", length=20).result)

    url = f"s3://{BUCKET}?endpoint={endpoint}&region=eu-central-1&disableSSL=true&s3ForcePathStyle=true"
    stack = Stack(tmp_path, pulumi_home=pulumi_home, cache=cache, environment={"PULUMI_BACKEND_URL": url})
    password = stack.up(program).outputs["password"]
    kept = _objects(endpoint)
    assert ".pulumi/stacks/standins/test.json" in kept
    assert not any(password in content for content in kept.values())
    assert stack.up(program).changed() == {}
    stack.destroy()
    assert "random:index" not in _objects(endpoint)[".pulumi/stacks/standins/test.json"]
