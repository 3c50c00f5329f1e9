"""The one error users see."""

from __future__ import annotations


class MachineError(Exception):
    """Something a user can act on: one sentence that says what, expected, found and what to do next."""
