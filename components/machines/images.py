"""Images are looked up once: a newer one of the same name replaces no machine that is there."""

from __future__ import annotations

import pulumi

from components.plan.pools import ImageQuery


def pinned(name: str, query: ImageQuery, found: pulumi.Output[str], opts: pulumi.ResourceOptions) -> pulumi.Output[str]:
    """The image that was found when this was first asked; another query, and only that, takes what is found now.

    The stack's state keeps it (a Stash, one for each pool), so it is also what a machine that is added later gets.
    """
    keep = pulumi.ResourceOptions(replacement_trigger=query.text, ignore_changes=["input"])
    stash = pulumi.Stash(f"{name}-image", input=found, opts=pulumi.ResourceOptions.merge(opts, keep))
    image: pulumi.Output[str] = stash.output
    return image
