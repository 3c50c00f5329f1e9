"""The stage `plan`: from the configuration to everything that is decided before a machine exists. Pure."""

from components.plan.plan import Plan, make_plan

__all__ = ["Plan", "make_plan"]
