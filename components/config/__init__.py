"""The stack's settings: declared once, typed, checked, documented."""
