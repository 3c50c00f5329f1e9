"""The stage `bootstrap`: a running control plane and joined nodes."""

from components.bootstrap.bootstrap import Bootstrap

__all__ = ["Bootstrap"]
