"""What must hold between settings, and between settings and the world around them.

Each rule takes the `Facts` and yields a problem for every place where it does not hold.
"""

from collections.abc import Callable, Iterable

from components.config.facts import Facts
from components.config.problems import Problem

Rule = Callable[[Facts], Iterable[Problem]]
RULES: tuple[Rule, ...] = ()
