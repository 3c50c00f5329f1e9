"""A group is built when something that decides its content has changed, and put in place when it is whole."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tools.toolchain import build, golang, group
from tools.toolchain.errors import ToolchainError
from tools.toolchain.golang import Go
from tools.toolchain.group import Group

MAIN = """package main

var version = "unknown"

func main() { println("hello", version) }
"""
GROUP = """version: "1.2"
builds:
- stamps: {main.version: "v{version}-{major}-{minor}"}
  binaries: {greeter: example.org/hello/v2}
"""


@pytest.fixture(scope="module")
def go() -> Go:
    return golang.find()


@pytest.fixture
def hello(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a group with one program; it is built below tmp_path."""
    monkeypatch.setattr(group, "MODULES", tmp_path)
    monkeypatch.setattr(group, "BUILD", tmp_path / "build")
    folder = tmp_path / "hello"
    folder.mkdir()
    (folder / "go.mod").write_text("module example.org/hello/v2\n\ngo 1.26.0\n")
    (folder / "main.go").write_text(MAIN)
    (folder / "group.yaml").write_text(GROUP)
    return folder


def test_built_once(hello: Path, go: Go) -> None:
    found = Group.load("hello")
    assert build.built(found) is None
    sums = build.build(found, go)
    greeter = found.output / "greeter"
    assert sums == {"greeter": build.sha256(greeter)} == build.built(found)
    said = subprocess.run([greeter], capture_output=True, text=True, check=True).stderr
    assert said == "hello v1.2-1-2\n"


@pytest.mark.parametrize("file", ["main.go", "go.mod", "group.yaml"])
def test_built_again_when_an_input_changes(hello: Path, go: Go, file: str) -> None:
    build.build(Group.load("hello"), go)
    text = (hello / file).read_text()
    (hello / file).write_text(f"{text}# more\n" if file == "group.yaml" else f"{text}// more\n")
    assert build.built(Group.load("hello")) is None


def test_built_again_when_a_binary_is_gone(hello: Path, go: Go) -> None:
    found = Group.load("hello")
    build.build(found, go)
    (found.output / "greeter").unlink()
    assert build.built(found) is None


@pytest.mark.parametrize("stamp", ["", "{", '{"key": "of another time", "sha256": {}}'])
def test_a_stamp_that_says_nothing_counts_as_not_built(hello: Path, stamp: str) -> None:
    found = Group.load("hello")
    found.output.mkdir(parents=True)
    (found.output / build.STAMP).write_text(stamp)
    assert build.built(found) is None


def test_a_failed_build_says_why_and_keeps_the_old_one(hello: Path, go: Go) -> None:
    found = Group.load("hello")
    build.build(found, go)
    (hello / "main.go").write_text(MAIN.replace("println", "printfoo"))
    with pytest.raises(ToolchainError, match=r"building hello 1\.2 failed [\s\S]*undefined: printfoo"):
        build.build(Group.load("hello"), go)
    assert (found.output / "greeter").is_file()


def test_leftovers_of_a_build_that_was_cut_off_do_no_harm(hello: Path, go: Go) -> None:
    found = Group.load("hello")
    leftover = found.output.with_name("hello.new") / "half"
    leftover.parent.mkdir(parents=True)
    leftover.write_text("half")
    assert set(build.build(found, go)) == {"greeter"}
    assert not leftover.exists()


@pytest.mark.parametrize("name", [path.parent.name for path in sorted(group.MODULES.glob("*/group.yaml"))])
def test_every_group_of_the_project_can_be_read(name: str) -> None:
    if name == "busybox" and not shutil.which("apt-cache"):
        pytest.skip("needs a Debian or Ubuntu")
    found = Group.load(name)
    made = {file for step in found.builds for file in step.binaries} | set(found.files)
    assert {*found.mirror, *found.host} <= made
    assert {binary for image in found.images for binary in image.files.values()} <= made
    go_mod = found.folder / "go.mod"
    if go_mod.exists():
        directive = next(line for line in go_mod.read_text().splitlines() if line.startswith("go "))
        assert tuple(map(int, directive.split()[1].split("."))) <= golang.MINIMUM
