"""Reasoning: HermiT, a reasoner for OWL 2 DL in Java, judges what the derive queries say of the defined classes.

A definition that names an individual makes HermiT load every individual anew for each class that it
classifies, so over all classes and all claims it does not end. It is therefore asked twice:

1. It classifies the *module*, what the definitions speak of (``queries/reason/module.rq``), and so finds
   the members by itself. What follows from a part of the data follows from the whole.
2. It is asked whether the *whole* (``queries/reason/whole.rq``) is free of contradiction when every class is
   given a member and every thing is kept out of each defined class that it was not found in. If so, the
   whole is consistent, every class can have members, and there are no members but those found.

Only where the second answer is no is the contradiction narrowed down, by asking again and again about less.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TypeVar

from pyoxigraph import NamedNode, RdfFormat, Triple, serialize

from exograph.answers import Answer
from exograph.built import Built
from exograph.catalogue import label
from exograph.errors import Finding, UsageError, naming
from exograph.headers import read_query
from exograph.terms import OWL, RDF, RDFS, Value, text
from exograph.validation import Report

COLUMNS = ("class", "classLabel", "member", "memberLabel", "claim", "foundBy")
BOTH, HERMIT, RULE, UNJUDGED = "HermiT and the rule", "HermiT alone", "the rule alone", "the rule, not judged"
SOME, NONE = "urn:x-exograph:some:", "urn:x-exograph:none:"
CHECK = "reason"
EXPLAIN = "robot explain --reasoner HermiT names the axioms"
_PRINTED = re.compile(r"^(Type|SubClassOf|EquivalentClasses)\( <(.+)> \)$", re.MULTILINE)
_FRILLS = re.compile(r'^Exception in thread "main" ([a-z]\w*\.|HermiT\.)*')

Members = dict[NamedNode, dict[NamedNode, list[NamedNode]]]
Item = TypeVar("Item")


@dataclass(frozen=True)
class Taxonomy:
    """What HermiT finds when it classifies: the classes of each thing, direct or not, and the classes that can have no member."""

    classes: dict[NamedNode, set[NamedNode]]
    impossible: set[NamedNode]


@dataclass(frozen=True)
class HermiT:
    """HermiT on the command line: the Java that runs it and where its classes are."""

    java: str
    classpath: str

    def classified(self, triples: Iterable[Triple]) -> Taxonomy | None:
        """The things and classes of an ontology put in order, or None where it contradicts itself. Raises UsageError where HermiT fails."""
        told = self._told(triples, "-c", "-I")
        return None if told is None else taxonomy(told)

    def consistent(self, triples: Iterable[Triple]) -> bool:
        """Whether an ontology is free of contradiction. Raises UsageError where HermiT fails."""
        told = self._told(triples, "-k")
        return told is not None and "Thing is satisfiable" in told

    def _told(self, triples: Iterable[Triple], *flags: str) -> str | None:
        with tempfile.TemporaryDirectory(prefix="exograph-") as place:
            path = Path(place).resolve() / "ontology.nt"
            told = (triple for triple in triples if triple.predicate != OWL.imports)  # HermiT fetches what this names, wherever it stands
            path.write_bytes(serialize(told, format=RdfFormat.N_TRIPLES) or b"")
            command = [self.java, "-Xmx2g", "-cp", self.classpath, "org.semanticweb.HermiT.cli.CommandLine", *flags, path.as_uri()]
            done = subprocess.run(command, capture_output=True, encoding="utf-8", errors="replace", check=False)  # noqa: S603
        if "InconsistentOntologyException" in done.stderr:
            return None
        if done.returncode or "pear-shaped" in done.stderr:  # so HermiT says that it cannot read a file
            problem = _FRILLS.sub("", done.stderr.partition("\n\tat ")[0])
            raise UsageError(f"HermiT cannot judge the data: {' '.join(problem.split())[:300]}")
        return done.stdout


def hermit() -> HermiT:
    """HermiT as owlready2 brings it; owlready2 itself is not loaded. Raises UsageError where it or Java is missing."""
    java = shutil.which("java")
    if java is None:
        raise UsageError("HermiT needs Java, and there is no java on the path — install a Java runtime; all else works without")
    spec = find_spec("owlready2")
    folders = [Path(place) / "hermit" for place in (spec and spec.submodule_search_locations) or ()]
    for folder in folders:
        if (folder / "HermiT.jar").is_file():
            return HermiT(java, os.pathsep.join([str(folder), str(folder / "HermiT.jar")]))
    raise UsageError("HermiT comes with owlready2, which is not installed — pip install owlready2; all else works without")


def taxonomy(told: str) -> Taxonomy:
    """What HermiT prints when it classifies, with all classes of each thing, not only the lowest."""
    above: dict[NamedNode, set[NamedNode]] = defaultdict(set)
    things: set[NamedNode] = set()
    impossible: set[NamedNode] = set()
    for relation, names in _PRINTED.findall(told):
        terms = [NamedNode(name) for name in names.split("> <")]
        above[terms[0]].update(terms[1:])
        if relation == "Type":
            things.add(terms[0])
        elif relation == "EquivalentClasses":
            impossible.update({*terms} - {OWL.Nothing} if OWL.Nothing in terms else ())
            for term in terms[1:]:
                above[term].add(terms[0])
    return Taxonomy({thing: climbed(above, thing) for thing in things}, impossible)


def climbed(above: dict[NamedNode, set[NamedNode]], start: NamedNode) -> set[NamedNode]:
    """All that lies above a thing."""
    found: set[NamedNode] = set()
    fresh = {start}
    while fresh := {higher for one in fresh for higher in above.get(one, ())} - found:
        found |= fresh
    return found


def judged(built: Built, hermit: HermiT) -> tuple[Answer, Report]:
    """The members of each defined class, with the claims they follow from and who found them, beside what HermiT has to object.

    A finding is a contradiction, a class that can have no member, or a membership that only one of
    HermiT and the derive queries finds. Raises UsageError where a query of ``queries/reason`` or HermiT fails.
    """
    report = Report([("data", str(built.places.root))])
    stated = members(built)
    module = constructed(built, "module")
    told = hermit.classified(module)
    if told is None:
        report.findings.append(contradiction(built, hermit, module, []))
        return listed(built, stated, None), report
    found = {cls: {thing for thing, classes in told.classes.items() if cls in classes} for cls in stated}
    if missing := things(module) - {*told.classes}:
        raise UsageError(f"HermiT cannot judge the data: it passes over {built.prefixes.contract(min(missing).value)} — report this as a bug")
    report.checked.append(("module", f"{len(module)} statements: HermiT finds {sum(map(len, found.values()))} members of {len(found)} classes"))
    report.findings += [objection(built, cls, None) for cls in sorted(told.impossible)]
    report.findings += differences(built, stated, found)

    whole = constructed(built, "whole")
    probes = [*kept_out(whole, found), *filled(whole, told.impossible)]
    if hermit.consistent(joined(whole, probes)):
        said = f"no contradiction, each of {sum(probe.kind == SOME for probe in probes)} classes can have a member, none of ours has another"
        report.checked.append(("whole", f"{len(whole)} statements: {said}"))
    else:
        report.findings.append(contradiction(built, hermit, whole, probes))
    return listed(built, stated, found), report


def asked(built: Built, name: str) -> str:
    """A query of ``queries/reason``."""
    return read_query(built.places.queries / "reason" / f"{name}.rq", "rule")[1]


def constructed(built: Built, name: str) -> set[Triple]:
    """The triples of a query of ``queries/reason``. Raises UsageError where it cannot be run or gives none."""
    with naming(f"{name}.rq"):
        found = built.engine.construct(asked(built, name))
        if not found:
            raise UsageError("finds nothing to judge — restore the query and ontology/defined.ttl")
    return found


def members(built: Built) -> Members:
    """What the dataset holds of each defined class: its members, and the claims that each membership follows from."""
    with naming("memberships.rq"):
        solutions = built.engine.select(asked(built, "memberships"))
        if solutions.columns != ("class", "member", "claim"):
            raise UsageError("selects other columns — select class, member, claim")
    found: Members = {}
    for cls, member, claim in solutions.rows:
        held = found.setdefault(cls, {})
        if member is not None:
            claims = held.setdefault(member, [])
            claims += [claim] if claim is not None else []
    return found


def listed(built: Built, stated: Members, found: dict[NamedNode, set[NamedNode]] | None) -> Answer:
    """A row for each class, member and claim, with who found the member; ``found`` is None where HermiT could not say."""
    rows: list[tuple[Value, ...]] = []
    for cls in sorted(stated):
        named = (built.prefixes.contract(cls.value), label(built, cls))
        hers = {*stated[cls]} if found is None else found[cls]
        for member in sorted({*stated[cls], *hers}):
            by = HERMIT if member not in stated[cls] else RULE if member not in hers else UNJUDGED if found is None else BOTH
            claims: list[str | None] = [built.prefixes.contract(claim.value) for claim in stated[cls].get(member, ())]
            rows += [(*named, built.prefixes.contract(member.value), label(built, member), claim, by) for claim in claims or [None]]
        if not stated[cls] and not hers:
            rows.append((*named, None, None, None, None))
    return Answer(COLUMNS, rows)


def differences(built: Built, stated: Members, found: dict[NamedNode, set[NamedNode]]) -> Iterable[Finding]:
    """A finding for each membership that only one side finds."""
    for cls in sorted(found):
        name = built.prefixes.contract(cls.value)
        remedy = f"bring queries/derive/memberships.rq and the definition of {name} together"
        for member in sorted({*stated[cls]} - found[cls]):
            yield Finding(built.where(member), "", f"the rule puts it into {name}, HermiT does not", remedy, CHECK)
        for member in sorted(found[cls] - {*stated[cls]}):
            yield objection(built, member, cls)


@dataclass(frozen=True, order=True)
class Piece:
    """Triples that may be left out together: what is said of a thing, a class given a member, or a thing kept out of a class."""

    kind: str
    thing: NamedNode
    triples: tuple[Triple, ...]
    outside: NamedNode | None = None


def joined(triples: Iterable[Triple], pieces: Iterable[Piece]) -> set[Triple]:
    """Triples with those of the pieces."""
    return {*triples, *(triple for piece in pieces for triple in piece.triples)}


def things(triples: Iterable[Triple]) -> set[NamedNode]:
    """What is an instance of a class that is no part of OWL or RDF."""
    built_in = (str(OWL), str(RDF), str(RDFS))
    typed = (t for t in triples if t.predicate == RDF.type)
    return {t.subject for t in typed if isinstance(t.subject, NamedNode) and not text(t.object).startswith(built_in)}


def kept_out(whole: set[Triple], found: dict[NamedNode, set[NamedNode]]) -> list[Piece]:
    """A piece for each thing and each defined class that it was not found in, which keeps it out of that class."""
    links = {t.subject for t in whole if t.predicate == RDF.type and t.object == OWL.ObjectProperty}
    linked = {end for t in whole if t.predicate in links for end in (t.subject, t.object) if isinstance(end, NamedNode)}
    everything, pieces = things(whole) | linked, []
    for cls in sorted(found):
        none = NamedNode(NONE + cls.value)
        declared: tuple[Triple, ...] = (Triple(none, RDF.type, OWL.Class), Triple(none, OWL.disjointWith, cls))
        for thing in sorted(everything - found[cls]):
            pieces.append(Piece(NONE, thing, (*declared, Triple(thing, RDF.type, none)), cls))
    return pieces


def filled(whole: set[Triple], impossible: set[NamedNode]) -> list[Piece]:
    """A piece for each class but the impossible ones, which gives it a member."""
    declared = (t.subject for t in whole if t.predicate == RDF.type and t.object == OWL.Class)
    classes = {cls for cls in declared if isinstance(cls, NamedNode)} - impossible - {OWL.Nothing}
    return [Piece(SOME, cls, (Triple(NamedNode(f"{SOME}{number}"), RDF.type, cls),)) for number, cls in enumerate(sorted(classes))]


def contradiction(built: Built, hermit: HermiT, triples: set[Triple], probes: Sequence[Piece]) -> Finding:
    """The finding for what contradicts itself, narrowed down to a few things none of which can be left out."""
    said: dict[NamedNode, list[Triple]] = {thing: [] for thing in sorted(things(triples), reverse=True)}  # terms before claims
    axioms: list[Triple] = []
    for triple in triples:
        (said[triple.subject] if isinstance(triple.subject, NamedNode) and triple.subject in said else axioms).append(triple)
    alone = not probes or not hermit.consistent(triples)
    pieces = [*(() if alone else probes), *(Piece("", thing, tuple(of_thing)) for thing, of_thing in said.items())]
    left = smallest(pieces, lambda kept: not hermit.consistent(joined(axioms, kept)))
    reasons = [piece.thing for piece in left if piece.kind == ""]
    for piece in left:
        if piece.kind:
            return objection(built, piece.thing, piece.outside, reasons)
    if not reasons:
        return Finding("ontology/", "", "its axioms contradict each other", EXPLAIN, CHECK)
    problem = "contradicts the ontology" + _because(built, reasons[1:], ", together with ")
    return Finding(built.where(reasons[0]), "", problem, f"mend one of them or the axioms about them; {EXPLAIN}", CHECK)


def objection(built: Built, thing: NamedNode, outside: NamedNode | None, reasons: Sequence[NamedNode] = ()) -> Finding:
    """The finding for a thing that HermiT alone finds in a class, or, without one, for a class that can have no member."""
    because = _because(built, reasons, ", as follows from ")
    if outside is None:
        return Finding(built.prefixes.contract(thing.value), "", f"no thing can belong to this class{because}", f"mend its axioms; {EXPLAIN}", CHECK)
    name = built.prefixes.contract(outside.value)
    remedy = f"bring queries/derive/memberships.rq and the definition of {name} together"
    return Finding(built.where(thing), "", f"HermiT puts it into {name}, the rule does not{because}", remedy, CHECK)


def _because(built: Built, reasons: Sequence[NamedNode], words: str) -> str:
    return words + ", ".join(built.prefixes.contract(reason.value) for reason in reasons) if reasons else ""


def smallest(pieces: Sequence[Item], contradictory: Callable[[Sequence[Item]], bool]) -> list[Item]:
    """Pieces that are contradictory together and no longer so without any one of them; none where it takes no piece.

    As long as one half is contradictory by itself, the other is left out; then QuickXplain (Junker 2004) goes on.

    >>> smallest(range(100), lambda kept: {17, 80} <= {*kept})
    [17, 80]
    """

    def narrowed(kept: list[Item], more: bool, left: Sequence[Item]) -> list[Item]:
        if more and contradictory(kept):
            return []
        if len(left) == 1:
            return [*left]
        first, second = halves(left)
        of_second = narrowed([*kept, *first], bool(first), second)
        return [*narrowed([*kept, *of_second], bool(of_second), first), *of_second]

    if not pieces or contradictory([]):
        return []
    while len(pieces) > 1 and (half := next((half for half in halves(pieces) if contradictory(half)), None)):
        pieces = half
    return narrowed([], False, pieces)


def halves(items: Sequence[Item]) -> tuple[Sequence[Item], Sequence[Item]]:
    """A sequence in two halves, the second the longer one where its length is odd."""
    return items[: len(items) // 2], items[len(items) // 2 :]
