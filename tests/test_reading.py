"""Whatever stands in a file, it is read as data or refused in one line that names the place; nothing that it names is fetched or run."""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exograph import engines, imports, plain, tables
from exograph.errors import ExographError, Finding, UsageError
from exograph.graphs import build, turtle
from exograph.headers import read_query
from exograph.places import ROOMS, Places, places
from exograph.remote import RESULTS, Http, Remote
from exograph.shacl import ENGINES
from exograph.tables import LONGEST, ROWS, description, read_rows
from exograph.validation import shapes, validate
from tests.conftest import REPOSITORY
from tests.served import trap

HEAD = b"@prefix ex: <http://example.org/> .\n"
INTEGER = b"<http://www.w3.org/2001/XMLSchema#integer>"

# what a file of Turtle holds, and the place and the words by which it is refused
ROTTEN = {
    "a byte order mark": (b"\xef\xbb\xbf" + HEAD, ":1:1: a byte order mark"),
    "UTF-16": ((HEAD + b"ex:a ex:b 1 .").decode().encode("utf-16"), ":1:1: UTF-16"),
    "a byte that is not UTF-8": (HEAD + b'ex:a ex:b "\xff" .', ":2:12: the byte 0xff"),
    "an overlong form": (HEAD + b'ex:a ex:b "\xc0\xaf" .', ":2:12: the byte 0xc0, which is not UTF-8, the first of 2"),
    "half a surrogate pair": (HEAD + b'ex:a ex:b "\xed\xa0\x80" .', ":2:12: the byte 0xed"),
    "NUL": (HEAD + b'ex:a ex:b "a\0b" .', ":2:13: the hidden sign U+0000"),
    "NUL as an escape": (HEAD + b'ex:a ex:b "a\\u0000b" .', ":2:13: the hidden sign U+0000, as an escape"),
    "an escape of the terminal": (HEAD + b'ex:a ex:b "\\u001B[2J" .', ":2:12: the hidden sign U+001B, as an escape"),
    "a bidirectional override": (HEAD + 'ex:a ex:b "a\u202eb" .'.encode(), ":2:13: the hidden sign U+202E RIGHT-TO-LEFT OVERRIDE"),
    "an override in an IRI": (HEAD + "<http://e.org/\u2067a> ex:b 1 .".encode(), ":2:15: the hidden sign U+2067"),
    "a letter in pieces": (HEAD + 'ex:a ex:b "Pe\u0301cs" .'.encode(), ":2:13: a letter in pieces"),
    "a relative IRI": (HEAD + b"ex:a ex:b <c> .", "line 2 between columns 11 and 14: No scheme"),
    "an IRI with a space": (HEAD + b"ex:a ex:b <http://e.org/a b> .", "line 2"),
    "an IRI with a bracket as an escape": (HEAD + b"ex:a ex:b <http://e.org/\\u003E> .", "line 2"),
    "a lone surrogate as an escape": (HEAD + b'ex:a ex:b "\\uD800" .', "line 2"),
    "a token longer than fits": (HEAD + b'ex:a ex:b "' + b"x" * (17 << 20) + b'" .', "maximal size"),
    "an end within a text": (HEAD + b'ex:a ex:b "x', "line 2"),
    "an end within a statement": (HEAD + b"ex:a ex:b", "line 2"),
    "brackets without end": (HEAD + b"ex:a ex:b " + b"[ ex:b " * 200_000, "line 2"),
    "XML": (b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>', "line 1"),
}


@pytest.fixture
def base(small: Places, tmp_path: Path) -> Places:
    """A copy of the ontology without reviews, to be spoilt."""
    for room in ROOMS:
        shutil.copytree(small.root / room, tmp_path / "root" / room)
    return places(tmp_path / "root")


def put(root: Places, name: str, data: bytes | str) -> None:
    path = root.root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data.encode() if isinstance(data, str) else data)


def refused(what: Callable[[], object]) -> str:
    """The line by which something is refused; none where it is not."""
    try:
        what()
    except ExographError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("case", ROTTEN)
def test_a_rotten_file_of_turtle_is_refused_with_its_place(base: Places, case: str) -> None:
    data, told = ROTTEN[case]
    put(base, "ontology/rotten.ttl", data)
    said = refused(lambda: build(base.root))
    assert said.startswith("ontology/rotten.ttl:")
    assert told in said
    assert "\n" not in said


@pytest.mark.parametrize(
    ("statement", "check"),
    [(b'ex:a ex:b "abc"^^' + INTEGER + b" .", "literals-ill-typed"), (b"ex:a ex:b <javascript:alert(1)> .", "iris-unsafe"),
     (b"ex:a ex:b <file:///etc/passwd> .", "iris-unsafe"), (b"ex:a ex:b <data:text/html,x> .", "iris-unsafe")],
)  # fmt: skip
def test_what_can_be_read_and_must_not_stand_there_is_found(base: Places, statement: bytes, check: str) -> None:
    before = {finding.check for finding in validate(base.root).findings}
    put(base, "ontology/odd.ttl", HEAD + statement)
    assert {finding.check for finding in validate(base.root).findings} - before >= {check}


def test_a_file_of_turtle_cut_anywhere_is_refused_or_ends_with_a_statement(base: Places) -> None:
    whole = HEAD + b'ex:a ex:b "one" , "t\xc3\xbcwo"@de ; ex:c [ ex:d <http://example.org/e> ] .\nex:f ex:g ex:h .\n'
    complete = {len(HEAD), *(at + 1 for at, byte in enumerate(whole) if byte == ord(".") and whole[at + 1 : at + 2] == b"\n")}
    path = base.ontology / "cut.ttl"
    for end in range(len(whole)):
        path.write_bytes(whole[:end])
        told = refused(lambda: [*turtle(path, base)])
        ends = any(whole[at:end].strip() == b"" for at in complete | {0} if at <= end)
        assert told == "" if ends else told.startswith("ontology/cut.ttl"), end


# a file of the data, what becomes of it, and the words by which it is refused
BROKEN: dict[str, tuple[str, Callable[[bytes], bytes], str]] = {
    "brackets without end in the description": ("reviews/tables.json", lambda _: b"[" * 100_000, "brackets stand too deep"),
    "a mark before the description": ("reviews/tables.json", lambda data: b"\xef\xbb\xbf" + data, "tables.json:1:1: a byte order mark"),
    "a table outside the folder": ("reviews/tables.json", lambda data: data.replace(b'"venues.tsv"', b'"../../../etc/passwd"'), "no file below"),
    "a table by an absolute path": ("reviews/tables.json", lambda data: data.replace(b'"venues.tsv"', b'"/etc/passwd"'), "no file below"),
    "a format that never ends": ("reviews/tables.json", lambda data: data.replace(b'"[a-z0-9-]+"', b'"^(a+)+$"', 1), "repeats what repeats"),
    "aliases that multiply": ("queries/ask/silence.rq", lambda _: b"#+ question: &a [x, x]\n#+ b: [*a, *a]\nSELECT", "alias"),
    "a header that makes an object": ("queries/ask/silence.rq", lambda _: b'#+ question: !!python/object/apply:os.system ["id"]\n', "not YAML"),
    "a header that nests": ("queries/ask/silence.rq", lambda _: b"#+ question: " + b"[" * 20_000, "not YAML"),
    "an escape of the terminal in a header": ("queries/ask/silence.rq", lambda _: b'#+ question: "\\e[2J"\nSELECT', "U+001B"),
    "a query that is not UTF-8": ("queries/ask/silence.rq", lambda data: data + b"#\xff", "which is not UTF-8"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_description_or_header_is_refused_in_one_line(base: Places, case: str) -> None:
    name, change, told = BROKEN[case]
    put(base, name, change((base.root / name).read_bytes()))
    said = refused(lambda: read_query(base.root / name, "question") if name.endswith(".rq") else build(base.root))
    assert told in said
    assert "\n" not in said
    assert len(said) < 1000


@pytest.mark.parametrize("kind", ["a folder", "a pipe", "a link to nothing"])
@pytest.mark.parametrize("name", ["ontology/odd.ttl", "reviews/tables.json", "queries/check/odd.rq"])
def test_what_is_no_file_is_refused_and_not_waited_for(base: Places, name: str, kind: str) -> None:
    path = base.root / name
    path.unlink(missing_ok=True)
    if kind == "a folder":
        path.mkdir()
    elif kind == "a pipe":
        os.mkfifo(path)
    else:
        path.symlink_to("nothing")
    with pytest.raises(UsageError, match=re.escape(path.name)):
        validate(base.root)


def test_a_file_that_is_too_long_is_not_read(base: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain, "MOST", 1000)
    with pytest.raises(UsageError, match="where 1000 are the most"):
        build(base.root)


FETCHING = {
    "a schema": lambda described, url: described["tables"][1].update(tableSchema=url),
    "a dialect": lambda described, url: described["tables"][1].update(dialect=url),
    "a dialect of all": lambda described, url: described.update(dialect=url),
    "a table": lambda described, url: described["tables"][1].update(url=url),
    "a context": lambda described, url: described.update({"@context": [url, {"@language": "en"}]}),
    "a base": lambda described, url: described.update({"@context": ["http://www.w3.org/ns/csvw", {"@base": url}]}),
}


@pytest.mark.parametrize("case", FETCHING)
def test_nothing_that_a_description_names_is_fetched(base: Places, case: str) -> None:
    with trap() as (url, seen):
        described = json.loads((base.reviews / "tables.json").read_text(encoding="utf-8"))
        FETCHING[case](described, url)
        put(base, "reviews/tables.json", json.dumps(described))
        put(base, "reviews/venues.tsv", "id\tkind\tkind_label\tlabel\tvariant\n")
        assert "tables.json" in refused(lambda: build(base.root)) or case == "a base"
        assert seen == []


def test_nothing_that_a_file_of_turtle_names_is_fetched_or_run(base: Places, tmp_path: Path) -> None:
    module = tmp_path / "trapped.py"
    module.write_text(f"open({str(tmp_path / 'ran')!r}, 'w').close()", encoding="utf-8")
    with trap() as (url, seen):
        owl, lang = "http://www.w3.org/2002/07/owl#", "http://www.lesfleursdunormal.fr/static/_downloads/owlready_ontology.owl#python_module"
        put(base, "ontology/odd.ttl", f'<{url}> a <{owl}Ontology> ; <{owl}imports> <{url}> ; <{lang}> "trapped" .')
        validate(base.root)
        assert seen == []
    assert not (tmp_path / "ran").exists()


SHACL = "@prefix sh: <http://www.w3.org/ns/shacl#> .\n@prefix owl: <http://www.w3.org/2002/07/owl#> .\n"
SHAPES = {
    "a rule": '<urn:s> a sh:NodeShape ; sh:targetClass owl:Class ; sh:rule [ a sh:SPARQLRule ; sh:construct "CONSTRUCT {{ $this ?b ?c }} '
    'WHERE {{ SERVICE <{url}> {{ $this ?b ?c }} }}" ] .',
    "a target": '<urn:s> a sh:NodeShape ; sh:target [ a sh:SPARQLTarget ; sh:select "SELECT ?this {{ SERVICE <{url}> {{ ?this ?b ?c }} }}" ] ; '
    "sh:nodeKind sh:IRI .",
    "SERVICE": '<urn:s> a sh:NodeShape ; sh:targetClass owl:Class ; sh:sparql [ sh:select "SELECT $this {{ SERVICE <{url}> {{ $this ?b ?c }} }}" ] .',
    "SERVICE in EXISTS": '<urn:s> a sh:NodeShape ; sh:targetClass owl:Class ; sh:sparql [ sh:select "SELECT $this {{ FILTER EXISTS '
    '{{ SERVICE <{url}> {{ ?a ?b ?c }} }} }}" ] .',
    "FROM": '<urn:s> a sh:NodeShape ; sh:targetClass owl:Class ; sh:sparql [ sh:select "SELECT $this FROM <{url}> {{ $this a ?c }}" ] .',
    "a script": '<urn:s> a sh:NodeShape ; sh:targetClass owl:Class ; sh:js [ sh:jsFunctionName "f" ; sh:jsLibrary [ sh:jsLibraryURL "{url}" ] ] .',
    "an import": "<urn:s> owl:imports <{url}> .",
    "a pattern that never ends": '<urn:s> a sh:NodeShape ; sh:targetNode "' + "a" * 40 + '!" ; sh:pattern "^(a+)+$" .',
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("case", SHAPES)
def test_a_shape_can_only_judge_the_data(base: Places, case: str, engine: str) -> None:
    with trap() as (url, seen):
        put(base, "shapes/odd.ttl", SHACL + SHAPES[case].format(url=url))
        with pytest.raises(UsageError, match=r"^shapes/"):
            validate(base.root, engine=engine)
        assert seen == []


def test_no_pattern_of_ours_repeats_what_repeats_itself(data: Places) -> None:
    shapes(data)
    description(data)


@pytest.mark.parametrize("pattern", ["^(a+)+$", "(a|aa)+", "((a*)b)*", "(a{2,}){3}", "(a?b|c)*"])
def test_a_pattern_that_may_take_for_ever_is_known(pattern: str) -> None:
    assert plain.runaway(pattern)


@pytest.mark.parametrize("pattern", ["(a|b)", "[(a+)]+", r"\(a+\)+", "(ab)+", "a+b+", "(a+|b+)"])
def test_a_pattern_that_takes_as_long_as_its_text_is_known(pattern: str) -> None:
    assert not plain.runaway(pattern)


@pytest.mark.parametrize(
    "query",
    ["ASK " + "{" * 30_000 + "}" * 30_000, f"ASK {{ FILTER ({'!' * 60_000}true) }}", f"ASK {{ FILTER (true{' || true' * 9_000}) }}",
     f"ASK {{ FILTER ({'(' * 30_000}true{')' * 30_000}) }}", "ASK {" + "OPTIONAL {}" * 5_000 + "}"],
    ids=["braces", "negations", "alternatives", "brackets", "options"],
)  # fmt: skip
def test_a_query_that_nests_is_answered_or_refused(small: Places, query: str) -> None:
    """On the stack of the program the engine would end it by a signal."""
    engine = build(small.root).engine
    assert "\n" not in refused(lambda: engine.solve(query))
    with pytest.raises(UsageError, match="longer than"):
        engine.solve(query + "#" * engines.LONGEST)


@contextmanager
def answering(kind: str, parts: Iterable[bytes], **headers: str) -> Iterator[str]:
    """The address of an endpoint that answers whatever it is asked with the same bytes."""
    held = [*parts]

    class Fixed(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(200)
            for name, value in {"Content-Type": kind, **headers}.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            with suppress(OSError):
                for part in held:
                    self.wfile.write(part)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Fixed) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/sparql"
        server.shutdown()


@pytest.mark.parametrize("packed", [False, True], ids=["without end", "packed to nothing"])
def test_an_endpoint_that_answers_without_end_is_cut_off(packed: bool) -> None:
    part, headers = (gzip.compress(bytes(1 << 24)), {"Content_Encoding": "gzip"}) if packed else (bytes(1 << 20), {})
    with (
        answering(RESULTS, [part] * (64 if packed else 1024), **headers) as url,
        pytest.raises(UsageError, match="longer than 256 MiB — ask for less"),
    ):
        Remote(Http(url))


XML = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "aaa">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
RDFXML = '<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><r:Description r:about="urn:a"><r:value>&a5;</r:value></r:Description></r:RDF>'
SRX = """<sparql xmlns="http://www.w3.org/2005/sparql-results#"><head/>
<results><result><binding name="x"><literal>&a5;</literal></binding></result></results></sparql>"""


@pytest.mark.parametrize(
    ("kind", "text"),
    [("application/rdf+xml", XML + "]>" + RDFXML),
     ("application/rdf+xml", f'{XML}<!ENTITY e SYSTEM "{{url}}">]>{RDFXML.replace("&a5;", "&e;")}'),
     ("application/ld+json", '{{"@context": "{url}", "@id": "urn:a", "b": 1}}'),
     ("application/ld+json", '{{"@context": {{"@import": "{url}"}}, "@id": "urn:a", "b": 1}}'),
     ("application/sparql-results+xml", XML + "]>" + SRX), ("text/html", "<html>"), ("", "")],
    ids=["entities that multiply", "an entity outside", "a context outside", "an import of a context", "rows with entities", "a page", "nothing"],
)  # fmt: skip
def test_an_endpoint_that_answers_in_a_form_that_unpacks_or_fetches_is_refused(kind: str, text: str) -> None:
    """Whatever it was asked for; and what it is asked for has neither entities nor contexts."""
    row = b'{"head": {"vars": ["graph"]}, "results": {"bindings": [{"graph": {"type": "uri", "value": "urn:g"}}]}}'
    with trap() as (trapped, seen), answering(RESULTS, [row]) as url:
        engine = Remote(Http(url))
        with answering(kind, [text.format(url=trapped).encode()]) as other:
            engine.http = Http(other)
            for query in ("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }", "SELECT ?x { ?x ?y ?z }"):
                assert "which was not asked for" in refused(partial(engine.solve, query))
        assert seen == []


@pytest.mark.parametrize("line", ["x" * 200 + "\tx\tno\n", "x" * (1 << 22)], ids=["many lines", "one line"])
def test_labels_that_are_packed_to_nothing_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    monkeypatch.setattr(imports, "MOST", 1 << 20)
    with gzip.open(tmp_path / imports.LABELS, "wt", encoding="utf-8") as file:
        file.write("iri\tlabel\tobsolete\n")
        for _ in range(10_000 if line.endswith("\n") else 1):
            file.write(line)
    (tmp_path / imports.EDGES).write_text("child_iri\tchild_label\tparent_iri\tparent_label\n", encoding="utf-8")
    assert "no readable labels.tsv.gz" in refused(lambda: imports.oracle(tmp_path))


VENUES = "id\tkind\tkind_label\tlabel\tvariant\n"
ROW = "nature\texog:Journal\tjournal\tNature\t\n"

# a table of venues, and for each fault the line, the column and words of the problem
MISSHAPEN: dict[str, tuple[str, list[tuple[int | None, str, str]]]] = {
    "columns of another table": ("id\tkind\n", [(1, "", "columns are not those")]),
    "a column twice": (VENUES.replace("variant", "label") + ROW, [(1, "", "columns are not those")]),
    "an empty file": ("", [(1, "", "columns are not those")]),
    "comments alone": ("# a\n# b\n", [(3, "", "columns are not those")]),
    "lines that end in two ways": (VENUES + ROW.replace("\n", "\r\n"), [(None, "", "line ends of another system")]),
    "lines that end as of old": ((VENUES + ROW).replace("\n", "\r"), [(None, "", "line ends of another system")]),
    "an end within a line": (VENUES + ROW[:-1], [(2, "", "ends within a line")]),
    "too many tabs and too few": (VENUES + "a\tb\tc\td\te\tf\n" + ROW + "x\ty\n", [(2, "", "6 cells"), (4, "", "2 cells")]),
    "quotes": (VENUES + ROW.replace("nature", '"nature"'), [(2, "id", '"nature"')]),
    "quotes without end": (VENUES + ROW.replace("nature", '"nature'), [(2, "id", '"nature')]),
    "a formula": (VENUES + ROW.replace("nature", "=1+1"), [(2, "id", "=1+1")]),
    "a Cyrillic letter": (VENUES + ROW.replace("exog:J", "ex\u043eg:J"), [(2, "kind", "U+043E CYRILLIC SMALL LETTER O")]),
    "a space of no width": (VENUES + ROW.replace("exog:", "exog:\u200b"), [(2, "kind", "U+200B ZERO WIDTH SPACE")]),
    "an override": (VENUES + ROW.replace("Nature", "Na\u202eture"), [(2, "label", "U+202E")]),
    "NUL": (VENUES + ROW.replace("Nature", "Na\0ture"), [(2, "label", "U+0000")]),
    "an id that climbs": (VENUES + ROW.replace("nature", "../../x"), [(2, "id", "../../x")]),
    "an id that breaks an IRI": (VENUES + ROW.replace("nature", "a> <b"), [(2, "id", "a> <b")]),
    "a cell that is too long": (VENUES + ROW.replace("Nature", "N" * (LONGEST + 1)), [(2, "", f"a cell of {LONGEST + 1} signs")]),
    "faults of every kind": (
        VENUES + "a\tb\n" + ROW.replace("nature", "Na ture") + ROW.replace("Nature", "Na\x1bture") + ROW + ROW[:-1],
        [(2, "", "2 cells"), (3, "id", "Na ture"), (4, "label", "U+001B"), (6, "", "ends within a line")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", MISSHAPEN)
def test_every_fault_of_a_table_is_told_at_once_with_line_and_column(base: Places, case: str) -> None:
    written, expected = MISSHAPEN[case]
    put(base, "reviews/venues.tsv", written)
    reading = read_rows(base, description(base))
    told = [(finding.where, finding.column, finding.problem) for finding in reading.findings]
    for line, column, words in expected:
        place = f"reviews/venues.tsv{f':{line}' if line else ''}"
        assert [one for one in told if one[0].partition(" ")[0] == place and one[1] == column and words in one[2]], told
    assert len(told) == len(expected)
    assert all(finding.remedy and "\n" not in str(finding) for finding in reading.findings)
    assert {row.line for row in reading.rows}.isdisjoint(line for line, _, _ in expected)


def test_bytes_that_are_not_utf8_are_each_told(base: Places) -> None:
    put(base, "reviews/venues.tsv", VENUES.encode() + ROW.encode().replace(b"Nature", b"N\xe4ture") + ROW.encode().replace(b"nature", b"\xfcber"))
    found = read_rows(base, description(base)).findings
    assert [(one.where.partition(" ")[0][-1], one.column, one.problem.partition(",")[0]) for one in found] == [
        ("2", "label", "the byte 0xe4"),
        ("3", "id", "the byte 0xfc"),
    ]


def test_of_very_many_faults_some_are_told_and_the_rest_are_counted(base: Places) -> None:
    put(base, "reviews/venues.tsv", VENUES + "".join(ROW.replace("nature", f"Nature {number}") for number in range(500)))
    found = read_rows(base, description(base)).findings
    assert len(found) == tables.TOLD + 1
    assert found[-1].problem == f"{500 - tables.TOLD} faults more"


def test_a_table_of_very_many_rows_is_refused_as_a_whole(base: Places) -> None:
    put(base, "reviews/venues.tsv", VENUES + ROW * (ROWS + 1))
    (found,) = read_rows(base, description(base)).findings
    assert f"more than {ROWS} rows" in found.problem


def test_a_faulty_table_leaves_no_row_of_it_in_the_dataset(base: Places) -> None:
    put(base, "reviews/venues.tsv", VENUES + ROW + ROW.replace("nature", "x y"))
    with pytest.raises(ExographError, match=r"venues.tsv:3 \(x y\), column id"):
        build(base.root)


def test_an_unknown_term_that_looks_like_a_known_one_is_told_apart(copy: Path, spoil: Callable[[str, str, str, str], None]) -> None:
    spoil("ratings.tsv", "r005", "criterion", "exog:\u0441ost")
    (found,) = validate(copy).findings
    assert "U+0441 CYRILLIC SMALL LETTER ES" in found.problem


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_table_of_any_bytes_is_read_or_refused(base: Places, draw: st.DataObject) -> None:
    """Whatever is done to a sound table at one place: no traceback, each finding with a place, and no row at fault is read."""
    sound = (VENUES + ROW + ROW.replace("nature", "cell")).encode()
    at = draw.draw(st.integers(0, len(sound)))
    end = draw.draw(st.integers(at, len(sound)))
    put(base, "reviews/venues.tsv", sound[:at] + draw.draw(st.binary(max_size=12)) + sound[end:])
    reading = read_rows(base, description(base))
    assert all(finding.where.startswith("reviews/venues.tsv") and finding.remedy for finding in reading.findings)
    assert all(isinstance(finding, Finding) and "\n" not in str(finding) for finding in reading.findings)


def test_no_file_of_ours_holds_a_hidden_sign() -> None:
    everything = [path for room in ROOMS for path in (REPOSITORY / room).rglob("*") if path.is_file() and not path.name.startswith(".")]
    assert len(everything) > 500
    for path in everything:
        plain.plain(path, path.name, escapes=path.suffix == ".ttl")
