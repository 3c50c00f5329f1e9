"""The one error that set-up shows to a user: a sentence, without a stack trace."""


class ToolchainError(Exception):
    """Says which step failed, what was expected and found, and what to do next."""
