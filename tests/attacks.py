"""Attacks on exograph: how an input or a fault is drawn, what is done with it, and what has to hold whatever comes; see tests/campaign.py."""

from __future__ import annotations

import random
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import ZIP_DEFLATED, ZipFile

import csvw
import openpyxl
import pyoxigraph as ox
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.core.result import Ok
from schemathesis.specs.openapi import checks

from exograph.api import built
from exograph.built import Built
from exograph.errors import ExographError
from exograph.graphs import turtle
from exograph.headers import read_query
from exograph.loading import STAGING, load
from exograph.manifests import DATASET, MANIFEST, read_manifest, verify
from exograph.passages import Source, digest, locate
from exograph.places import ROOMS, Places, places
from exograph.release import release
from exograph.spreadsheet import from_xlsx
from exograph.tables import description, read_rows
from exograph.writing import in_place
from tests.conftest import REPOSITORY, without_reviews
from tests.served import serving, until
from tests.test_http import FORM, request, said, statuses
from tests.test_loading import counts, cut_after, held, stored
from tests.test_reading import HEAD, ROW, VENUES
from tests.test_writing import WRITER

HELD = {200, 206, 304, 400, 403, 404, 405, 406, 408, 413, 414, 415, 416, 421, 429, 431, 503}


@dataclass(frozen=True)
class Field:
    """What is attacked: a folder of data to spoil, a release, a server over the data, a triplestore, and a place for what is made."""

    root: Places
    built: Built
    made: Path
    url: str
    store: str
    folder: Path


def ground(folder: Path) -> Field:
    """What is attacked without any server, over the ontology without reviews, in a folder of its own."""
    small = without_reviews(places(REPOSITORY), folder / "small")
    for room in ROOMS:
        shutil.copytree(small.root / room, folder / "root" / room)
    release(built(small.root), folder / "release")
    return Field(places(folder / "root"), built(small.root), folder / "release", "", "", folder)


@contextmanager
def field(folder: Path) -> Iterator[Field]:
    """All that is attacked."""
    on = ground(folder)
    (folder / "server").mkdir()
    with serving(places(folder / "small"), folder / "server") as url, stored(folder / "store") as (store, _):
        yield replace(on, url=url, store=store)


class Attack(NamedTuple):
    """How an input is drawn, and what is done with it; what is not held raises. A fault is drawn as a number in bytes."""

    draw: Callable[[random.Random], bytes]
    strike: Callable[[Field, bytes], None]


def mutated(*sound: bytes) -> Callable[[random.Random], bytes]:
    """Draws one of some inputs with a few of its bytes changed, lost, doubled, swapped with those of another, or made odd."""
    odd = [
        b"",
        b"\0",
        b"\xff",
        b"\xef\xbb\xbf",
        b"\r\n",
        b"\n",
        b"\t",
        b'"',
        b"'",
        b"\\",
        b"%",
        b"<",
        b">",
        b"{",
        b"}",
        b"#",
        b"&",
        "\u202e\u200b\u043e".encode(),
    ]

    def draw(drawn: random.Random) -> bytes:
        whole = bytearray(drawn.choice(sound))
        for _ in range(drawn.choice([1, 1, 2, 4, 16])):
            at = drawn.randrange(len(whole) + 1)
            end = min(len(whole), at + drawn.choice([0, 1, 1, 2, 8, 64]))
            other = drawn.choice(sound)
            start = drawn.randrange(len(other) + 1)
            whole[at:end] = drawn.choice(
                [drawn.choice(odd), drawn.randbytes(end - at), bytes(whole[at:end]) * 2, other[start : start + 20], b"9" * 40]
            )
        return bytes(whole)

    return draw


def fault(drawn: random.Random) -> bytes:
    """Draws a number, from which all of a fault follows."""
    return drawn.randbytes(8)


def told(what: Callable[[], object]) -> str:
    """The line by which something is refused, as it has to be if it is; none where it is not."""
    line = ""
    try:
        what()
    except ExographError as error:
        line = str(error)
    assert "\n" not in line, "more than a line"
    return line


@cache
def group(root: Places) -> csvw.TableGroup:
    return description(root)


def rows(field: Field, data: bytes) -> None:
    """A table of any bytes is read or refused; a finding has place and remedy, and no row at fault is read, but one that repeats another."""
    path = field.root.reviews / "venues.tsv"
    path.write_bytes(data)
    try:
        reading = read_rows(field.root, group(field.root))
    finally:
        path.unlink()
    faulty = {finding.where.partition(" ")[0] for finding in reading.findings}
    assert all(finding.remedy and "\n" not in str(finding) for finding in reading.findings)
    assert all(place.startswith("reviews/venues.tsv") for place in faulty)
    unread = {finding.where.partition(" ")[0] for finding in reading.findings if "stands already in line" not in finding.problem}
    assert not [row for row in reading.rows if f"{row.file}:{row.line}" in unread]


def turtles(field: Field, data: bytes) -> None:
    """A file of Turtle of any bytes is read or refused in a line that names it."""
    path = field.root.ontology / "odd.ttl"
    path.write_bytes(data)
    try:
        line = told(lambda: [*turtle(path, field.root)])
    finally:
        path.unlink()
    assert not line or line.startswith("ontology/odd.ttl")


def headers(field: Field, data: bytes) -> None:
    """A saved query of any bytes is read or refused in a line that names it."""
    path = field.folder / "odd.rq"
    path.write_bytes(data)
    line = told(lambda: read_query(path, "question"))
    assert not line or "odd.rq" in line


def anchors(field: Field, data: bytes) -> None:
    """Words that stand in a text are found there, whatever text and words are; each slice found holds the words and has their digest."""
    text = data.decode(errors="replace").replace("\0", " ")
    drawn = random.Random(data)
    start = drawn.randrange(len(text) + 1)
    words = text[start : start + drawn.choice([1, 3, 10, 40])]
    found = locate(field.built, Source("a", ox.NamedNode("urn:a"), text, field.folder / "a.txt", len(text)), words).rows
    assert bool(found) == bool(words.split()), words
    for _, first, last, sha, _ in found:
        assert isinstance(first, int)
        assert isinstance(last, int)
        assert sha == digest(text[first:last])
        assert re.fullmatch(re.escape(bare(words)), bare(text[first:last]), re.IGNORECASE), (text[first:last], words)


def bare(words: str) -> str:
    """Words without what does not matter where they are looked for: white space and hyphens."""
    return re.sub(r"[\s-]", "", words)


def queries(field: Field, data: bytes) -> None:
    """A query of any bytes gets a status of HTTP that the description of the server names, within its limits."""
    begun = time.monotonic()
    answer = requests.post(f"{field.url}/sparql", data=data, headers={"Content-Type": "application/sparql-query"}, timeout=60)
    assert answer.status_code in HELD, (answer.status_code, answer.text[:200])
    assert answer.status_code == 200 or answer.text.count("\n") == 1
    assert time.monotonic() - begun < 30


def parameters(field: Field, data: bytes) -> None:
    """A value of any bytes for a parameter is a value and nothing else: it is refused, or answered by rows of the question's columns."""
    value = data.decode(errors="replace")
    answer = requests.get(f"{field.url}/questions/silent-methods", params={"criterion": value, "format": "json"}, timeout=60)
    assert answer.status_code in HELD, (answer.status_code, answer.text[:200])
    assert answer.status_code != 200 or answer.json() == []


def wires(field: Field, data: bytes) -> None:
    """Any bytes sent to the server are answered below 500 or cut off, and the next is answered."""
    found = statuses(said(field.url, data, 0.2))
    assert {*found} <= HELD, found
    assert requests.get(f"{field.url}/healthz", timeout=60).status_code == 200


def described(field: Field, data: bytes) -> None:
    """Requests drawn from the description of the server are answered as it says."""
    schema = schemathesis.openapi.from_url(f"{field.url}/openapi.json")
    operation = random.Random(data).choice([found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)])

    @seed(int.from_bytes(data[:8].ljust(8)))
    @settings(max_examples=10, database=None, deadline=None, phases=[Phase.generate], suppress_health_check=[*HealthCheck])
    @given(case=operation.as_strategy())
    def asked(case: Any) -> None:
        answer = case.call_and_validate(checks=CONFORMING)
        assert answer.status_code in HELD, answer.status_code

    asked()


CONFORMING = [
    checks.status_code_conformance, checks.content_type_conformance, checks.response_schema_conformance, checks.response_headers_conformance,
]  # fmt: skip


def crowds(field: Field, data: bytes) -> None:
    """Two hundred clients at once, some of whom ask for more than there is, are each answered or told to wait."""
    heavy = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"

    def one(number: int) -> int:
        query = heavy if random.Random(data + bytes([number])).random() < 0.05 else "ASK{}"
        return requests.get(f"{field.url}/sparql", params={"query": query}, timeout=120).status_code

    with ThreadPoolExecutor(200) as threads:
        assert {*threads.map(one, range(200))} <= {200, 429, 503}
    until(lambda: requests.get(f"{field.url}/sparql?query=ASK{{}}", timeout=60).status_code == 200, "a light query is answered")


def spreadsheets(field: Field, data: bytes) -> None:
    """A spreadsheet of any bytes is taken over whole or refused in a line, and then no table of the folder has changed."""
    file, folder = field.folder / "odd.xlsx", field.root.reviews / "a"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    try:
        (folder / "review.toml").write_text("", encoding="utf-8")
        (folder / "unclaimed.tsv").write_bytes(TABLE)
        file.write_bytes(data)
        if told(lambda: from_xlsx(field.root, file, folder)):
            assert (folder / "unclaimed.tsv").read_bytes() == TABLE
        assert not [path for path in folder.iterdir() if path.suffix not in {".tsv", ".toml"}]
    finally:
        shutil.rmtree(folder)


def releases(field: Field, data: bytes) -> None:
    """A flipped bit anywhere in a release, a cut, a missing or a further file is found."""
    drawn = random.Random(data)
    name = drawn.choice(sorted([*read_manifest(field.made)[0], MANIFEST]))
    path, whole = field.made / name, (field.made / name).read_bytes()
    try:
        at = drawn.randrange(max(1, len(whole)))
        kind = drawn.choice(["flip", "flip", "flip", "cut", "gone", "more"])
        if kind == "more":
            (field.made / "graphs" / "more.ttl").write_bytes(b"")
        elif kind == "gone":
            path.unlink()
        else:
            path.write_bytes(
                whole[:at] if kind == "cut" or not whole else whole[:at] + bytes([whole[at] ^ (1 << drawn.randrange(8))]) + whole[at + 1 :]
            )
        try:
            found = bool(verify(field.made))
        except ExographError:
            found = True
        assert found or (kind == "cut" and not whole), (kind, name, at)
    finally:
        path.write_bytes(whole)
        (field.made / "graphs" / "more.ttl").unlink(missing_ok=True)


def writers(field: Field, data: bytes) -> None:
    """A writer that is killed at any moment leaves the old or the new, whole."""
    target = field.folder / "written"
    with in_place(target) as fresh:
        for number in range(20):
            (fresh / f"{number}.txt").write_text("first\n" * 200, encoding="utf-8")
    writer = subprocess.Popen([sys.executable, "-c", WRITER, target], cwd=REPOSITORY, stdout=subprocess.PIPE)
    assert writer.stdout is not None
    writer.stdout.readline()
    time.sleep(random.Random(data).uniform(0, 0.06))
    writer.kill()
    writer.communicate()
    texts = [path.read_text(encoding="utf-8") for path in target.iterdir()]
    assert (len(texts), len({*texts}), len(texts[0].splitlines())) == (20, 1, 200)


def transfers(field: Field, data: bytes) -> None:
    """A transfer to a triplestore that is cut anywhere leaves the old data, and the next load goes through."""
    load(field.made, field.store)
    size = (field.made / DATASET).stat().st_size
    with cut_after(field.store, random.Random(data).randrange(int(size * 1.2))) as broken:
        told(lambda: load(field.made, broken))
    now = held(("oxigraph", field.store))
    assert {graph: count for graph, count in now.items() if STAGING not in graph} == counts(field.made)


TABLE = b"id\treason\treason_label\theld_by\tpart\tstart\tend\tsha256\tnote\n"


@cache
def sheet() -> dict[str, bytes]:
    """The parts of a sound spreadsheet."""
    made = BytesIO()
    book = openpyxl.Workbook()
    book.active.title = "unclaimed"
    book.active.append(TABLE.decode().split())
    book.active.append(["u001", "exog:headingReason", "heading", "", "part/title", 0, 10, "0" * 64, "=1+1"])
    book.save(made)
    with ZipFile(made) as parts:
        return {part: parts.read(part) for part in parts.namelist()}


def spreadsheet(drawn: random.Random) -> bytes:
    """Draws a spreadsheet of which one part, or the whole, is mutated."""
    parts = dict(sheet())
    name = drawn.choice([*parts])
    parts[name] = mutated(*parts.values())(drawn) if drawn.random() < 0.3 else mutated(parts[name])(drawn)
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as packed:
        for part, data in parts.items():
            packed.writestr(part, data)
    return out.getvalue() if drawn.random() < 0.8 else mutated(out.getvalue())(drawn)


SAVED = [path.read_bytes() for path in sorted((REPOSITORY / "queries" / "ask").glob("*.rq"))]
TURTLE = HEAD + b'ex:a a ex:B ; ex:b "one"@de , """tw\\u00f6""", 1.5e3, true ; ex:c [ ex:d ( 1 <http://example.org/e> ) ] .\n'
TEXT = "The yield is high.\n\nUltra-\ncentrifugation needs 100,000 × g; µm, ß, ﬁlter (see [12–14]) \\d+ .*\n".encode()
NESTED = [
    b"ASK { FILTER (" + b"(" * 60 + b"true" + b")" * 60 + b") }",
    b"SELECT * { ?a (<a:b>|!<a:c>)*/^<a:d>+ ?b OPTIONAL { ?b ?c ?d } MINUS { ?d ?e 1 } }",
]
SENT = [
    request(b"/sparql?query=ASK%7B%7D"), request(b"/sparql", FORM, b"Content-Length: 15\r\n", method=b"POST", body=b"query=ASK%7B%7D"),
    request(b"/questions/silent-methods?criterion=purity&format=csv"), request(b"/assets/engine.js", b"Range: bytes=0-10\r\n"),
    request(b"/id/nobody", b"Accept: text/turtle;q=0.5, */*\r\n", b'If-None-Match: W/"a"\r\n'),
    request(b"/sparql", FORM, b"Transfer-Encoding: chunked\r\n", method=b"POST", body=b"f\r\nquery=ASK%7B%7D\r\n0\r\n\r\n"),
]  # fmt: skip
SPLICED = [
    b"purity", b"exog:Purity", b"<https://w3id.org/exograph/ontology#Purity>", b'x" . } UNION { ?s ?p ?o } #', b"x' } ; DROP ALL #", b"?s ?p ?o",
    b"\\u007D", b"> . ?a ?b ?c . <a:b", b'"""', b"BIND(1 AS ?method)", b"}}",
]  # fmt: skip
ATTACKS = {
    "rows": Attack(mutated((VENUES + ROW + ROW.replace("nature", "cell")).encode(), VENUES.encode(), ROW.encode()), rows),
    "turtles": Attack(mutated(TURTLE), turtles),
    "headers": Attack(mutated(*SAVED), headers),
    "anchors": Attack(mutated(TEXT, TEXT.upper()), anchors),
    "spreadsheets": Attack(spreadsheet, spreadsheets),
    "queries": Attack(mutated(*SAVED, *NESTED), queries),
    "parameters": Attack(mutated(*SPLICED), parameters),
    "wires": Attack(mutated(*SENT), wires),
    "described": Attack(fault, described),
    "crowds": Attack(fault, crowds),
    "releases": Attack(fault, releases),
    "writers": Attack(fault, writers),
    "transfers": Attack(fault, transfers),
}
GUIDED = ("rows", "turtles", "headers", "anchors")  # which can be guided by the code that an input reaches
