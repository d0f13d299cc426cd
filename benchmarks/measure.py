"""What a process costs, contestants in turn, medians, and how a cost grows."""

from __future__ import annotations

import json
import math
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import fmean, median
from typing import Any

MEMORY = 16 << 30  # bytes of address space that a process may use, so that the machine survives it


@dataclass(frozen=True)
class Cost:
    """CPU (user and system) and wall clock in seconds, the highest resident memory in MiB."""

    cpu: float = math.nan
    wall: float = math.nan
    peak: float = math.nan


@dataclass(frozen=True)
class Contestant:
    """A name with a command, which may take so many seconds; ``timed``: it prints as its last line what its own part cost."""

    name: str
    command: Sequence[str | Path]
    limit: float = 300
    timed: bool = False


@dataclass(frozen=True)
class Figure:
    """The median cost of a contestant in a case at a number of reviews.

    ``above``: it was stopped, the true cost is higher. ``note``: why there is no figure, or what else is to be told. ``each``: the
    CPU of each part, where the figure is a mean of several.
    """

    case: str
    who: str
    size: int
    cost: Cost = Cost()
    rounds: int = 0
    above: bool = False
    note: str = ""
    more: dict[str, float] = field(default_factory=dict)
    each: dict[str, float] = field(default_factory=dict)


class StoppedError(Exception):
    """A process did not end as it should; ``cost`` is what it had cost where its time was over."""

    def __init__(self, why: str, cost: Cost | None = None) -> None:
        super().__init__(why)
        self.cost = cost


def environment(cache: Path | None = None) -> dict[str, str]:
    """The environment of every process: nothing of exograph but, if given, where it keeps its cache."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("EXOGRAPH_")}
    return {**kept, "COLUMNS": "120", **({"XDG_CACHE_HOME": str(cache)} if cache else {})}


def confine(pid: int) -> None:
    """Limit the memory of a process, where the system can."""
    if sys.platform == "linux":
        resource.prlimit(pid, resource.RLIMIT_AS, (MEMORY, MEMORY))


def run(contestant: Contestant, cache: Path | None = None) -> Cost:
    """Run a command to its end. Raises StoppedError where it fails or takes too long.

    The peak is that of the process or of the largest of its children (wait4(2)). A process starts with the peak of the one that starts it,
    which is why this package loads nothing large before the last figure is taken.
    """
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        begun = time.perf_counter()
        process = subprocess.Popen(contestant.command, stdout=out, stderr=err, stdin=subprocess.DEVNULL, env=environment(cache))
        confine(process.pid)
        late = threading.Event()

        def stop() -> None:
            late.set()
            process.kill()

        timer = threading.Timer(contestant.limit, stop)
        timer.start()
        try:
            _, status, used = os.wait4(process.pid, 0)
        except BaseException:  # whoever ends the benchmarks ends what they run
            process.kill()
            raise
        finally:
            timer.cancel()
        wall = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        if late.is_set():
            raise StoppedError(f"stopped after {contestant.limit:g} s", Cost(used.ru_utime + used.ru_stime, wall, used.ru_maxrss / 1024))
        out.seek(0)
        err.seek(0)
        said, complained = ([line for line in file.read().decode(errors="replace").splitlines() if line.strip()] for file in (out, err))
        if process.returncode:
            raise StoppedError(f"exit {process.returncode}: {' '.join((complained or said or ['no word'])[-1].split())[:160]}")
    peak = used.ru_maxrss / 1024
    return Cost(**{"peak": peak, **json.loads(said[-1])}) if contestant.timed else Cost(used.ru_utime + used.ru_stime, wall, peak)


def middle(costs: Sequence[Cost]) -> Cost:
    """The median of each figure."""
    return Cost(*(median(getattr(cost, name) for cost in costs) for name in ("cpu", "wall", "peak")))


def interleaved(case: str, size: int, contestants: Sequence[Contestant], repeat: int, budget: float, cache: Path | None = None) -> list[Figure]:
    """The figures of contestants that run in turn, each round in another order.

    There are ``repeat`` rounds, fewer where ``budget`` seconds are over, and one at least. Who fails is out, and told.
    """
    costs: dict[str, list[Cost]] = {one.name: [] for one in contestants}
    out: dict[str, Figure] = {}
    begun = time.perf_counter()
    for number in range(repeat):
        if number and time.perf_counter() - begun > budget:
            break
        start = number % len(contestants)
        for one in [*contestants[start:], *contestants[:start]]:
            if one.name in out:
                continue
            try:
                costs[one.name].append(run(one, cache))
            except StoppedError as error:
                out[one.name] = Figure(case, one.name, size, error.cost or Cost(), number, error.cost is not None, str(error))
    return [out.get(name) or Figure(case, name, size, middle(found), len(found)) for name, found in costs.items()]


def exponent(costs: Mapping[int, float]) -> float:
    """How a cost grows with size: the slope of its logarithm over that of the size, by least squares; NaN for fewer than two sizes."""
    points = [(math.log(size), math.log(cost)) for size, cost in costs.items() if cost > 0]
    if len(points) < 2:
        return math.nan
    x, y = (fmean(values) for values in zip(*points, strict=True))
    return sum((a - x) * (b - y) for a, b in points) / sum((a - x) ** 2 for a, _ in points)


def geometric(values: Sequence[float]) -> float:
    """The geometric mean, NaN of nothing."""
    return math.exp(fmean(map(math.log, values))) if values else math.nan


def as_json(figure: Figure) -> dict[str, Any]:
    """A figure as JSON can hold it, without what is not known."""
    found = asdict(figure)
    found["cost"] = {name: value for name, value in found["cost"].items() if not math.isnan(value)}
    return found


def from_json(found: Mapping[str, Any]) -> Figure:
    """The figure that as_json wrote."""
    return Figure(**{**found, "cost": Cost(**found["cost"])})
