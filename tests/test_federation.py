"""Federation: other endpoints are asked where the user names them, in few requests, and can do no harm; nothing else is asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

import pyoxigraph
import pytest

import exograph
from exograph.api import engine as engine_of
from exograph.built import Built
from exograph.endpoints import EndpointError, Endpoints, endpoints
from exograph.engines import ENGINES, Solutions
from exograph.errors import UsageError
from exograph.federation import PORTION, Federated, clauses
from exograph.terms import EXOG as TERMS
from exograph.terms import Term, python, text
from tests.conftest import REPOSITORY, served
from tests.rdf import EXOG
from tests.test_cli import run

FAR = "https://far.example.org/sparql"
PREFIX = """PREFIX exog: <https://w3id.org/exograph/ontology#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX ex: <https://example.org/>
PREFIX far: <https://far.example.org/>
"""
STORY = """
@prefix exog: <https://w3id.org/exograph/ontology#> .
@prefix ex: <https://example.org/> .
exog:precipitation ex:costs 5 ; ex:by ex:a .
exog:ultracentrifugation ex:costs 9 ; ex:by ex:b .
exog:nothingOfOurs ex:costs 1 ; ex:by ex:a .
ex:a ex:name "A"@en .
"""


@dataclass
class Odd:
    """A server that records what it is asked and answers in an odd way, one a path."""

    asked: list[tuple[str, str]] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)
    address: str = ""

    def queries(self) -> list[str]:
        return [parse_qs(body)["query"][0] for _, body in self.asked]


ROWS = json.dumps({"head": {"vars": ["x"]}, "results": {"bindings": [{"x": {"type": "literal", "value": "1"}}]}})
NONE = json.dumps({"head": {"vars": []}, "results": {"bindings": []}})
JSON = "application/sparql-results+json"
FAULTS = {
    "500": (500, JSON, ROWS, r"answers with the code 500 \(it has failed\)"),
    "400": (400, JSON, ROWS, r"answers with the code 400 \(it does not take the query\)"),
    "302": (302, JSON, "", r"answers with the code 302 \(it leads elsewhere, which is not followed\)"),
    "307": (307, JSON, "", r"answers with the code 307 \(it leads elsewhere, which is not followed\)"),
    "page": (200, "text/html", "<p>Welcome", r"gives no rows that can be read \(the answer is of the type text/html\)"),
    "broken": (200, JSON, ROWS[:-9], "gives no rows that can be read"),
    "truth": (200, JSON, '{"head": {}, "boolean": true}', r"gives no rows that can be read \(the answer is a truth value\)"),
    "odd-iri": (200, JSON, ROWS.replace("literal", "uri").replace('"1"', '"a b"'), "gives no rows that can be read"),
    "hang": (200, JSON, "", r"does not answer within 0.3 s — wait longer by --wait"),
    "drip": (200, JSON, "", r"does not answer within 0.3 s — wait longer by --wait"),
    "cut": (200, JSON, ROWS, r"is not reached \(IncompleteRead"),
    "reset": (200, JSON, "", r"is not reached \(Remote end closed connection"),
    "huge": (200, JSON, "", r"gives no rows that can be read \(more than 20 MB\)"),
}


@pytest.fixture
def odd() -> Iterator[Odd]:
    told = Odd()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            name = self.path.strip("/")
            told.asked.append((name, self.rfile.read(int(self.headers["Content-Length"])).decode()))
            code, kind, body, _ = FAULTS.get(name, (200, JSON, NONE if name == "none" else ROWS, ""))
            if name == "hang":
                told.over.wait()
            if name in {"hang", "reset"}:
                return
            self.send_response(code)
            self.send_header("Content-Type", kind)
            self.send_header("Location", f"{told.address}/elsewhere")
            if name == "cut":
                self.send_header("Content-Length", "999")
            self.end_headers()
            try:
                while name == "drip" and not told.over.wait(0.01):
                    self.wfile.write(b" ")
                while name == "huge" and not told.over.is_set():
                    self.wfile.write(b" " * 65536)
            except OSError:
                return
            self.wfile.write(body.encode())

        def do_GET(self) -> None:
            told.asked.append(("GET", self.path))

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    told.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield told
    finally:
        told.over.set()
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def far(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The mirror of an endpoint that knows what two of our methods cost."""
    path = tmp_path_factory.mktemp("far") / "far.ttl"
    path.write_text(STORY, encoding="utf-8")
    with served(path) as address:
        yield address


def ask(built: Built, allowed: Endpoints, query: str) -> Solutions:
    return Federated(built.dataset, allowed).solve(PREFIX + query)


def plain(found: Solutions) -> list[tuple[object, ...]]:
    return [tuple(value(term) for term in row) for row in found.rows]


def value(term: Term | None) -> object:
    return python(term) if isinstance(term, pyoxigraph.Literal) else None if term is None else text(term).removeprefix(str(EXOG))


# ---- what is not asked ----


@pytest.mark.parametrize("name", sorted(ENGINES))
def test_nothing_is_asked_unless_it_is_named(built: Built, odd: Odd, name: str) -> None:
    """The line names the address and what to write."""
    query = f"{PREFIX}SELECT ?x WHERE {{ ?m a exog:IsolationMethod . SERVICE <{odd.address}/rows> {{ ?m ?p ?x }} }}"
    with pytest.raises(UsageError, match=rf"SERVICE asks another server, {odd.address}/rows, .* — add --federate {odd.address}/rows$"):
        engine_of(built, name).solve(query)
    with pytest.raises(UsageError, match="--federate"):
        Federated(built.dataset, endpoints([])).solve(query)
    assert odd.asked == []


@pytest.mark.parametrize(
    "clause",
    [
        "SERVICE <{address}/other> {{ ?s ?p ?x }}",
        "SERVICE <{address}/rows/> {{ ?s ?p ?x }}",
        "SERVICE <{address}/rows?a=b> {{ ?s ?p ?x }}",
        "SERVICE SILENT <{address}/other> {{ ?s ?p ?x }}",
        "SERVICE ex:rows {{ ?s ?p ?x }}",
        "VALUES ?where {{ <{address}/rows> }} SERVICE ?where {{ ?s ?p ?x }}",
        "VALUES ?where {{ <{address}/rows> }} SERVICE SILENT $where {{ ?s ?p ?x }}",
        "SERVICE <{address}/rows> {{ ?s ?p ?x SERVICE <{address}/rows> {{ ?x ?y ?z }} }}",
        "SERVICE <{address}/rows> {{ ?s ?p ?x }} SERVICE <{address}/other> {{ ?s ?p ?x }}",
        "OPTIONAL {{ SERVICE <{address}/other> {{ ?s ?p ?x }} }}",
        "?s a exog:Scale FILTER EXISTS {{ SERVICE <{address}/other> {{ ?s ?p ?x }} }}",
        "{{ SELECT ?x WHERE {{ service<{address}/other>{{ ?s ?p ?x }} }} }}",
        "?s ?p trueSERVICE<{address}/rows>{{}}",
        "?s ?p ex:aSERVICE<{address}/rows>{{}}",
        "SERV\\u0049CE <{address}/other> {{ ?s ?p ?x }}",
        "SERV\\u0049CE <{address}/rows> {{ ?s ?p ?x }}",
        "SERVICE <urn:a> {{ ?s ?p ?x }}",
        "SERVICE <{address}/rows> {{ ?s ?p ?x }} SERV\\u0049CE <{address}/other> {{ ?s ?p ?x }}",
        "SERVICE",
        "SERVICE <{address}/rows>",
        "SERVICE <{address}/rows> {{ ?s ?p ?x",
        "SERVICE <{address}/rows> ?s ?p ?x }}",
    ],
)
def test_only_the_very_address_is_asked_that_is_named(built: Built, odd: Odd, clause: str) -> None:
    allowed = endpoints([f"{odd.address}/rows"])
    with pytest.raises(UsageError, match=r"the query cannot be run: (SERVICE asks another server, |a SERVICE |Expected )") as error:
        ask(built, allowed, f"SELECT ?x WHERE {{ {clause.format(address=odd.address)} }}")
    assert "\n" not in str(error.value)
    assert odd.asked == []


def test_what_stands_in_a_comment_or_a_text_is_no_clause(built: Built, odd: Odd) -> None:
    query = f"""SELECT ?x ?y WHERE {{ # SERVICE <{odd.address}/other> {{ ?s ?p ?x }}
      BIND ('SERVICE <a> {{' AS ?y) BIND (\"\"\"a "b" SERVICE }} \\\\\"\"\" AS ?z)
      SERVICE # with a }} in a comment
        <{odd.address}/rows> {{ ?s ?p ?x . FILTER (?x != '}}' && ?x != "\\"}}") # and here }}
      }} }}"""
    assert plain(ask(built, endpoints([f"{odd.address}/rows"]), query)) == [("1", "SERVICE <a> {")]
    assert [name for name, _ in odd.asked] == ["rows"]


def test_an_engine_that_may_ask_leaves_the_others_as_they_are(built: Built, odd: Odd) -> None:
    query = f"SELECT ?x WHERE {{ SERVICE <{odd.address}/rows> {{ ?s ?p ?x }} }}"
    assert len(Federated(built.dataset, endpoints([f"{odd.address}/rows"])).select(query).rows) == 1
    for engine in ENGINES:
        with pytest.raises(UsageError, match="SERVICE asks another server"):
            engine_of(built, engine).select(query)
    assert len(odd.asked) == 1


@pytest.mark.parametrize(
    ("federate", "words"),
    [
        (["far"], "--federate far: no address of an endpoint"),
        (["file:///etc/passwd"], "no address of an endpoint"),
        ([f"{FAR}=file:///etc/passwd"], "no address of an endpoint"),
        ([f"{FAR} x"], "no address of an endpoint"),
        ([FAR, f"{FAR}=http://localhost/"], "named twice"),
    ],
)
def test_an_endpoint_is_an_address_on_the_web_and_named_once(federate: list[str], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        endpoints(federate)
    with pytest.raises(UsageError, match="no time to wait"):
        endpoints([FAR], float("nan"))
    assert endpoints(["http://a.example/?graph=b", f"{FAR}=http://localhost/?c=d"]).addresses == {
        "http://a.example/?graph=b": "http://a.example/?graph=b",
        FAR: "http://localhost/?c=d",
    }


# ---- what is asked, and what comes of it ----

JOINS = {
    "joined": ("?m a exog:IsolationMethod . SERVICE <F> { ?m ex:costs ?x }", [("precipitation", 5), ("ultracentrifugation", 9)]),
    "first": ("SERVICE <F> { ?m ex:costs ?x } ?m a exog:IsolationMethod .", [("precipitation", 5), ("ultracentrifugation", 9)]),
    "alone": ("SERVICE <F> { ?m ex:costs ?x }", [("nothingOfOurs", 1), ("precipitation", 5), ("ultracentrifugation", 9)]),
    "by prefix": ("?m a exog:IsolationMethod . SERVICE far:sparql { ?m ex:costs ?x }", [("precipitation", 5), ("ultracentrifugation", 9)]),
    "filtered there": ("?m a exog:IsolationMethod . SERVICE <F> { ?m ex:costs ?x FILTER (?x > 5) }", [("ultracentrifugation", 9)]),
    "filtered here": ("?m a exog:IsolationMethod . SERVICE <F> { ?m ex:costs ?x } FILTER (?x > 5)", [("ultracentrifugation", 9)]),
    "two": (
        "SERVICE <F> { ?m ex:costs ?x } SERVICE <F> { ?m ex:by ?who } ?m a exog:IsolationMethod .",
        [("precipitation", 5), ("ultracentrifugation", 9)],
    ),
    "two, one optional": (
        "?m a exog:IsolationMethod . SERVICE <F> { ?m ex:by ?who } OPTIONAL { SERVICE <F> { ?who ex:name ?x } }",
        [("precipitation", "A"), ("ultracentrifugation", None)],
    ),
    "optional": (
        "VALUES ?m { exog:precipitation exog:chromatography } OPTIONAL { SERVICE <F> { ?m ex:costs ?x } }",
        [("chromatography", None), ("precipitation", 5)],
    ),
    "optional with a condition": (
        "VALUES ?m { exog:precipitation exog:ultracentrifugation } OPTIONAL { SERVICE <F> { ?m ex:costs ?x } FILTER (?x > 5) }",
        [("precipitation", None), ("ultracentrifugation", 9)],
    ),
    "hidden within": (
        "?x a exog:IsolationMethod . SERVICE <F> { SELECT ?m WHERE { ?m ex:costs ?x FILTER (?x > 5) } } FILTER (?x = ?m)",
        [("ultracentrifugation", "ultracentrifugation")],
    ),
    "sub-select": (
        "?m a exog:IsolationMethod . SERVICE <F> { SELECT ?m (SUM(?c) AS ?x) WHERE { ?m ex:costs ?c } GROUP BY ?m }",
        [("precipitation", 5), ("ultracentrifugation", 9)],
    ),
    "either": (
        "{ ?m a exog:IsolationMethod . SERVICE <F> { ?m ex:costs ?x } } UNION { BIND (exog:cost AS ?m) }",
        [("cost", None), ("precipitation", 5), ("ultracentrifugation", 9)],
    ),
    "exists": ("?m a exog:IsolationMethod FILTER EXISTS { SERVICE <F> { ?m ex:by ?who } }", [("precipitation", None), ("ultracentrifugation", None)]),
    "not": ("?m a exog:IsolationMethod . SERVICE <F> { ?m ex:costs ?x } MINUS { SERVICE <F> { ?m ex:by ex:a } }", [("ultracentrifugation", 9)]),
    "silent": ("?m a exog:IsolationMethod . SERVICE SILENT <F> { ?m ex:costs ?x }", [("precipitation", 5), ("ultracentrifugation", 9)]),
    "value": ("BIND (5 AS ?x) SERVICE <F> { ?m ex:costs ?x }", [("precipitation", 5)]),
    "none": ("?m a exog:NoSuchThing . SERVICE <F> { ?m ex:costs ?x }", []),
}


@pytest.mark.parametrize("name", JOINS)
def test_what_another_endpoint_says_is_joined_with_our_data(built: Built, far: str, name: str) -> None:
    pattern, rows = JOINS[name]
    query = f"SELECT DISTINCT ?m ?x WHERE {{ {pattern.replace('<F>', f'<{FAR}>')} }} ORDER BY ?m"
    assert plain(ask(built, endpoints([f"{FAR}={far}"]), query)) == rows


def test_every_form_of_query_may_ask(built: Built, far: str) -> None:
    allowed = endpoints([f"{FAR}={far}"])
    pattern = f"?m a exog:IsolationMethod . SERVICE <{FAR}> {{ ?m ex:costs ?x }}"
    assert plain(ask(built, allowed, f"ASK {{ {pattern} FILTER (?x = 9) }}")) == [(True,)]
    assert plain(ask(built, allowed, f"ASK {{ {pattern} FILTER (?x = 8) }}")) == [(False,)]
    assert len(ask(built, allowed, f"CONSTRUCT {{ ?m ex:here ?x }} WHERE {{ {pattern} }}").rows) == 2
    assert len({row[0] for row in ask(built, allowed, f"DESCRIBE ?m WHERE {{ {pattern} }}").rows}) >= 2
    assert plain(ask(built, allowed, f"SELECT (SUM(?x) AS ?all) WHERE {{ {pattern} }}")) == [(14,)]


def test_a_variable_that_is_bound_beforehand_goes_along(built: Built, odd: Odd) -> None:
    engine = Federated(built.dataset, endpoints([f"{odd.address}/none"]))
    query = f"SELECT * WHERE {{ ?m a ?kind . SERVICE <{odd.address}/none> {{ ?m ?p ?x }} }}"
    engine.select(query, {"m": TERMS.precipitation, "kind": TERMS.IsolationMethod})
    (sent,) = odd.queries()
    assert f"VALUES (?m) {{ (<{EXOG.precipitation}>) }}" in sent


def test_an_endpoint_is_asked_once_for_all_rows_with_what_they_know(built: Built, odd: Odd) -> None:
    """And with the prefixes of the query, so that the clause is read there as here."""
    pattern = f"?m a exog:IsolationMethod ; rdfs:label ?label . SERVICE <{odd.address}/none> {{ ?m ex:costs ?x }}"
    assert ask(built, endpoints([f"{odd.address}/none"]), f"SELECT * WHERE {{ {pattern} }}").rows == []
    (sent,) = odd.queries()
    assert sent.count(f"(<{EXOG}") == 24
    assert "?label" not in sent
    assert "PREFIX ex: <https://example.org/>" in sent
    assert "{ ?m ex:costs ?x \n} VALUES (?m) {" in sent


def test_many_rows_go_in_portions_and_none_is_asked_twice(built: Built, odd: Odd) -> None:
    pattern = f"?claim a exog:RatingClaim ; exog:criterion ?c . SERVICE <{odd.address}/none> {{ ?claim ex:x ?x }}"
    ask(built, endpoints([f"{odd.address}/none"]), f"SELECT * WHERE {{ {pattern} }}")
    claims = len(built.engine.select(f"{PREFIX}SELECT ?c WHERE {{ ?c a exog:RatingClaim }}").rows)
    assert claims > PORTION
    counts = [sent.count("(<https") for sent in odd.queries()]
    assert counts == [PORTION] * (claims // PORTION) + [claims % PORTION]
    odd.asked.clear()
    pattern = f"?claim a exog:RatingClaim ; exog:criterion ?c . SERVICE <{odd.address}/none> {{ ?c ex:x ?x }}"
    ask(built, endpoints([f"{odd.address}/none"]), f"SELECT * WHERE {{ {pattern} }}")
    (sent,) = odd.queries()
    assert 5 < sent.count("(<https") < PORTION


def test_nothing_is_asked_for_no_rows(built: Built, odd: Odd) -> None:
    ask(built, endpoints([f"{odd.address}/rows"]), f"SELECT * WHERE {{ ?m a exog:NoSuchThing . SERVICE <{odd.address}/rows> {{ ?m ?p ?x }} }}")
    assert odd.asked == []


def test_clauses_are_read_as_they_stand() -> None:
    found = clauses("PREFIX a: <urn:a/> SELECT * { service Silent a:b { ?x a:c '}' } SERVICE ?where{} SERVICE<urn:d>{ { } } }")
    assert [(clause.address, clause.silent, clause.body) for clause in found] == [
        ("urn:a/b", True, " ?x a:c '}' "),
        ("?where", False, ""),
        ("urn:d", False, " { } "),
    ]


# ---- what goes wrong over there ----


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_another_endpoint_is_told_in_one_line(built: Built, odd: Odd, fault: str) -> None:
    """With the address that the query names, what is the matter and what to try; and no other address is asked."""
    query = f"SELECT * WHERE {{ SERVICE <{FAR}> {{ ?s ?p ?x }} }}"
    with pytest.raises(EndpointError, match=FAULTS[fault][3]) as error:
        ask(built, endpoints([f"{FAR}={odd.address}/{fault}"], 0.3 if fault in {"hang", "drip"} else 60), query)
    assert str(error.value).startswith(f"{FAR}, asked at {odd.address}/{fault}, ")
    assert f"name a mirror by --federate {FAR}=URL" in str(error.value)
    assert "\n" not in str(error.value)
    assert [name for name, _ in odd.asked] == [fault]


@pytest.mark.parametrize("fault", ["500", "302", "broken", "down"])
def test_a_silent_clause_passes_over_a_fault(built: Built, odd: Odd, fault: str) -> None:
    """The rows stay, with nothing added; so SPARQL has it."""
    address = "http://127.0.0.1:9/" if fault == "down" else f"{odd.address}/{fault}"
    query = f"SELECT ?m ?x WHERE {{ ?m a exog:IsolationMethod . SERVICE SILENT <{FAR}> {{ ?m ?p ?x }} }}"
    rows = ask(built, endpoints([f"{FAR}={address}"]), query).rows
    assert len(rows) == 24
    assert {row[1] for row in rows} == {None}


def test_more_rows_than_can_be_held_are_refused(built: Built, odd: Odd, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exograph.endpoints.ROWS", 0)
    with pytest.raises(EndpointError, match="more than 0 rows"):
        ask(built, endpoints([f"{odd.address}/rows"]), f"SELECT * WHERE {{ SERVICE <{odd.address}/rows> {{ ?s ?p ?x }} }}")


# ---- by hand ----


def test_a_saved_question_asks_what_the_user_names(stand_ins: list[str]) -> None:
    """On the command line and in Python."""
    (mirror,) = [name for name in stand_ins if "uniprot" in name]
    refused = run("ask", "proteins-in-uniprot")
    assert refused.returncode == 2
    assert refused.stderr.splitlines() == [
        "exograph: proteins-in-uniprot.rq: the query cannot be run: SERVICE asks another server, https://sparql.uniprot.org/sparql, "
        "which exograph does only where you name it — add --federate https://sparql.uniprot.org/sparql"
    ]
    answered = run("ask", "proteins-in-uniprot", "--set", "protein=CD63", "--federate", mirror, "--format", "csv")
    assert answered.stdout.splitlines()[1:] == ["exog:cd63,CD63,has narrower match,UniProt:P08962,CD63_HUMAN,CD63 antigen"]
    found = exograph.ask("proteins-in-uniprot", root=REPOSITORY, federate=[mirror], protein="CD63")
    assert found.records()[0]["mnemonic"] == "CD63_HUMAN"


def test_a_query_of_ones_own_asks_what_the_user_names(far: str, tmp_path: Path) -> None:
    path = tmp_path / "query.rq"
    path.write_text(
        f"{PREFIX}SELECT ?m ?x WHERE {{ ?m a exog:IsolationMethod . SERVICE <{far}> {{ ?m ex:costs ?x }} }} ORDER BY ?m", encoding="utf-8"
    )
    done = run("sparql", str(path), "--federate", far, "--format", "csv")
    assert done.stdout.splitlines() == ["m,x", "exog:precipitation,5", "exog:ultracentrifugation,9"]
    assert exograph.sparql(path.read_text(encoding="utf-8"), REPOSITORY, federate=(far,)).rows[0] == ("exog:precipitation", 5)


@pytest.mark.parametrize(
    ("fault", "words"), [("500", "answers with the code 500"), ("hang", "does not answer within 0.5 s"), ("down", "is not reached")]
)
def test_a_fault_over_there_ends_in_one_line_and_exit_code_2(odd: Odd, fault: str, words: str) -> None:
    address = "http://127.0.0.1:9/" if fault == "down" else f"{odd.address}/{fault}"
    done = run("sparql", "-", "--federate", address, "--wait", "0.5", given=f"SELECT * WHERE {{ SERVICE <{address}> {{ ?s ?p ?x }} }}")
    assert done.returncode == 2
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"exograph: {address} {words}")


def test_the_list_of_questions_tells_which_of_them_ask_others() -> None:
    asked = {record["name"]: record["federated"] for record in exograph.questions(REPOSITORY).records()}
    assert asked["reactions-in-rhea"] == "https://sparql.rhea-db.org/sparql, https://sparql.uniprot.org/sparql"
    assert asked["silence"] == ""


def test_a_literal_is_the_same_here_and_there(built: Built, odd: Odd) -> None:
    """A text with its datatype spelled out joins with one without; the row keeps ours."""
    written = '"1"^^<http://www.w3.org/2001/XMLSchema#string>'
    engine = Federated(built.dataset, endpoints([f"{odd.address}/rows"]))
    assert engine.select(f"SELECT ?x WHERE {{ VALUES ?x {{ {written} }} SERVICE <{odd.address}/rows> {{ ?s ?p ?x }} }}").rows == [
        (pyoxigraph.Literal("1"),)
    ]
