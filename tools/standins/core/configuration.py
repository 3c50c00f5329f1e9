"""What a plugin is told before it is asked for anything: the inputs of the provider itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tools.standins.core.schema import Failure


class Configuration:
    """The configuration of a plugin that has none. Those of the clouds have a region, credentials and so on."""

    def problems(self, given: Mapping[str, Any]) -> list[Failure]:
        """What is wrong with the provider's inputs. Values may be unknown."""
        return []

    def replaces(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[str, ...]:
        """The inputs whose change means other resources: another region, another account."""
        return ()

    async def configure(self, given: Mapping[str, Any]) -> None:
        """Takes the inputs. Raises StandInError, which fails whatever the program asks of the provider."""
