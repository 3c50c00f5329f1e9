"""The base of all settings: frozen, camelCase in YAML, unknown keys refused."""

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class Settings(BaseModel):
    """A group of settings. Python names in the program, camelCase in stack files."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        # An input may hold a secret; errors are worded by the loader, which knows which may be shown.
        hide_input_in_errors=True,
    )
