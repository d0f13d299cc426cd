"""Validation: rows, anchors, shapes and check queries, each fault led back to the row at fault."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from rdflib import RDF, Graph, Literal, URIRef
from rdflib.term import Node

from exograph.accounting import units, white
from exograph.catalogue import read_questions
from exograph.errors import Finding, UsageError, naming
from exograph.graphs import Built, assemble, read, turtle
from exograph.headers import read_query
from exograph.passages import sources, verify
from exograph.places import Places, places
from exograph.prefixes import SH
from exograph.shacl import DEFAULT, Engine
from exograph.shacl import engine as shacl_engine

FOCUS = "focus"


@dataclass
class Report:
    """What was checked, how much of it, and what was found."""

    checked: list[tuple[str, str]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def validate(root: str | Path | None = None, source: str | Path | None = None, engine: str = DEFAULT) -> Report:
    """Check the data in the order in which it flows; faulty rows end the check, as nothing can follow.

    ``source`` is the pinned text or a folder of texts (else EXOGRAPH_SOURCES); without a text the
    anchors are checked for range and place but not against the words. ``engine`` runs the shapes: shifty
    or pyshacl. Raises UsageError where a file cannot be read or the engine is not to be had, and
    SourceError where the text is not the pinned one.
    """
    return check(places(root), source, engine)[1]


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
    check_shapes(built, report, run)
    check_queries(built, report)
    report.checked.append(("questions", f"{len(read_questions(root))} headers"))
    report.findings.sort()
    return built, report


def check_anchors(built: Built, source: str | Path | None, report: Report) -> None:
    """Hold every anchor against the text, and the text against the anchors, where it is at hand."""
    texts = sources(built, source)
    for text in texts:
        report.findings += verify(built, text)
        report.checked.append(("anchors", f"every anchor of {text.key} against {text.path}"))
        cut = units(built, text)
        report.findings += white(text, cut)
        report.checked.append(("coverage", f"{len(cut)} sentences, cells, entries and lines of {text.key}"))
    for key in sorted({row.review for row in built.origins.values() if row.identifies} - {text.key for text in texts}):
        report.checked.append(("anchors", f"{key} not against its text, which is not at hand (--source or EXOGRAPH_SOURCES)"))


def shapes(root: Places) -> Graph:
    """The shapes. Raises UsageError where there are none."""
    graph = Graph()
    for path in sorted(root.shapes.glob("*.ttl")):
        turtle(path, graph, root)
    if not len(graph):
        raise UsageError(f"{root.shapes}: holds no shape — restore its files")
    return graph


def check_shapes(built: Built, report: Report, run: Engine) -> None:
    """Run the SHACL shapes over the whole dataset."""
    graph = shapes(built.places)
    data = Graph()
    for context in built.dataset.graphs():
        data += context
    report.findings += shacl(built, data, graph, run)
    report.checked.append(("shapes", f"{len(set(graph.subjects(RDF.type, SH.NodeShape)))} shapes on {len(data)} triples"))


def shacl(built: Built, data: Graph, graph: Graph, run: Engine) -> list[Finding]:
    """The violations that a SHACL engine finds, told with the row of the focus node. Raises UsageError for a shape that it cannot run."""
    results = run(data.serialize(format="nt", encoding="utf-8"), graph.serialize(format="nt", encoding="utf-8"))
    return [_violation(built, results, result) for result in results.subjects(RDF.type, SH.ValidationResult)]


def _violation(built: Built, results: Graph, result: Node) -> Finding:
    focus, path, value = (results.value(result, name) for name in (SH.focusNode, SH.resultPath, SH.value))
    message = next(iter(sorted(str(text) for text in results.objects(result, SH.resultMessage))), "")
    problem, _, remedy = message.partition(" — ")
    where = built.where(URIRef(str(focus)))
    column = _column(built, URIRef(str(focus)), path)
    shown = _shown(built, value) if value is not None and value != focus else ""
    shape = results.value(result, SH.sourceShape)
    named = isinstance(shape, URIRef)
    check = built.prefixes.contract(str(shape)) if named else "shapes"
    return Finding(where, column, f"{problem}{f' ({shown})' if shown else ''}", remedy, check)


def _shown(built: Built, term: Node) -> str:
    return str(term) if isinstance(term, Literal) else built.prefixes.contract(str(term))


def _column(built: Built, focus: URIRef, path: Node | None) -> str:
    row = built.origins.get(focus)
    if not isinstance(path, URIRef):  # no path, or one of several steps
        return ""
    if row is None:
        return built.prefixes.contract(str(path))
    return next((str(c.name) for c in row.table.tableSchema.columns if str(c.propertyUrl) == str(path)), built.prefixes.contract(str(path)))


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
            where = built.where(URIRef(str(focus)))
            report.findings.append(Finding(where, "", f"{header['fault']}{f' ({shown})' if shown else ''}", str(header["remedy"]), path.stem))
    report.checked.append(("check queries", f"{len(paths)} queries"))
