"""The report: a table of the bars, a table of all figures, and a picture of both."""

from __future__ import annotations

import math
import os
import platform
import re
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks.bars import BARS, Verdict, judged, ratio
from benchmarks.measure import Figure, exponent

BEGIN, END = "<!-- measured -->", "<!-- /measured -->"
PACKAGES = ("exograph", "pyoxigraph", "rdflib", "pyshifty", "pyshacl", "rdflib-endpoint", "starlette", "uvicorn")
FRAME = f"# Speed, as ratios\n\n{BEGIN}\n{END}\n"


def machine() -> dict[str, str]:
    """What it was measured on: system, processor, memory, load, and the versions of all that took part."""
    info = Path("/proc/cpuinfo")
    model = re.search(r"model name\s*: (.*)", info.read_text(encoding="utf-8")) if info.exists() else None
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    found = {"system": f"{platform.system()} {platform.machine()}", "processor": f"{model[1] if model else '?'}, {os.cpu_count()} cores"}
    found |= {"memory": f"{memory:.0f} GiB", "load before": f"{os.getloadavg()[0]:.1f}", "Python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "absent"
    return found


def number(value: float, sign: str = "") -> str:
    """Three digits, or a dash for what is not known."""
    if math.isnan(value):
        return "–"
    return f"{sign}{value:.0f}" if value >= 100 else f"{sign}{value:.3g}"


def seconds(value: float, bound: bool = False) -> str:
    """A time with a unit that fits."""
    if math.isnan(value):
        return "–"
    sign = "> " if bound else ""
    return f"{number(value, sign)} s" if value >= 1 else f"{number(value * 1000, sign)} ms"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    return "\n".join("| " + " | ".join(row) + " |" for row in (heads, ["---"] * len(heads), *rows)) + "\n"


def _cost(found: Figure | None, measure: str) -> str:
    if found is None:
        return "–"
    value = getattr(found.cost, measure)
    return f"{number(value)} MiB" if measure == "peak" else seconds(value, found.above)


def _bar(verdict: Verdict) -> list[str]:
    bar, ours, peer = verdict.bar, verdict.ours, verdict.peer
    shown = number(verdict.value, verdict.sign)
    wall = number(ratio(bar, ours, peer, "wall"), verdict.sign) if ours and peer and bar.measure == "cpu" else "–"
    against = f"{bar.peer}: {_cost(peer, bar.measure)}" if bar.peer else "–"
    value = f"{shown} ({bar.measure})" if bar.peer and bar.measure != "cpu" else shown
    return [bar.what, verdict.size, _cost(ours, bar.measure), against, value, wall, bar.text, verdict.met]


def _growth(figures: Sequence[Figure]) -> list[list[str]]:
    found: dict[tuple[str, str], dict[int, float]] = {}
    for one in figures:
        if one.cost.cpu > 0 and not one.above:
            found.setdefault((one.case, one.who), {})[one.size] = one.cost.cpu
    return [[case, who, ", ".join(map(str, costs)), f"{exponent(costs):.2f}"] for (case, who), costs in found.items() if len(costs) > 1]


def _figure(one: Figure) -> list[str]:
    more = "; ".join(f"{name} {number(value)}" for name, value in one.more.items() if not math.isnan(value))
    note = "; ".join(part for part in (more, one.note) if part).replace("|", "\\|")
    times = (seconds(one.cost.cpu, one.above), seconds(one.cost.wall, one.above))
    return [one.case, str(one.size), one.who, *times, number(one.cost.peak), str(one.rounds), note]


def markdown(figures: Sequence[Figure], about: Mapping[str, str], command: str, picture: str) -> str:
    """The measured part of the report."""
    verdicts = [judged(bar, figures) for bar in BARS]
    bars = table(("what", "reviews", "ours", "peer", "ratio or exponent (CPU)", "ratio (wall)", "bar", "met?"), map(_bar, verdicts))
    growth = table(("case", "who", "reviews", "exponent of CPU"), _growth(figures))
    costs = table(("case", "reviews", "who", "CPU", "wall", "peak MiB", "rounds", "besides"), map(_figure, figures))
    told = "; ".join(f"{name} {value}" for name, value in about.items())
    return f"""```sh
{command}
```

{told}.

![Left: each ratio over its bar. Right: CPU over the number of reviews.]({picture})

{bars}
“≤ 2×”: we cost at most twice what the peer costs; “≥ 6×”: the peer costs at least six times what we do. Medians of interleaved rounds;
what was stopped is marked by >, a ratio to it by > or <.

## Growth

{growth}
## All figures

{costs}"""


def draw(figures: Sequence[Figure], target: Path) -> None:
    """The picture as SVG: how far each ratio is from its bar, and how CPU grows with the number of reviews."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams |= {"svg.fonttype": "none", "svg.hashsalt": "exograph", "font.size": 8}
    from matplotlib import pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(13, 5.2), layout="constrained")
    shown = [found for found in (judged(bar, figures) for bar in reversed(BARS)) if not math.isnan(found.value) and found.value > 0]
    over = [found.value / found.bar.limit if found.bar.most else found.bar.limit / found.value for found in shown]
    names = [f"{found.bar.what} – {found.bar.peer or 'exponent'}" for found in shown]
    colours = [{"yes": "#2a7f62", "open": "#999999"}.get(found.met, "#c8553d") for found in shown]
    left.barh(names, [max(value, 0.02) for value in over], color=colours)
    left.axvline(1, color="black", linewidth=1)
    left.set(xscale="log", xlabel="share of the bar that is used up; right of the line it is not met")
    lines: dict[tuple[str, str], list[tuple[int, float]]] = {}
    for one in figures:
        if one.cost.cpu > 0 and not one.above:
            lines.setdefault((one.case, one.who), []).append((one.size, one.cost.cpu))
    cases = sorted({case for case, _ in lines})
    for (case, who), points in sorted(lines.items()):
        if len(points) > 1:
            style = "-" if who == "exograph" else "--"
            right.plot(*zip(*sorted(points), strict=True), style, marker=".", label=f"{case}: {who}", color=f"C{cases.index(case)}")
    right.set(xscale="log", yscale="log", xlabel="reviews", ylabel="CPU, seconds")
    if right.lines:
        right.legend(fontsize=7, loc="upper left", bbox_to_anchor=(1, 1))
    figure.savefig(target, metadata={"Date": None})
    plt.close(figure)


def write(figures: Sequence[Figure], about: Mapping[str, str], command: str, target: Path) -> None:
    """Write the measured part into a report, of which all else, written by hand, stays, and the picture beside it."""
    text = target.read_text(encoding="utf-8") if target.exists() else FRAME
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    picture = target.with_suffix(".svg")
    target.parent.mkdir(parents=True, exist_ok=True)
    draw(figures, picture)
    target.write_text(f"{before}{BEGIN}\n{markdown(figures, about, command, picture.name)}{END}{after}", encoding="utf-8", newline="\n")
