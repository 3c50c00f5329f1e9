"""The plugin `command` as if every command succeeded at once."""
