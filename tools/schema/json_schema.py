"""The JSON schema of a stack file, for editors: the settings as Pulumi wants them, below `config`, with a prefix."""

from typing import Any

from components.config.settings import ClusterConfig

PREFIX = "kubernetes:"
# What Pulumi itself keeps in a stack file.
PULUMIS_OWN = ("encryptionsalt", "encryptedkey", "secretsprovider", "environment")
SECRET = {
    "type": "object",
    "description": "A Pulumi secret, as `pulumi config set --secret` writes it.",
    "properties": {"secure": {"type": "string"}},
    "required": ["secure"],
    "additionalProperties": False,
}


def stack_schema() -> dict[str, Any]:
    """The schema of `stacks/Pulumi.NAME.yaml`."""
    settings = _tidy(ClusterConfig.model_json_schema(by_alias=True))
    properties = {f"{PREFIX}{name}": schema for name, schema in settings["properties"].items()}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "A stack of Kubernetes from scratch",
        "type": "object",
        "properties": {
            "config": {
                "type": "object",
                "properties": properties,
                "required": [f"{PREFIX}{name}" for name in settings["required"]],
                # Other namespaces are other packages' settings.
                "patternProperties": {f"^(?!{PREFIX})": {}},
                "additionalProperties": False,
            },
            **{name: {} for name in PULUMIS_OWN},
        },
        "required": ["config"],
        "additionalProperties": False,
        "$defs": settings["$defs"],
    }


def _tidy(schema: Any) -> Any:
    """Without `null` (a setting is left out instead), empty defaults and titles; secrets as Pulumi writes them."""
    if isinstance(schema, list):
        return [_tidy(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("format") == "password":
        return SECRET | {"description": f"{schema.get('description', '')} {SECRET['description']}".strip()}
    kept = {name: value for name, value in schema.items() if not _is_noise(name, value)}
    options = [option for option in schema.get("anyOf", []) if option != {"type": "null"}]
    if len(options) == 1:
        own = {name: value for name, value in kept.items() if name != "anyOf"}
        return _tidy(options[0] | own)
    if "$ref" in kept and len(kept) > 1:
        # Draft 7 reads nothing beside a reference.
        kept["allOf"] = [{"$ref": kept.pop("$ref")}]
    return {name: _tidy(value) for name, value in kept.items()}


def _is_noise(name: str, value: Any) -> bool:
    """Pydantic's titles, and defaults that are empty or a whole group (its fields have theirs)."""
    return (name == "title" and isinstance(value, str)) or (name == "default" and isinstance(value, dict | list | None))
