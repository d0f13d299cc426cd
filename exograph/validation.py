"""Validation: rows, anchors, shapes and check queries, each fault led back to the row at fault."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from exograph.accounting import units, white
from exograph.built import Built
from exograph.catalogue import read_questions
from exograph.engines import Oxigraph, names_graphs
from exograph.errors import Finding, UsageError, naming
from exograph.graphs import assemble, no_collection, read, turtle
from exograph.headers import read_query
from exograph.passages import sources, verify
from exograph.places import Places, places
from exograph.plain import runaway
from exograph.setwise import UnknownError, conforms
from exograph.shacl import DEFAULT, Engine
from exograph.shacl import engine as shacl_engine
from exograph.tables import IDENTITY, preface
from exograph.terms import OWL, RDF, SH, Term, text

FOCUS = "focus"
ACTIVE = {  # of SHACL's advanced features and JavaScript extensions
    SH[name].value
    for name in ("rule", "target", "construct", "js", "jsLibrary", "jsLibraryURL", "jsFunctionName", "values", "expression", "filterShape", "nodes")
} | {OWL.imports.value}


@dataclass
class Report:
    """What was checked, how much of it, and what was found."""

    checked: list[tuple[str, str]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def validate(root: str | Path | None = None, source: str | Path | None = None, engine: str = DEFAULT, folder: str | Path | None = None) -> Report:
    """Check the data in the order in which it flows; faulty rows end the check, as nothing can follow.

    ``source`` is the pinned text or a folder of texts (else EXOGRAPH_SOURCES); without a text the
    anchors are checked for range and place but not against the words. ``engine`` runs the shapes: setwise, shifty
    or pyshacl. ``folder`` is that of a review, and only what is found in it is told, with how many rows its tables hold.
    Raises UsageError where a file cannot be read, the folder is none of a review or the engine is not to be had, and
    SourceError where the text is not the pinned one.
    """
    where = places(root)
    if folder is None:
        return check(where, source, engine)[1]
    key = Path(folder).resolve().name
    if Path(folder).resolve().parent != where.reviews or not (where.reviews / key / IDENTITY).is_file():
        raise UsageError(f"{folder}: no folder of a review with a {IDENTITY} in {where.reviews} — exograph new-review {key} makes one")
    return of_review(check(where, source, engine)[1], where, key)


def of_review(report: Report, root: Places, key: str) -> Report:
    """The part of a report that a review is to blame for, and how many rows each of its tables holds."""
    own = [one for one in report.findings if one.where.startswith((f"reviews/{key}/", f"{key}:"))]
    told = [(stage, what) for stage, what in report.checked if stage not in ("anchors", "coverage") or key in what.split()]
    empty = []
    for path in sorted((root.reviews / key).glob("*.tsv")):
        lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
        rows = sum(bool(line) for line in lines) - len(preface(lines)) - 1
        if rows > 0:
            told.append(("table", f"{root.name(path)}, {rows} rows"))
        else:
            empty.append(path.stem)
    if empty:
        told.append(("tables", f"no row yet in {', '.join(empty)}"))
    if others := len(report.findings) - len(own):
        told.append(("others", f"{others} findings outside reviews/{key}, which exograph validate lists"))
    return Report(told, own)


@no_collection()
def check(root: Places, source: str | Path | None, engine: str = DEFAULT) -> tuple[Built | None, Report]:
    """Check the data and return the dataset beside the report; no dataset where rows are faulty."""
    run = shacl_engine(engine)
    report = Report([("data", str(root.root))])
    found = read(root)
    rows = {(row.file, row.line) for review in found.reviews for row in review.origins.values()}
    report.checked.append(("rows", f"{len(rows)} rows of {len({file for file, _ in rows})} files"))
    report.findings += found.findings
    if found.findings:
        return None, report
    built = assemble(root, found)
    check_anchors(built, source, report)
    check_shapes(built, report, run, engine == DEFAULT)
    check_queries(built, report)
    report.checked.append(("questions", f"{len(read_questions(root))} headers"))
    report.findings.sort()
    return built, report


def check_anchors(built: Built, source: str | Path | None, report: Report) -> None:
    """Hold every anchor against the text, and the text against the anchors, where it is at hand."""
    found = sources(built, source)
    for one in found:
        report.findings += verify(built, one)
        report.checked.append(("anchors", f"every anchor of {one.key} against {one.path}"))
        cut = units(built, one)
        report.findings += white(one, cut)
        report.checked.append(("coverage", f"{len(cut)} sentences, cells, entries and lines of {one.key}"))
    pinned = {row.review for row in built.origins.values() if row.identifies and row.values.get("sha256")}
    for key in sorted(pinned - {one.key for one in found}):
        report.checked.append(("anchors", f"{key} not against its text, which is not at hand (--source or EXOGRAPH_SOURCES)"))


def shapes(root: Places) -> set[ox.Triple]:
    """The shapes. Raises UsageError where there are none."""
    found = {triple for path in sorted(root.shapes.glob("*.ttl")) for triple in turtle(path, root)}
    if not found:
        raise UsageError(f"{root.shapes}: holds no shape — restore its files")
    for triple in found:
        harmless(triple)
    return found


def harmless(triple: ox.Triple) -> None:
    """Refuse what a shape could do beside judging the data: fetch, run scripts, add triples, or search for ever. Raises UsageError."""
    name = text(triple.predicate)
    if name in ACTIVE:
        raise UsageError(f"shapes/: {name.rpartition('#')[2]} does more than judge the data ({text(triple.subject)}) — take it out")
    if triple.predicate == SH.pattern and runaway(text(triple.object)):
        raise UsageError(f"shapes/: the pattern {text(triple.object)[:80]!r} repeats what repeats itself — write it without that")
    if triple.predicate in (SH.select, SH.ask):
        with naming("shapes/"):
            if names_graphs(text(triple.object)):
                raise UsageError(f"a query names graphs by FROM ({text(triple.subject)}) — take the clause out")


def check_shapes(built: Built, report: Report, run: Engine, setwise: bool = False) -> None:
    """Run the SHACL shapes over the whole dataset; ``setwise``, the engine is run only where something is at fault."""
    rules = shapes(built.places)
    if not (setwise and conforming(built, rules)):
        report.findings += shacl(built, ntriples(quad.triple for quad in built.quads), ntriples(rules), run)
    kinds = {rule.subject for rule in rules if rule.predicate == RDF.type and rule.object == SH.NodeShape}
    report.checked.append(("shapes", f"{len(kinds)} shapes on {sum(1 for _ in built.quads)} triples"))


def conforming(built: Built, rules: set[ox.Triple]) -> bool:
    """Whether it can be told of the store alone that nothing violates the shapes."""
    try:
        return isinstance(built.engine, Oxigraph) and conforms(built.engine.store, built.quads, rules)
    except UnknownError:
        return False


def ntriples(triples: Iterable[ox.Triple]) -> bytes:
    """Triples as N-Triples, which every engine of SHACL reads."""
    return ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b""


def shacl(built: Built, data: bytes, rules: bytes, run: Engine) -> list[Finding]:
    """The violations that a SHACL engine finds, told with the row of the focus node. Raises UsageError for a shape that it cannot run."""
    told: dict[Any, dict[Any, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for triple in run(data, rules):
        told[triple.subject][triple.predicate].append(triple.object)
    return [_violation(built, result) for result in told.values() if SH.ValidationResult in result[RDF.type]]


def _violation(built: Built, result: Mapping[ox.NamedNode, list[Any]]) -> Finding:
    focus, path, value, shape = (next(iter(result.get(name, ())), None) for name in (SH.focusNode, SH.resultPath, SH.value, SH.sourceShape))
    message = min(map(text, result.get(SH.resultMessage, ())), default="")
    problem, _, remedy = message.partition(" — ")
    shown = _shown(built, value) if value is not None and value != focus else ""
    check = built.prefixes.contract(shape.value) if isinstance(shape, ox.NamedNode) else "shapes"
    return Finding(_where(built, focus), _column(built, focus, path), f"{problem}{f' ({shown})' if shown else ''}", remedy, check)


def _where(built: Built, focus: Term | None) -> str:
    return built.where(focus) if isinstance(focus, ox.NamedNode) else text(focus)


def _shown(built: Built, term: Term) -> str:
    return text(term) if isinstance(term, ox.Literal) else built.prefixes.contract(text(term))


def _column(built: Built, focus: Any, path: Term | None) -> str:
    row = built.origins.get(focus)
    if not isinstance(path, ox.NamedNode):
        return ""
    columns = row.table.tableSchema.columns if row else ()
    return next((str(c.name) for c in columns if str(c.propertyUrl) == path.value), built.prefixes.contract(path.value))


def check_queries(built: Built, report: Report) -> None:
    """Run the check queries: a row returned is a fault, its first column the thing at fault."""
    paths = sorted(built.places.queries.glob("check/*.rq"))
    if not paths:
        raise UsageError(f"{built.places.queries / 'check'}: holds no check query — restore its files")
    for path in paths:
        header, query = read_query(path, "fault", "remedy")
        with naming(path.name):
            solutions = built.engine.select(query)
            if FOCUS not in solutions.columns:
                raise UsageError(f"selects no ?{FOCUS} — select the thing at fault under that name")
        for row in solutions.rows:
            seen = dict(zip(solutions.columns, row, strict=True))
            focus = seen.pop(FOCUS)
            shown = ", ".join(f"{name} {_shown(built, term)}" for name, term in seen.items() if term is not None)
            where = _where(built, focus)
            report.findings.append(Finding(where, "", f"{header['fault']}{f' ({shown})' if shown else ''}", str(header["remedy"]), path.stem))
    report.checked.append(("check queries", f"{len(paths)} queries"))
