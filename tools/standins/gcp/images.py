"""How a program may name an image."""

from __future__ import annotations

from typing import Final

# What the official provider knows by the beginning of a name without a project.
_PROJECTS: Final = {"debian": "debian-cloud", "ubuntu": "ubuntu-os-cloud"}


def image_path(name: str) -> str:
    """The path for PROJECT/FAMILY, PROJECT/IMAGE, a family or an image of a known project, a path or a link."""
    if "global/images/" in name:
        return name
    project, _, rest = name.rpartition("/")
    project = project or _PROJECTS.get(rest.split("-")[0], "")
    # An image's name ends with its date, a family's does not.
    is_image = rest.rpartition("-v")[2].isdigit() and len(rest.rpartition("-v")[2]) == len("20260101")
    return f"projects/{project}/global/images/{'' if is_image else 'family/'}{rest}"
