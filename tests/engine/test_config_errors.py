"""What a user sees of wrong settings: the real program, run by the real engine."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CACHE = Path(os.environ.get("KFS_CACHE") or ROOT / ".cache")
SETTINGS = """
config:
  kubernetes:clusterName: Wrong
  kubernetes:provider: bare-metal
  kubernetes:machines:
    - {name: cp1, role: control-plane, address: 10.80.0.1}
  kubernetes:addons:
    metricServer: true
"""

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(not (CACHE / "bin/pulumi").exists(), reason="no Pulumi CLI: type `make tools`"),
]


def pulumi(folder: Path, *arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
    """Run Pulumi in the project's copy, with a state of its own."""
    environment = {
        **os.environ,
        "PATH": f"{CACHE / 'bin'}:{CACHE / 'venv/bin'}:{os.environ['PATH']}",
        "PULUMI_HOME": str(folder / "home"),
        "PULUMI_BACKEND_URL": f"file://{folder}/home",
        "PULUMI_CONFIG_PASSPHRASE": "test",
        "PULUMI_SKIP_UPDATE_CHECK": "1",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "1",
    }
    (folder / "home").mkdir(exist_ok=True)
    return subprocess.run(
        ["pulumi", *arguments, "--cwd", folder, "--non-interactive"],
        env=environment, input=text, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The project by links, with a stack of the test's own."""
    for name in ("Pulumi.yaml", "__main__.py", "components"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / ".cache").symlink_to(CACHE)
    (tmp_path / "stacks").mkdir()
    (tmp_path / "stacks/Pulumi.wrong.yaml").write_text(SETTINGS)
    return tmp_path


def test_every_mistake_is_listed_without_a_stack_trace(project: Path) -> None:
    made = pulumi(project, "stack", "init", "wrong")
    assert made.returncode == 0, made.stderr
    key = ["--path", "kubernetes:ssh.privateKey"]
    kept = pulumi(project, "config", "set", "--stack", "wrong", "--secret", *key, text="a-secret-that-is-no-key")
    assert kept.returncode == 0, kept.stderr

    preview = pulumi(project, "preview", "--stack", "wrong", "--color", "never")
    said = preview.stdout + preview.stderr
    assert preview.returncode != 0
    for expected in (
        "mistakes in the cluster's settings; nothing was changed.",
        "kubernetes:clusterName",
        "kubernetes:machines[0].address",
        "kubernetes:machines[0].ssh.hostKey",
        "kubernetes:ssh.privateKey",
        "did you mean metricsServer?",
    ):
        assert expected in said, said
    for unwanted in ("Traceback", "unhandled", "a-secret-that-is-no-key"):
        assert unwanted not in said, said
