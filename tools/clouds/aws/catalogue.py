"""What AWS offers: its images; regions, zones and instance types are moto's tables of the real ones."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

_IMAGES: Final = Path(__file__).with_name("amis.json")
# Start of an image's name → what the data plane makes an instance of.
_SYSTEMS: Final = {"debian-12-": "debian-12", "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-": "ubuntu-24.04"}


def configure_moto() -> None:
    """Gives moto our images, and turns on its checks that are off by default. Call it before moto's EC2 is imported."""
    os.environ["MOTO_AMIS_PATH"] = str(_IMAGES)
    from moto import settings

    settings.ENABLE_AMI_VALIDATION = True
    settings.ENABLE_KEYPAIR_VALIDATION = True
    settings.EC2_ENABLE_INSTANCE_TYPE_VALIDATION = True


def system(image_name: str) -> str:
    """The system on an image; the image's own name for one of the user's."""
    return next((name for start, name in _SYSTEMS.items() if image_name.startswith(start)), image_name)
