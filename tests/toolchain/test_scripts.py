"""The shell scripts around set-up: the environment for plain `pulumi`, and the installation of packages."""

import os
import stat
import subprocess
from pathlib import Path

import pytest

from tools.toolchain.paths import ROOT


def run(command: list[str], **variables: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PULUMI_", "KFS_"))}
    return subprocess.run(command, cwd=ROOT, env=kept | variables, capture_output=True, text=True, check=False)


def environment(cache: Path, **variables: str) -> dict[str, str]:
    """What `eval "$(make env)"` adds to or changes in a shell's environment."""
    script = 'eval "$(tools/env)" && env --null'
    made = run(["bash", "-c", script], KFS_CACHE=str(cache), **variables)
    assert made.returncode == 0, made.stderr
    return dict(entry.split("=", 1) for entry in made.stdout.split("\0") if entry)


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """A folder with a space in its name: quoting matters."""
    return tmp_path / "the cache"


def test_defaults(cache: Path) -> None:
    made = environment(cache)
    assert made["PATH"].startswith(f"{cache}/bin:{cache}/venv/bin:/")
    assert made["PULUMI_HOME"] == f"{cache}/pulumi"
    assert made["PULUMI_BACKEND_URL"] == f"file://{cache}/state"
    assert (cache / "state").is_dir()


def test_the_passphrase_is_made_once_for_its_owner_only(cache: Path) -> None:
    file = Path(environment(cache)["PULUMI_CONFIG_PASSPHRASE_FILE"])
    passphrase = file.read_text()
    assert len(passphrase.strip()) >= 40
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    environment(cache)
    assert file.read_text() == passphrase


def test_what_the_user_has_set_is_kept(cache: Path) -> None:
    made = environment(cache, PULUMI_BACKEND_URL="s3://bucket", PULUMI_CONFIG_PASSPHRASE="")
    assert made["PULUMI_BACKEND_URL"] == "s3://bucket"
    assert "PULUMI_CONFIG_PASSPHRASE_FILE" not in made
    assert not (cache / "passphrase").exists()


@pytest.mark.parametrize(("source", "disabled"), [("mirror", "true"), ("upstream", None)])
def test_plugins_are_fetched_only_where_that_can_work(cache: Path, source: str, disabled: str | None) -> None:
    cache.mkdir()
    (cache / "artifacts.yaml").write_text(f"# comment\nsource: {source}\n")
    assert environment(cache).get("PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION") == disabled


def test_nothing_is_installed_that_is_there() -> None:
    made = run(["tools/packages", "bash=no-such-package", "/etc/os-*=no-such-package"])
    assert (made.returncode, made.stdout, made.stderr) == (0, "", "")


def test_packages_without_apt(tmp_path: Path) -> None:
    (tmp_path / "bash").symlink_to("/bin/bash")
    made = run(["/bin/bash", "tools/packages", "no-such-command=some-package"], PATH=str(tmp_path))
    assert made.returncode == 1
    assert made.stderr.startswith("error: set-up needs some-package")


def test_set_up_of_an_unknown_stack(tmp_path: Path) -> None:
    made = run(["tools/setup", "nosuch"], KFS_CACHE=str(tmp_path))
    assert made.returncode == 1
    assert "expected stacks/Pulumi.nosuch.yaml" in made.stderr
