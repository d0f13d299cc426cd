"""What README and docs show, and how it is made: ``python -m tests.docs`` writes it anew.

A console block shows a command and its output, a python block is followed by its output, a sparql
block by its answer, and the picture of the classes is drawn from the ontology. New terms are added to
the list of released IRIs, and none is taken out of it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from rdflib import OWL, RDF, RDFS

from exograph.answers import answer, write
from exograph.api import engine as engine_of
from exograph.built import Built
from exograph.graphs import build
from exograph.places import ROOMS
from exograph.release import release
from tests.conftest import REPOSITORY
from tests.rdf import EXOG, GRAPH

README = REPOSITORY / "README.md"
MODEL = REPOSITORY / "docs" / "model.md"
RELEASED = REPOSITORY / "ontology" / "released-iris.txt"
RELEASE = REPOSITORY / "docs" / "release.md"
CONSOLE = re.compile(r"```console\n\$ (?P<asked>.+)\n(?P<shown>[\s\S]*?)\n```")
PYTHON = re.compile(r"```python\n(?P<asked>[\s\S]*?)```\n\n```output\n(?P<shown>[\s\S]*?)\n```")
SPARQL = re.compile(r"```sparql\n(?P<asked>[\s\S]*?)```\n\n```csv\n(?P<shown>[\s\S]*?)```")
WALK = REPOSITORY / "docs" / "add-a-review.md"
STEP = re.compile(r"```(?P<kind>console|toml|row|mend)(?P<where>[^\n]*)\n(?P<body>[\s\S]*?)\n```")
PICTURE = re.compile(r"<!-- picture -->(?P<asked>)\n```mermaid\n(?P<shown>[\s\S]*?)```")


def environment(**more: str) -> dict[str, str]:
    folder = str(Path(sys.executable).parent)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("EXOGRAPH")}
    return {**kept, "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}", "COLUMNS": "100", "EXOGRAPH_ROOT": str(REPOSITORY), **more}


def console(command: str) -> str:
    """What a command prints to stdout, in the shell, in the checkout."""
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False, env=environment(), cwd=REPOSITORY)
    return done.stdout.rstrip("\n")


def python(code: str, folder: Path = REPOSITORY) -> str:
    """What a piece of Python prints, run in a folder. Raises RuntimeError where it fails, as docs show no traceback."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env=environment(), cwd=folder)
    if done.returncode:
        raise RuntimeError(f"{code}\n{done.stderr}")
    return done.stdout.rstrip("\n")


def sparql(built: Built, query: str, engine: str = "oxigraph") -> str:
    """The answer to a query without prefixes, as CSV."""
    prefixes = "".join(f"PREFIX {name}: <{namespace}>\n" for name, namespace in built.prefixes.map.items())
    return write(answer(engine_of(built, engine).select(prefixes + query), built.prefixes), "csv")


def picture(built: Built) -> str:
    """The classes of the ontology as a Mermaid flow chart: an arrow from each class to the class it is a kind of."""
    ontology = built.dataset.graph(GRAPH.ontology)
    classes = sorted((cls for cls in ontology.subjects(RDF.type, OWL.Class) if str(cls).startswith(str(EXOG))), key=str)
    names = {cls: str(cls).removeprefix(str(EXOG)) for cls in classes}
    pairs = [(cls, sup) for cls in classes for sup in sorted(ontology.objects(cls, RDFS.subClassOf), key=str) if sup in names]
    drawn = {cls for pair in pairs for cls in pair}
    lines = [f'  {names[cls]}["{ontology.value(cls, RDFS.label)}"]' for cls in classes if cls in drawn]
    return "\n".join(["flowchart RL", *lines, *(f"  {names[cls]} --> {names[sup]}" for cls, sup in pairs)]) + "\n"


def terms(built: Built) -> set[str]:
    """The CURIEs of the terms of the ontology, live and deprecated."""
    found = {built.prefixes.contract(str(term)) for term in built.dataset.graph(GRAPH.ontology).subjects(RDF.type)}
    return {curie for curie in found if curie.startswith("exog:")}


def released() -> list[str]:
    """The CURIEs of the list of released IRIs."""
    return RELEASED.read_text(encoding="utf-8").splitlines()


def blocks(path: Path, pattern: re.Pattern[str]) -> Iterator[tuple[str, str]]:
    """What is asked and what is shown in each block of a kind in a file."""
    for match in pattern.finditer(path.read_text(encoding="utf-8")):
        yield match["asked"], match["shown"]


def renew(path: Path, pattern: re.Pattern[str], made: Callable[[str], str]) -> None:
    """Write into each block of a kind what it ought to show."""

    def fresh(match: re.Match[str]) -> str:
        start, end = match.start("shown") - match.start(), match.end("shown") - match.start()
        return match.group()[:start] + made(match["asked"]) + match.group()[end:]

    path.write_text(pattern.sub(fresh, path.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")


def walked(folder: Path) -> str:
    """The document on adding a review as it comes out when all its steps are taken, one after the other, in a copy of the data without that review.

    A block ``toml FILE`` is written to the file, ``row FILE`` is added to a table, ``mend FILE ID`` alters cells of a row, and ``console`` is run.
    """
    for room in ROOMS:
        shutil.copytree(REPOSITORY / room, folder / room, ignore=shutil.ignore_patterns("jo2019"))

    def step(match: re.Match[str]) -> str:
        kind, where, body = match["kind"], match["where"].split(), match["body"]
        if kind == "console":
            asked = body.partition("\n")[0]
            done = subprocess.run(
                asked.removeprefix("$ "), shell=True, text=True, check=False, cwd=folder, env=environment(EXOGRAPH_ROOT=str(folder)),
                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            )  # fmt: skip
            return "\n".join(["```console", asked, *done.stdout.splitlines(), "```"])
        path = folder / where[0]
        if kind == "toml":
            path.write_text(body + "\n", encoding="utf-8", newline="\n")
            return match.group()
        lines = path.read_text(encoding="utf-8").split("\n")
        head = next(line for line in lines if not line.startswith("#")).split("\t")
        cells = dict(line.split(": ", 1) for line in body.split("\n"))
        if kind == "row":
            lines[-1:] = ["\t".join(cells.get(name, "") for name in head), ""]
        else:
            at = next(number for number, line in enumerate(lines) if line.startswith(f"{where[1]}\t"))
            lines[at] = "\t".join(cells.get(name, held) for name, held in zip(head, lines[at].split("\t"), strict=True))
        path.write_text("\n".join(lines), encoding="utf-8", newline="\n")
        return match.group()

    return STEP.sub(step, WALK.read_text(encoding="utf-8"))


def main() -> None:
    """Write all that is shown anew."""
    built = build(REPOSITORY)
    renew(README, CONSOLE, console)
    renew(README, PYTHON, python)
    with tempfile.TemporaryDirectory() as place:
        WALK.write_text(walked(Path(place)), encoding="utf-8", newline="\n")
    renew(MODEL, SPARQL, lambda query: sparql(built, query))
    renew(MODEL, PICTURE, lambda _: picture(built))
    RELEASED.write_text("".join(f"{curie}\n" for curie in sorted({*released(), *terms(built)})), encoding="utf-8", newline="\n")
    with tempfile.TemporaryDirectory() as place:
        release(built, Path(place) / "build")
        renew(RELEASE, PYTHON, lambda code: python(code, Path(place)))


if __name__ == "__main__":
    main()
