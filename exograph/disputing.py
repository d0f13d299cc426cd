"""The commands that hold sources side by side: the heat map of a comparison across them, disputes, and what explains them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from exograph.options import ENDPOINT, ENGINE, FINE, FORMAT, ROOT, Commands, argument, declaring, out, put, say

DISPUTING: Commands = {}
command = declaring(DISPUTING)


def mapped(
    topic: str, criteria: Sequence[str], since: int | None, sources: Sequence[str], root: Path | None, using: str, endpoint: str | None
) -> int:
    """Print the heat map of all sources, with what its signs mean and what to know of the sources."""
    from exograph import agreement, api
    from exograph.terminal import coloured, width

    found = api.built(root, endpoint)
    engine = api.engine(found, using)
    counted = agreement.tallies(found, topic, criteria, since, sources, engine)
    out(agreement.picture(counted, width(), coloured()))
    say(f"{agreement.LEGEND}; {len(counted.sources)} sources. exograph explain METHOD CRITERION shows who says what.")
    if counted.undated:
        say(f"left out, as no year is known: {', '.join(counted.undated.values())}")
    for hint, _ in agreement.alike(found, engine, counted.sources.values()):
        say(hint)
    return FINE


@command(
    argument("about", nargs="?", metavar="METHOD|CRITERION", help="a method or a criterion, by CURIE, IRI or label; without it, all disputes"),
    argument("--topic", metavar="TOPIC", help="disputes on the members of a topic only, such as isolation"),
    ROOT, FORMAT, ENGINE, ENDPOINT,
)  # fmt: skip
def disputes(about: str | None, topic: str | None, root: Path | None, form: str, using: str, endpoint: str | None) -> int:
    """Show where sources contradict each other or themselves, the strongest dispute first.

    Example: exograph disputes yield --topic isolation
    """
    from exograph import api

    put(api.disputes(about, topic, root, using, endpoint), form)
    return FINE


@command(
    argument("subject", metavar="METHOD", help="a method or another thing that is judged, by CURIE, IRI or label"),
    argument("criterion", metavar="CRITERION", help="a criterion, by CURIE, IRI or label"),
    ROOT, FORMAT, ENGINE, ENDPOINT,
)  # fmt: skip
def explain(subject: str, criterion: str, root: Path | None, form: str, using: str, endpoint: str | None) -> int:
    """Show every statement of the sources on a method by a criterion, for and against, with source and place.

    Example: exograph explain ultracentrifugation yield
    """
    from exograph import agreement, api

    put(api.explain(subject, criterion, root, using, endpoint), form)
    found = api.built(root, endpoint)
    for line in agreement.summary(found, subject, criterion, api.engine(found, using)):
        say(line)
    return FINE
