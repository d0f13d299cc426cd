"""What the server answers: the SPARQL Protocol, saved questions, things, and what tells of them."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pyoxigraph as ox
import pytest
import requests
from openapi_spec_validator import validate

from exograph.catalogue import read_questions
from exograph.connections import HEAD_TIME, READER_TIME
from exograph.gate import DEPTH, LENGTH
from exograph.negotiation import ANSWERS, GRAPHS, RESULTS, negotiate
from exograph.places import Places
from exograph.serving import ADDRESSES
from exograph.wire import BODY_TIME, HEAD
from exograph.zygote import Limits
from tests.conftest import REPOSITORY, without_reviews
from tests.rdf import EXOG, GRAPH
from tests.served import serving
from tests.stores import free_port

pytestmark = pytest.mark.xdist_group("serving")

SELECT = "SELECT ?label { <https://w3id.org/exograph/ontology#precipitation> <http://www.w3.org/2000/01/rdf-schema#label> ?label }"
TERM = "<https://w3id.org/exograph/ontology#precipitation>"
QUERIES = {
    "SELECT": SELECT,
    "ASK": "ASK { ?s ?p ?o }",
    "CONSTRUCT": f"CONSTRUCT {{ {TERM} ?p ?o }} WHERE {{ {TERM} ?p ?o }}",
    "DESCRIBE": f"DESCRIBE {TERM}",
}
MATRIX = [(form, kind) for form in QUERIES for kind in (RESULTS if form in {"SELECT", "ASK"} else GRAPHS)]
PARSED = {"xml": ox.QueryResultsFormat.XML, "json": ox.QueryResultsFormat.JSON, "tsv": ox.QueryResultsFormat.TSV}
READ = {"turtle": ox.RdfFormat.TURTLE, "ntriples": ox.RdfFormat.N_TRIPLES, "jsonld": ox.RdfFormat.JSON_LD, "rdfxml": ox.RdfFormat.RDF_XML}


@pytest.fixture(scope="module")
def url(small: Places, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server over the ontology without reviews."""
    with serving(small, tmp_path_factory.mktemp("server")) as address:
        yield address


def ask(url: str, query: str, accept: str = "*/*", **more: str) -> requests.Response:
    return requests.get(f"{url}/sparql", params={"query": query, **more}, headers={"Accept": accept}, timeout=60)


def send(url: str, way: str, query: str, accept: str) -> requests.Response:
    headers = {"Accept": accept}
    if way == "GET":
        return ask(url, query, accept)
    if way == "form":
        return requests.post(f"{url}/sparql", data={"query": query}, headers=headers, timeout=60)
    return requests.post(f"{url}/sparql", data=query.encode(), headers={**headers, "Content-Type": "application/sparql-query"}, timeout=60)


def count(url: str, query: str, **more: str) -> int:
    return int(ask(url, query, **more).json()["results"]["bindings"][0]["n"]["value"])


@pytest.mark.parametrize("way", ["GET", "form", "direct"])
@pytest.mark.parametrize(("form", "kind"), MATRIX)
def test_every_form_of_query_comes_in_every_format_however_it_is_sent(url: str, form: str, kind: str, way: str) -> None:
    answer = send(url, way, QUERIES[form], kind)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"].partition(";")[0] == kind
    written = {**RESULTS, **GRAPHS}[kind]
    if form in {"CONSTRUCT", "DESCRIBE"}:
        triples = [*ox.parse(answer.content, format=READ[written])]
        assert any(triple.object == ox.Literal("precipitation", language="en") for triple in triples)
    elif written == "csv":
        assert [*csv.reader(io.StringIO(answer.text))][-1] == (["precipitation"] if form == "SELECT" else ["true"])
    elif form == "ASK" and written == "tsv":
        assert answer.text.strip() == "true"
    else:
        parsed = ox.parse_query_results(answer.content, format=PARSED[written])
        assert bool(parsed) if isinstance(parsed, ox.QueryBoolean) else [row["label"].value for row in parsed] == ["precipitation"]


def test_the_default_graph_is_the_union_unless_the_query_or_the_request_names_graphs(url: str) -> None:
    total = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    named = "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }"
    whole, queries, ontology = count(url, total), str(GRAPH.queries), str(GRAPH.ontology)
    part = count(url, f"SELECT (COUNT(*) AS ?n) {{ GRAPH <{queries}> {{ ?s ?p ?o }} }}")
    assert whole == count(url, named) > part > 0
    assert count(url, f"SELECT (COUNT(*) AS ?n) FROM <{queries}> {{ ?s ?p ?o }}") == part
    assert count(url, total, **{"default-graph-uri": queries}) == part
    assert count(url, named, **{"default-graph-uri": queries}) == 0
    assert count(url, named, **{"named-graph-uri": queries}) == part
    assert count(url, total, **{"named-graph-uri": queries}) == 0
    assert count(url, f"SELECT (COUNT(*) AS ?n) FROM <{ontology}> {{ ?s ?p ?o }}", **{"default-graph-uri": queries}) == part


FORM, DIRECT = {"Content-Type": "application/x-www-form-urlencoded"}, {"Content-Type": "application/sparql-query"}
REFUSED = {
    "no query": (400, "SELEC ?x", {}),
    "not readable": (400, "SELECT ?x { ?x", {}),
    "an unknown function": (400, "SELECT (<urn:f>(1) AS ?x) {}", {}),
    "no such format": (406, SELECT, {"Accept": "image/png"}),
    "a format of graphs": (406, SELECT, {"Accept": "text/turtle"}),
    "a format refused": (406, SELECT, {"Accept": "*/*;q=0"}),
    "an update": (403, "INSERT DATA { <urn:a> <urn:b> <urn:c> }", {}),
    "a load": (403, "LOAD <file:///etc/passwd>", {}),
    "too long": (413, SELECT + " " * 20_000, {}),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_gets_its_status_and_one_line(url: str, case: str) -> None:
    status, query, headers = REFUSED[case]
    answer = requests.get(f"{url}/sparql", params={"query": query}, headers=headers, timeout=60)
    assert (answer.status_code, len(answer.text.splitlines())) == (status, 1), answer.text
    assert answer.headers["Content-Type"].startswith("text/plain")


@pytest.mark.parametrize(
    ("status", "body", "headers"),
    [
        (400, b"", FORM),
        (400, b"query=ASK{}&query=ASK{}", FORM),
        (400, b"query=%FF", FORM),
        (400, b"\xff", DIRECT),
        (403, b"update=CLEAR ALL", FORM),
        (403, b"CLEAR ALL", {"Content-Type": "application/sparql-update"}),
        (403, b"CLEAR ALL", DIRECT),
        (413, b"query=" + b"x" * 200_000, FORM),
        (415, b"ASK {}", {}),
        (415, b"ASK {}", {"Content-Type": "text/plain"}),
        (415, b"ASK {}", {"Content-Type": "application/sparql-query; charset=latin-1"}),
        (415, b"ASK {}", {**DIRECT, "Content-Encoding": "gzip"}),
    ],
)
def test_a_post_that_will_not_do_is_told_why(url: str, status: int, body: bytes, headers: dict[str, str]) -> None:
    answer = requests.post(f"{url}/sparql", data=body, headers=headers, timeout=60)
    assert (answer.status_code, len(answer.text.splitlines())) == (status, 1), answer.text


@pytest.mark.parametrize(
    ("method", "path"), [("PUT", "/sparql"), ("DELETE", "/sparql"), ("POST", "/questions"), ("POST", "/id/x"), ("PATCH", "/ontology")]
)
def test_a_method_that_is_not_offered_is_told_which_are(url: str, method: str, path: str) -> None:
    answer = requests.request(method, url + path, timeout=60)
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]


def test_a_method_that_would_change_the_data_changes_nothing(url: str) -> None:
    before = count(url, "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")
    for name in ("query", "update"):
        requests.post(f"{url}/sparql", data={name: "DROP ALL"}, timeout=60)
    assert count(url, "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }") == before


@pytest.mark.parametrize(
    ("accept", "liked"),
    [
        ("", "application/sparql-results+json"),
        ("*/*", "application/sparql-results+json"),
        ("text/*", "text/csv"),
        ("text/csv;q=0.1, application/sparql-results+xml;q=0.9", "application/sparql-results+xml"),
        ("*/*;q=0.9, text/csv;q=0", "application/sparql-results+json"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "application/xml"),
        ("TEXT/CSV ; Q=1", "text/csv"),
        ("image/png", None),
        ("text/csv;q=nonsense", None),
    ],
)
def test_the_format_is_the_one_that_the_client_likes_best(accept: str, liked: str | None) -> None:
    chosen = negotiate(accept, RESULTS)
    assert (chosen and chosen[0]) == liked


def test_head_tells_what_get_would_send(url: str) -> None:
    for path in (f"/sparql?query={quote(SELECT)}", "/ontology", "/healthz", "/questions", "/openapi.json"):
        got, head = requests.get(url + path, timeout=60), requests.head(url + path, timeout=60)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["Content-Type"] == got.headers["Content-Type"]


def test_who_holds_an_answer_is_told_that_it_stands(url: str) -> None:
    paths = (f"/sparql?query={quote(SELECT)}", "/ontology", "/questions", "/questions/silent-methods", "/openapi.json", "/.well-known/void")
    tags = [requests.get(url + path, timeout=60).headers["ETag"] for path in paths]
    assert len(set(tags)) == len(paths)
    for path, tag in zip(paths, tags, strict=True):
        again = requests.get(url + path, headers={"If-None-Match": f'"other", {tag}'}, timeout=60)
        assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)
        assert requests.get(url + path, headers={"If-None-Match": '"other"'}, timeout=60).status_code == 200
    assert requests.get(url + paths[0], headers={"Accept": "text/csv"}, timeout=60).headers["ETag"] != tags[0]
    changing = ask(url, "SELECT (RAND() AS ?x) {}")
    assert "ETag" not in changing.headers
    assert changing.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/sparql?query=ASK{}", "/sparql?query=nonsense", "/sparql?query=LOAD", "/none", "/healthz", "/openapi.json"])
def test_any_page_may_ask_but_none_with_the_credentials_of_its_reader(url: str, path: str) -> None:
    answer = requests.get(url + path, headers={"Origin": "https://elsewhere.example", "Cookie": "a=b"}, timeout=60)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "Set-Cookie" not in answer.headers
    before = requests.options(url + path, headers={"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "POST"}, timeout=60)
    assert before.status_code == 204
    assert "POST" in before.headers["Access-Control-Allow-Methods"]


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8000", "localhost.evil.example", "user@localhost", "localhost/x", "127.0.0.1.nip.io", "-"]
)
def test_a_name_that_was_bent_to_this_machine_is_not_answered(url: str, host: str) -> None:
    assert requests.get(f"{url}/sparql?query=ASK{{}}", headers={"Host": host}, timeout=60).status_code == 421


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1234", "127.0.0.1", "[::1]:8000", "192.0.2.1"])
def test_an_address_or_a_name_of_this_machine_is_answered(url: str, host: str) -> None:
    assert requests.get(f"{url}/healthz", headers={"Host": host}, timeout=60).status_code == 200


def test_a_server_behind_a_proxy_answers_to_its_public_name_and_gives_its_public_address(small: Places, tmp_path: Path) -> None:
    with serving(small, tmp_path, "--public", "https://data.example/exo") as url:
        assert requests.get(f"{url}/healthz", headers={"Host": "data.example"}, timeout=60).status_code == 200
        assert b"<https://data.example/exo/sparql>" in requests.get(f"{url}/sparql", headers={"Accept": "application/n-triples"}, timeout=60).content
        assert requests.get(f"{url}/openapi.json", timeout=60).json()["servers"] == [{"url": "https://data.example/exo/"}]
        assert requests.get(f"{url}/questions", timeout=60).json()[0]["href"].startswith("https://data.example/exo/questions/")


ASKED = {
    "defaults": ("silent-methods", {}),
    "by CURIE": ("silent-methods", {"criterion": "exog:purity"}),
    "by label": ("silent-methods", {"criterion": "purity"}),
    "freed": ("methods-with-level", {"criterion": "", "level": ""}),
    "no such value": ("silent-methods", {"criterion": "purty"}),
    "no such parameter": ("silent-methods", {"criterium": "purity"}),
    "an attack": ("silent-methods", {"criterion": '" . } SERVICE <http://127.0.0.1/> { #'}),
    "no such question": ("silent-method", {}),
}


@pytest.mark.parametrize("form", ["json", "csv", "tsv", "markdown"])
@pytest.mark.parametrize("case", ASKED)
def test_a_saved_question_is_answered_as_on_the_command_line(url: str, small: Places, case: str, form: str) -> None:
    name, settings = ASKED[case]
    words = [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]
    told = subprocess.run(
        [sys.executable, "-m", "exograph", "ask", name, *words, "--format", form, "--root", str(small.root)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    for more, headers in (({"format": form}, {}), ({}, {"Accept": next(kind for kind, name in ANSWERS.items() if name == form)})):
        answer = requests.get(f"{url}/questions/{name}", params={**settings, **more}, headers=headers, timeout=60)
        if told.returncode == 0:
            assert (answer.status_code, answer.text) == (200, told.stdout)
        else:
            assert answer.status_code == (404 if case == "no such question" else 400)
            assert f"exograph: {answer.text}" == told.stderr


@pytest.mark.parametrize(("query", "status"), [("format=xlsx", 400), ("criterion=a&criterion=b", 400), ("criterion=%FF", 400)])
def test_a_question_that_is_asked_wrongly_is_told_so_in_one_line(url: str, query: str, status: int) -> None:
    answer = requests.get(f"{url}/questions/silent-methods?{query}", timeout=60)
    assert (answer.status_code, len(answer.text.splitlines())) == (status, 1)


def test_a_question_that_asks_another_server_is_neither_offered_nor_answered(data: Places, tmp_path: Path) -> None:
    root = without_reviews(data, tmp_path / "root")
    header = "#+ question: Who else knows?\n#+ topic: any\n#+ columns: {a: what}\n"
    (root.queries / "ask" / "far.rq").write_text(
        header + "#+ federated: http://127.0.0.1:1/\nSELECT ?a { SERVICE <http://127.0.0.1:1/> { ?a ?b ?c } }", encoding="utf-8"
    )
    near = "SELECT DISTINCT ?a FROM <https://w3id.org/exograph/graph/dataset> { ?a a <http://www.w3.org/ns/sparql-service-description#Service> }"
    (root.queries / "ask" / "near.rq").write_text(header + near, encoding="utf-8")
    with serving(root, tmp_path) as url:
        assert requests.get(f"{url}/questions/near", timeout=60).json() == [{"a": "https://w3id.org/exograph/service"}]
        assert requests.get(f"{url}/questions/far", timeout=60).status_code == 403
        assert "far" not in {question["name"] for question in requests.get(f"{url}/questions", timeout=60).json()}
        assert "/questions/far" not in requests.get(f"{url}/openapi.json", timeout=60).json()["paths"]


def test_the_description_of_the_interface_is_valid_and_tells_of_every_question(url: str, small: Places) -> None:
    described = requests.get(f"{url}/openapi.json", timeout=60).json()
    validate(described)
    listed = requests.get(f"{url}/questions", timeout=60).json()
    questions = [question for question in read_questions(small) if not question.federated]
    assert [question["name"] for question in listed] == [question.name for question in questions]
    for question, told in zip(questions, listed, strict=True):
        asked = described["paths"][f"/questions/{question.name}"]["get"]
        assert asked["summary"] == question.question
        assert [one["name"] for one in asked["parameters"]] == [*(one.name for one in question.parameters), "format"]
        assert [*asked["responses"]["200"]["content"]["application/json"]["schema"]["items"]["properties"]] == [*question.columns]
        assert told["href"] == f"{url}/questions/{question.name}"


def test_no_question_has_a_parameter_called_format(data: Places) -> None:
    assert not [question.name for question in read_questions(data) if any(one.name == "format" for one in question.parameters)]


THINGS = {
    "/ontology": (f"{EXOG}precipitation", "precipitation"),
    "/query/silent-methods": ("https://w3id.org/exograph/query/silent-methods", "silent methods"),
}


@pytest.mark.parametrize("kind", [*GRAPHS, "text/html"])
@pytest.mark.parametrize("path", THINGS)
def test_the_path_of_an_iri_leads_to_what_is_stated_of_it(url: str, path: str, kind: str) -> None:
    answer = requests.get(url + path, headers={"Accept": f"{kind}, */*;q=0.1"}, timeout=60)
    assert answer.status_code == 200
    assert (answer.headers["Content-Type"].partition(";")[0], answer.headers["Vary"].partition(",")[0]) == (kind, "Accept")
    iri, label = THINGS[path]
    if kind == "text/html":
        assert f">{label}</a>" in answer.text if path == "/ontology" else f"<code>{path.removeprefix('/query/')}</code>" in answer.text
    else:
        told = {
            (triple.subject, triple.object.value)
            for triple in ox.parse(answer.content, format=READ[GRAPHS[kind]])
            if "label" in str(triple.predicate)
        }
        assert (ox.NamedNode(iri), label) in told


@pytest.mark.parametrize("path", ["/graph/ontology", "/dataset", "/service", "/service/ontology"])
def test_whatever_has_an_iri_has_a_place(url: str, path: str) -> None:
    told = requests.get(url + path, headers={"Accept": "application/n-triples"}, timeout=60)
    assert f"<https://w3id.org/exograph{path}> " in told.text


@pytest.mark.parametrize(
    "path", ["/id/nobody", "/id/%00", "/id/a%20b", "/id/%3Cscript%3E", "/id/%2e%2e/%2e%2e/etc/passwd", "/..%2f..%2fetc/passwd", "/id/é"]
)
def test_what_is_nothing_is_not_found(url: str, path: str) -> None:
    answer = requests.get(url + path, timeout=60)
    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert "root:" not in answer.text


def test_the_dataset_and_the_service_describe_themselves(url: str) -> None:
    nt = {"Accept": "application/n-triples"}
    void = requests.get(f"{url}/.well-known/void", headers=nt, timeout=60).text
    assert "<https://w3id.org/exograph/dataset> <http://rdfs.org/ns/void#subset> <https://w3id.org/exograph/graph/ontology> ." in void
    service = requests.get(f"{url}/sparql", headers=nt, timeout=60).text
    sd = "http://www.w3.org/ns/sparql-service-description#"
    assert f"<https://w3id.org/exograph/service> <{sd}endpoint> <{url}/sparql> ." in service
    assert f"<https://w3id.org/exograph/service> <{sd}feature> <{sd}UnionDefaultGraph> ." in service
    assert service.count(f"<{sd}resultFormat>") == len({*GRAPHS.values(), *RESULTS.values()})


def test_the_first_page_names_what_there_is(url: str) -> None:
    told = requests.get(f"{url}/", timeout=60).text.splitlines()[1:]
    assert f"{url}/sparql" in told
    for address in told:
        assert requests.get(address, timeout=60).status_code == 200


def test_the_documentation_tells_the_addresses_and_the_limits_as_they_are(url: str) -> None:
    text = (REPOSITORY / "docs" / "serving.md").read_text(encoding="utf-8")
    addresses = re.findall(r"^\| `(/\S*)` \|", text, re.MULTILINE)
    assert {f"/{place}" for place in ADDRESSES} <= {*addresses}
    for address in addresses:
        assert requests.get(url + address, timeout=60).status_code == 200
    limits = Limits()
    told = dict(re.findall(r"^\| (\w+ ?\w+ ?\w* ?\w*) \| (\d+)", text, re.MULTILINE))
    assert {name: int(value) for name, value in told.items()} == {
        "length of a query": LENGTH, "brackets inside each other": DEPTH, "time of a query": limits.seconds, "memory of a query": limits.memory >> 30,
        "length of an answer": limits.output >> 20, "queries at once": limits.children, "queries that wait": limits.queue,
            "head of a request": HEAD >> 10, "time of a head": HEAD_TIME, "time of a body": BODY_TIME, "time of a reader": READER_TIME,
    }  # fmt: skip


def fails(*words: str, **environment: str) -> str:
    """The one line that the command ends in."""
    done = subprocess.run(
        [sys.executable, "-m", "exograph", "serve", *words],
        capture_output=True, text=True, check=False, cwd=REPOSITORY, env={**os.environ, **environment}, timeout=300,
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr.splitlines()[-1]


def test_a_port_that_is_taken_is_named(url: str, small: Places) -> None:
    port = url.rpartition(":")[2]
    assert f"127.0.0.1:{port}: nothing can be served there" in fails("--port", port, "--root", str(small.root))


@pytest.mark.parametrize("words", [("--host", "nowhere.invalid"), ("--host", "192.0.2.1"), ("--public", "data.example"), ("--public", "ftp://a/")])
def test_an_address_that_will_not_do_is_named(small: Places, words: tuple[str, str]) -> None:
    assert words[1] in fails(*words, "--port", str(free_port()), "--root", str(small.root))


def test_data_that_cannot_be_opened_ends_the_server_with_the_reason(data: Places, tmp_path: Path) -> None:
    root = without_reviews(data, tmp_path / "root")
    (root.ontology / "methods.ttl").write_text("nonsense", encoding="utf-8")
    assert "ontology/methods.ttl: not readable as Turtle" in fails("--port", str(free_port()), "--root", str(root.root))


def test_the_server_by_itself_is_reached_from_this_machine_alone(url: str) -> None:
    """At the one address that it names, though all that begin with 127 are this machine on Linux."""
    if sys.platform != "linux":
        pytest.skip("only Linux answers at every address that begins with 127")
    port = int(url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)):
        pass
    with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.2", port)):
        pass


def test_who_opens_the_server_to_others_is_told_what_it_lacks(small: Places, tmp_path: Path) -> None:
    with serving(small, tmp_path, "--host", "0.0.0.0"):
        assert "0.0.0.0 is open to other machines, without login or encryption" in (tmp_path / "log").read_text(encoding="utf-8")


@pytest.mark.parametrize(("gone", "told"), [("sys.modules['starlette'] = None", "pip install 'exograph[serve]'"), ("del os.fork", "Windows lacks")])
def test_what_the_server_needs_and_lacks_is_told_in_one_line(gone: str, told: str) -> None:
    code = f"import os, sys; {gone}; sys.argv = ['exograph', 'serve']; from exograph.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=REPOSITORY)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1), done.stderr
    assert told in done.stderr


def test_nothing_of_the_server_is_loaded_where_none_is_asked_for() -> None:
    code = "import sys, exograph, exograph.api, exograph.cli; print([m for m in ('starlette', 'uvicorn') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=REPOSITORY).stdout.strip() == "[]"


def test_the_listing_of_questions_is_plain_json(url: str) -> None:
    question = next(question for question in json.loads(requests.get(f"{url}/questions", timeout=60).text) if question["name"] == "silent-methods")
    assert question["parameters"][0].keys() >= {"name", "type", "about", "default"}
