"""What is asked of a cloud before anything is made, and how a wrong answer is told."""

import sys
from collections.abc import Sequence
from typing import NoReturn

import pulumi

from components.config.problems import ConfigError, Problem
from components.config.stack import ALREADY_SAID


def stop(problems: Sequence[Problem]) -> NoReturn:
    """End the program with these mistakes as its message: nothing has been changed."""
    pulumi.log.error(str(ConfigError(problems)))
    sys.exit(ALREADY_SAID)


def invoke_options(opts: pulumi.ResourceOptions) -> pulumi.InvokeOptions:
    """For a question: the provider that resources with these options use."""
    return pulumi.InvokeOptions(parent=opts.parent)
