"""The bars: what is to be how much cheaper than what."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.measure import Figure, exponent

OURS = "exograph"


@dataclass(frozen=True)
class Bar:
    """What holds when it is met: ``most``, we cost at most so many times the peer; else the peer costs at least so many times what we do.

    Without a peer it bounds the exponent of our cost in the number of reviews. ``size``: at how many reviews it holds; None for the largest
    at which both were measured. ``measure`` is a field of Cost.
    """

    what: str
    case: str
    limit: float
    peer: str | None = None
    most: bool = True
    measure: str = "cpu"
    size: int | None = None
    ours: str = OURS

    @property
    def text(self) -> str:
        """The bar in words."""
        if self.peer is None:
            return f"exponent ≤ {self.limit:g}"
        return f"{'≤' if self.most else '≥'} {self.limit:.3g}×"


BARS = (
    Bar("process start to first answer", "ask", 2, "pyoxigraph", size=1),
    Bar("process start to first answer", "ask", 6, "rdflib", most=False, size=1),
    Bar("process start to first answer, growth", "ask", 0.05),
    Bar("`import exograph`", "import", 2, "pyoxigraph"),
    Bar("saved local questions, in process", "local", 1.3, "pyoxigraph"),
    Bar("saved local questions, in process", "local", 25, "rdflib", most=False),
    Bar("saved local questions, growth", "local", 0.15),
    Bar("comparison matrix", "compare", 50, "rdflib", most=False),
    Bar("build from rows to release, without Java", "build", 3, "rdflib parses its Turtle"),
    Bar("build, growth", "build", 1.1),
    Bar("load of N-Quads into the embedded store", "load", 0.9, "pyoxigraph", most=False),
    Bar("full validation", "validate", 15, "pySHACL", most=False),
    Bar("full validation, growth", "validate", 1.15),
    Bar("the shapes, on data at hand", "shapes", 15, "pySHACL", most=False),
    Bar("the shapes, growth", "shapes", 1.15),
    Bar("deterministic export", "export", 1.5, "pyoxigraph, RDFC-1.0"),
    Bar("HTTP light query, with the guard", "http", 3, "rdflib-endpoint", most=False, measure="wall"),
    Bar("HTTP light query, without the guard", "http", 3, "rdflib-endpoint", most=False, measure="wall", ours="without the guard"),
    Bar("memory of a session", "local", 1.2, "pyoxigraph", measure="peak"),
)


@dataclass(frozen=True)
class Verdict:
    """A bar with what was measured: at what size, the figures of both, the ratio or exponent; NaN where there is none."""

    bar: Bar
    size: str = "–"
    ours: Figure | None = None
    peer: Figure | None = None
    value: float = math.nan

    @property
    def sign(self) -> str:
        """On which side of what is told the true value lies, where the peer was stopped; else nothing."""
        return ("< " if self.bar.most else "> ") if self.peer and self.peer.above else ""

    @property
    def met(self) -> str:
        """Yes, no, open where the peer was stopped too early to tell, or not measured."""
        if math.isnan(self.value):
            return "not measured"
        holds = self.value <= self.bar.limit if self.bar.most else self.value >= self.bar.limit
        return "yes" if holds else "open" if self.sign else "no"


def ratio(bar: Bar, ours: Figure, peer: Figure, measure: str) -> float:
    """The ratio that a bar bounds, by a field of Cost."""
    a, b = getattr(ours.cost, measure), getattr(peer.cost, measure)
    return float(a / b if bar.most else b / a) if a > 0 and b > 0 else math.nan


def judged(bar: Bar, figures: Sequence[Figure]) -> Verdict:
    """What the figures say of a bar."""
    ours = {f.size: f for f in figures if (f.case, f.who) == (bar.case, bar.ours) and getattr(f.cost, bar.measure) > 0 and not f.above}
    if bar.peer is None:
        return Verdict(bar, ", ".join(map(str, sorted(ours))) or "–", value=exponent({n: getattr(f.cost, bar.measure) for n, f in ours.items()}))
    peers = {f.size: f for f in figures if (f.case, f.who) == (bar.case, bar.peer) and getattr(f.cost, bar.measure) > 0}
    both = [size for size in sorted(ours) if size in peers and bar.size in {None, size}]
    if not both:
        return Verdict(bar)
    at = both[-1]
    return Verdict(bar, str(at), ours[at], peers[at], ratio(bar, ours[at], peers[at], bar.measure))
