"""``python -m benchmarks``: measure all cases and write the report."""

from __future__ import annotations

import argparse
import json
import os
import shlex
import signal
import sys
import time
from dataclasses import fields
from pathlib import Path

from benchmarks import report
from benchmarks.cases import CASES, REPOSITORY, Data, Limits
from benchmarks.measure import Figure, as_json, from_json

WORK = REPOSITORY / "build" / "benchmarks"


def say(text: str) -> None:
    """Tell on stderr how far it is."""
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def measured(names: list[str], sizes: list[int], limits: Limits, work: Path) -> list[Figure]:
    """The figures of the cases named; where one fails that is told in its place, and the next begins."""
    figures: list[Figure] = []
    one = Data(work, 1, limits)
    data = {1: one, **{size: Data(work, size, limits, one) for size in sizes if size != 1}}
    for place in data.values():
        place.folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        case, wanted = CASES[name]
        for size in (size for size in sizes if wanted(size, limits)):
            begun = time.perf_counter()
            try:
                found = [*case(data[size], limits)]
            except Exception as error:  # whatever it is, the other cases go on
                found = [Figure(name, "all", size, note=f"{type(error).__name__}: {' '.join(str(error).split())[:200]}")]
            figures += found
            told = ", ".join(f"{one.who} {report.seconds(one.cost.wall, one.above) if one.cost.wall > 0 else one.note}"[:100] for one in found)
            say(f"{name} {size}: {told} ({time.perf_counter() - begun:.0f} s)")
    return figures


def main() -> None:
    """Read the options, measure, write."""
    read = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure exograph beside its peers, and write the report.")
    read.add_argument("--sizes", default="1,10,100", help="numbers of reviews; 1000 asks for some 12 GB of N-Quads and 25 GB of stores")
    read.add_argument("--only", action="append", choices=[*CASES], help="a case, may be repeated; the other figures are those of the run before")
    read.add_argument("--out", type=Path, default=REPOSITORY / "docs" / "performance.md", help="the report; the picture stands beside it")
    read.add_argument("--work", type=Path, default=WORK, help="where data and figures are kept")
    for one in fields(Limits):
        read.add_argument(f"--{one.name}", type=type(one.default), default=one.default)
    given = read.parse_args()
    limits = Limits(**{one.name: getattr(given, one.name) for one in fields(Limits)})
    work = given.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    kept, about = work / "figures.json", report.machine()
    former = json.loads(kept.read_text(encoding="utf-8")) if given.only and kept.exists() else {"figures": [], "commands": []}
    before = [from_json(one) for one in former["figures"]]
    commands = [*former["commands"], shlex.join(["python", "-m", "benchmarks", *sys.argv[1:]])]
    os.chdir(REPOSITORY)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what runs is ended as well
    names = given.only or [*CASES]
    figures = measured(names, [int(size) for size in given.sizes.split(",")], limits, work)
    about["load after"] = f"{os.getloadavg()[0]:.1f}"
    done = {(one.case, one.size) for one in figures}
    figures = [one for one in before if (one.case, one.size) not in done] + figures
    kept.write_text(json.dumps({"about": about, "commands": commands, "figures": [as_json(one) for one in figures]}, indent=1), encoding="utf-8")
    report.write(figures, about, "\n".join(commands), given.out)
    say(f"written: {given.out}")


if __name__ == "__main__":
    main()
