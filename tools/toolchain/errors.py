"""The one error that set-up shows to a user: a sentence, without a stack trace."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from components.config.problems import ConfigError


class ToolchainError(Exception):
    """Says which step failed, what was expected and found, and what to do next."""


@contextmanager
def report() -> Iterator[None]:
    """End the program with the sentence of an error that is meant for the user."""
    try:
        yield
    except (ToolchainError, ConfigError) as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        print("interrupted: run the same command again to go on where it stopped", file=sys.stderr)
        sys.exit(130)
