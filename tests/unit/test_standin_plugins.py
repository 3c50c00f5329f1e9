"""The stand-ins as processes: how they start, whom they outlive, and how they get into Pulumi's folder."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path

import grpc
import pytest
from google.protobuf.empty_pb2 import Empty

from tools.standins.core.protocol import provider_pb2, provider_pb2_grpc
from tools.standins.installer import CLOUDS, HERE, NAMES, install

_LIMIT_SECONDS = 20


@pytest.fixture(params=NAMES)
def plugin(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """An installed plugin, started as the engine starts it."""
    install(tmp_path)
    name = request.param
    executable = tmp_path / f"plugins/resource-{name}-v{version(f'pulumi-{name}')}/pulumi-resource-{name}"
    process = subprocess.Popen([executable, "127.0.0.1:1"], stdout=subprocess.PIPE, cwd=tmp_path)
    yield name, process
    process.kill()
    process.wait()


def test_answers_on_the_port_that_it_prints(plugin: tuple[str, subprocess.Popen[bytes]]) -> None:
    name, process = plugin
    assert process.stdout is not None
    port = int(process.stdout.readline())
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        provider = provider_pb2_grpc.ResourceProviderStub(channel)
        assert provider.GetPluginInfo(Empty()).version == version(f"pulumi-{name}")
        if name not in CLOUDS:  # those want a cloud's credentials
            configured = provider.Configure(provider_pb2.ConfigureRequest())
            assert configured.acceptSecrets
            assert configured.supportsPreview
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=_LIMIT_SECONDS) == 0


def test_goes_when_its_engine_was_killed(tmp_path: Path) -> None:
    executable = HERE / "random" / "pulumi-resource-random"
    # A shell in the engine's place: it starts the plugin, tells its process ID, and is killed.
    (tmp_path / "port").touch()
    script = f'"{executable}" 127.0.0.1:1 >"{tmp_path}/port" & echo $!; wait'
    engine = subprocess.Popen(["sh", "-c", script], stdout=subprocess.PIPE)
    assert engine.stdout is not None
    try:
        plugin = int(engine.stdout.readline())
        _until(lambda: (tmp_path / "port").read_text().strip().isdigit(), "the plugin did not start")
    finally:
        engine.kill()
        engine.wait()
    _until(lambda: not _runs(plugin), "the plugin outlived its engine")


def test_install_can_be_run_again_and_leaves_official_plugins_alone(tmp_path: Path) -> None:
    official = tmp_path / f"plugins/resource-tls-v{version('pulumi-tls')}/pulumi-resource-tls"
    official.parent.mkdir(parents=True)
    official.write_text("official")
    old = tmp_path / "plugins/resource-random-v0.0.1"
    old.mkdir()
    (old / "pulumi-resource-random").symlink_to("gone")
    used = [f"{name} {version(f'pulumi-{name}')}" for name in NAMES if name != "tls"]
    assert install(tmp_path) == used
    assert install(tmp_path) == used
    assert official.read_text() == "official"
    assert not old.exists()


def _runs(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{process_id}/stat")
    return status.exists() and status.read_text().rsplit(")", 1)[1].split()[0] != "Z"


def _until(condition: Callable[[], bool], complaint: str) -> None:
    end = time.monotonic() + _LIMIT_SECONDS
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.05)
    pytest.fail(complaint)
