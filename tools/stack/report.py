"""Where the time went: the engine's run, stage by stage."""

from collections.abc import Sequence

from tools.stack.engine import Timed

# The suffix of a resource's name → the stage it belongs to, in the order of the roll-out.
STAGES = (
    ("network", "machines"),
    ("mirror", "machines"),
    ("-instance", "machines"),
    ("survey", "survey"),
    ("-reach", "reach"),
    ("-prepare", "install control planes"),
    ("-control-plane", "start control planes"),
    ("-node", "install nodes"),
    ("-register", "join"),
    ("addons", "addons"),
    ("verification", "verification"),
)


def stages(resources: Sequence[Timed]) -> list[tuple[str, float, float]]:
    """(stage, first start, last end) in seconds, for the stages that changed something; the rest of them is "keys"."""
    spans: dict[str, tuple[float, float]] = {}
    for resource in resources:
        if resource.operation == "same" or resource.ended is None:
            continue
        stage = next((stage for suffix, stage in STAGES if resource.name.endswith(suffix)), "keys and certificates")
        first, last = spans.get(stage, (resource.started, resource.ended))
        spans[stage] = (min(first, resource.started), max(last, resource.ended))
    return sorted(((stage, *span) for stage, span in spans.items()), key=lambda row: row[1])


def table(resources: Sequence[Timed], total: float) -> str:
    """The stages as text; they overlap, so they don't add up to the total."""
    rows = [f"  {stage:24} {first:7.1f} {last:7.1f} {last - first:7.1f}" for stage, first, last in stages(resources)]
    head = f"  {'stage':24} {'from s':>7} {'to s':>7} {'took s':>7}"
    return "\n".join([head, *rows, f"  {'all':24} {0:7.1f} {total:7.1f} {total:7.1f}"])
