"""A cloud's node is emptied before its cloud stops it or makes it anew.

Of each node there is a command on this computer that its instance depends on. It does nothing until what the instance
is made of changes; then a control plane moves the node's pods elsewhere.
"""

from components.machines.emptying.resource import Emptying

__all__ = ["Emptying"]
