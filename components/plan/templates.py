"""Renders the files below `components/files/`: each lies there at the path it has on the machine."""

from functools import cache
from pathlib import Path

import jinja2

from components.plan.model import Cluster, Member

FILES = Path(__file__).parent.parent / "files"


@cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(FILES),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        # The files are units and manifests, not HTML.
        autoescape=False,
    )


@cache
def _source(path: str) -> tuple[str, bool]:
    """The name of the file that gives `path` (relative, as below `files/`) and whether it is a template."""
    for name, templated in ((f"{path}.j2", True), (path, False)):
        if (FILES / name).is_file():
            return name, templated
    raise FileNotFoundError(f"components/files/{path} is missing")


def render(path: str, cluster: Cluster, machine: Member, **more: object) -> str:
    """The content of the file at `path` (absolute, on the machine) for that machine."""
    return fill(path, cluster=cluster, machine=machine, **more)


def fill(path: str, **values: object) -> str:
    """The content of the file at `path` (absolute, on the machine) with these values filled in."""
    name, templated = _source(path.lstrip("/"))
    if not templated:
        return _text(name)
    return _environment().get_template(name).render(**values)


@cache
def _text(name: str) -> str:
    return (FILES / name).read_text()
