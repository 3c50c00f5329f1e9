"""Writes the JSON schema of stack files and the configuration reference: `python -m tools.schema`."""

from tools.schema.generated import ROOT, generated


def main() -> None:
    """Write what changed, and say so."""
    for path, content in generated().items():
        if not path.exists() or path.read_text(encoding="utf-8") != content:
            path.write_text(content, encoding="utf-8")
            print(f"wrote {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
