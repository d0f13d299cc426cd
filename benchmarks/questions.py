"""Saved questions in process: one session an engine, each question put to all of them in turn."""

from __future__ import annotations

import json
import math
import select
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import yaml

from benchmarks.generate import KEY
from benchmarks.measure import Contestant, Cost, Figure, StoppedError, confine, environment, geometric

ARTICLE = "exog:Article"
LONG = 1.0  # seconds; what takes longer is asked once
READY = 900.0  # seconds until a session has loaded what it answers from
GRACE = 6  # how many times its limit a question may take before its session is ended, as only rdflib can be stopped in a query
Job = dict[str, Any]


@dataclass
class Session:
    """A process that answers one job after the other; see peers/session.py."""

    process: subprocess.Popen[str]

    def told(self, patience: float) -> dict[str, Any]:
        """The next word of the process. Raises StoppedError where it has ended or says nothing for so many seconds."""
        assert self.process.stdout
        if not select.select([self.process.stdout], [], [], patience)[0]:
            self.process.kill()
        if not (line := self.process.stdout.readline()):
            raise StoppedError(f"the session ended, or said nothing for {patience:g} s")
        found: dict[str, Any] = json.loads(line)
        return found

    def ask(self, job: Job) -> dict[str, Any]:
        """What a job cost, with its rows, or why it failed. Raises StoppedError."""
        assert self.process.stdin
        try:
            self.process.stdin.write(json.dumps(job) + "\n")
            self.process.stdin.flush()
        except OSError as error:
            raise StoppedError("the session ended") from error
        return self.told(job["limit"] * GRACE)


@contextmanager
def sessions(contestants: Sequence[Contestant], cache: Path | None = None) -> Iterator[dict[str, Session | str]]:
    """The sessions of contestants, once they are ready, or why there is none; all end with the block."""
    with ExitStack() as stack:
        found: dict[str, Session | str] = {}
        for one in contestants:
            pipes = subprocess.Popen(
                one.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment(cache)
            )
            process = stack.enter_context(pipes)
            stack.callback(process.kill)
            confine(process.pid)
            found[one.name] = Session(process)
        for name, one_ in found.items():
            try:
                assert isinstance(one_, Session)
                one_.told(READY)
            except StoppedError as error:
                found[name] = str(error)
        yield found


def term(prefixes: Mapping[str, str], kind: str, value: str) -> tuple[str, str | None]:
    """The IRI that a CURIE stands for, or a value with its datatype."""
    if kind.startswith("xsd:"):
        return value, "http://www.w3.org/2001/XMLSchema#" + kind.removeprefix("xsd:")
    prefix, _, name = value.partition(":")
    return prefixes[prefix] + name, None


def jobs(folder: Path, prefixes: Mapping[str, str], limit: float) -> list[Job]:
    """Each call of a saved question that sets a parameter, by default or by a case that its header names; those that ask other servers are left out.

    What takes a review is asked of all of them, as the cost of many is what is measured.

    A call is ``local`` where a parameter is one thing of one review, to which the answer is bound.
    """
    found = []
    for path in sorted((folder / "ask").glob("*.rq")):
        text = path.read_text(encoding="utf-8")
        header = yaml.safe_load("\n".join(line[2:].removeprefix(" ") for line in text.splitlines() if line.startswith("#+")))
        if "federated" in header or not (takes := header.get("parameters")):
            continue
        for case, settings in {"": {}, **header.get("cases", {})}.items():
            freed = {name: "" for name, entry in takes.items() if entry["type"] == ARTICLE}
            given = {name: str(settings.get(name, entry.get("default", "")) or "") for name, entry in takes.items()} | freed
            set_ = {name: value for name, value in given.items() if value}
            if not set_ or any(
                not takes[name]["type"].startswith("xsd:") and value.partition(":")[0] not in prefixes for name, value in set_.items()
            ):
                continue
            terms = {name: term(prefixes, takes[name]["type"], value) for name, value in set_.items()}
            local = any(value.startswith(f"{KEY}:") for value in set_.values())
            shown = {name: str(value) for name, value in settings.items()} | freed
            found.append({"name": path.stem, "case": case, "settings": shown, "query": text, "terms": terms, "local": local, "limit": limit})
    return found


def put(job: Job, engines: Mapping[str, Session], repeat: int, start: int = 0) -> dict[str, dict[str, Any]]:
    """The median cost of a job for each engine, asked in turn, each round in another order."""
    names = list(engines)
    told: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    for number in range(repeat):
        first = (start + number) % len(names)
        for name in [*names[first:], *names[:first]]:
            if not told[name] or ("error" not in told[name][0] and told[name][0]["wall"] < LONG):
                told[name].append(engines[name].ask(job))
    costs = {name: {key: median(one[key] for one in found) for key in ("cpu", "wall", "peak")} for name, found in told.items()}
    return {name: {**found[0], **costs[name], "rounds": len(found)} for name, found in told.items()}


def measured(case: str, size: int, contestants: Sequence[Contestant], asked: Sequence[Job], repeat: int, cache: Path | None) -> list[Figure]:
    """The figures of sessions over all questions asked: the geometric mean of what a question costs, and the highest memory of the session.

    Only questions that every engine can answer count, so that all figures are of the same ones. One that was stopped counts with its limit.
    ``more`` holds how many questions there are and the worst ratio to pyoxigraph, ``note`` the question that has it.
    """
    with sessions(contestants, cache) as found:
        live = {name: one for name, one in found.items() if isinstance(one, Session)}
        results = [put(job, live, repeat, number) for number, job in enumerate(asked)] if live else []
    pairs = [(f"{job['name']} {job.get('case', '')}".strip(), told) for job, told in zip(asked, results, strict=bool(live))]
    pairs = [(question, told) for question, told in pairs if all("error" not in one for one in told.values())]
    whole = [told for _, told in pairs]
    faults = [f"{job['name']} {one}: {told[one]['error']}" for job, told in zip(asked, results, strict=False) for one in told if "error" in told[one]]
    figures = []
    for name, state in found.items():
        if not isinstance(state, Session) or not whole:
            figures.append(Figure(case, name, size, note=state if isinstance(state, str) else (faults or ["nothing was asked"])[0]))
            continue
        late = sum("rows" not in told[name] for told in whole)
        ratios = {question: told[name]["cpu"] / told["pyoxigraph"]["cpu"] for question, told in pairs if "pyoxigraph" in told}
        worst = max(ratios, key=lambda question: ratios[question], default="")
        notes = [f"worst beside pyoxigraph: {worst}"] * (bool(worst) and name != "pyoxigraph" and len(whole) > 1)
        notes += [f"{late} of {len(whole)} stopped"] * bool(late) + [fault for fault in faults if f" {name}: " in fault][:2]
        cpu, wall = (geometric([told[name][key] for told in whole]) for key in ("cpu", "wall"))
        cost = Cost(cpu, wall, max(told[name]["peak"] for told in results))
        rounds = min(told[name]["rounds"] for told in whole)
        more = {"questions": float(len(whole)), "worst ratio": ratios.get(worst, math.nan)}
        each = {question: told[name]["cpu"] for question, told in pairs}
        figures.append(Figure(case, name, size, cost, rounds, bool(late), "; ".join(notes)[:300], more, each))
    return figures
