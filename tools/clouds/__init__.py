"""Clouds on this computer: control planes that speak a cloud's API, and a data plane that makes real what they hold."""
