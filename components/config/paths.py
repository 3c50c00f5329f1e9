"""Where the paths of files in settings start."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
"""The project's folder."""


def resolved(path: Path, root: Path = ROOT) -> Path:
    """A path of the settings as one of this computer: relative to the project's folder, `~` is the home folder."""
    return root / path.expanduser()
