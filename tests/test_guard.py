"""What a query can do to the server: end its own process, and nothing else."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

import pyoxigraph
import pytest
import requests

from exograph import replies
from exograph.cache import STORE, opened, place
from exograph.catalogue import read_questions
from exograph.errors import RefusedError, UsageError
from exograph.gate import DEPTH, LENGTH, admit
from exograph.guard import Guard, Reply
from exograph.places import Places
from exograph.replies import TABLES, decoded, encoded, perform, snapshot
from exograph.zygote import Limits
from tests.served import family, listening, parents, ready, serving, trap, until

pytestmark = pytest.mark.xdist_group("serving")

LETTERS = "a" * 64
BOMBS = {
    "product": "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }",
    "closure of a path": "SELECT (COUNT(*) AS ?n) { ?a (!<urn:x>|!<urn:y>)* ?b . ?c (!<urn:x>)* ?d }",
    "GROUP_CONCAT": "SELECT (GROUP_CONCAT(CONCAT(STR(?a), STR(?f))) AS ?x) { ?a ?b ?c . ?d ?e ?f }",
    "CONCAT that doubles": "SELECT (STRLEN(?x40) AS ?n) { BIND ('" + LETTERS + "' AS ?x0) "
    + " ".join(f"BIND (CONCAT(?x{n}, ?x{n}) AS ?x{n + 1})" for n in range(40)) + " }",
    "sort of a product": "SELECT * { ?a ?b ?c . ?d ?e ?f } ORDER BY ?f ?c",
    "huge answer": "SELECT * { ?a ?b ?c . ?d ?e ?f }",
    "huge graph": "CONSTRUCT { ?a <urn:p> ?f } WHERE { ?a ?b ?c . ?d ?e ?f }",
    "brackets 129 deep": "ASK " + "{" * 129 + "}" * 129,
    "brackets 100000 deep": "ASK " + "{" * 100_000 + "}" * 100_000,
    "long path": "ASK { ?a " + "/".join(["<a:>"] * 3_900) + " ?b }",
    "long negation": "ASK { FILTER (" + "!" * 19_000 + "true) }",
    "depth behind a sign": "ASK { FILTER (?a<" + "(" * 9_000 + "?b>1" + ")" * 9_000 + ") }",
}  # fmt: skip
EVADING = {
    "plain": "SELECT * { SERVICE <%s> { ?a ?b ?c } }",
    "silent": "SELECT * { SERVICE SILENT <%s> { ?a ?b ?c } }",
    "without spaces": "SELECT*{SERVICE<%s>{?a ?b ?c}}",
    "in small letters": "select * { service <%s> { ?a ?b ?c } }",
    "after a comment": "SELECT * { # {\nSERVICE # }\n <%s> { ?a ?b ?c } }",
    "after a number": "SELECT * { ?a ?b ?c FILTER (?c != 1) BIND (1 AS ?x) VALUES ?y { 1 } SERVICE <%s> { ?d ?e ?f } }",
    "by variable": "SELECT * { VALUES ?v { <%s> } SERVICE ?v { ?a ?b ?c } }",
    "in EXISTS": "ASK { ?a ?b ?c FILTER EXISTS { SERVICE <%s> { ?a ?b ?c } } }",
    "in a sub-select": "SELECT * { { SELECT * { SERVICE <%s> { ?a ?b ?c } } } }",
    "in CONSTRUCT": "CONSTRUCT { ?a ?b ?c } WHERE { SERVICE <%s> { ?a ?b ?c } }",
    "escaped": "SELECT * { SERV\\u0049CE <%s> { ?a ?b ?c } }",
    "after a string": "SELECT * { BIND ('''a \\'''' AS ?x) SERVICE <%s> { ?a ?b ?c } }",
}


@pytest.fixture(scope="module")
def url(small: Places, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server over the ontology without reviews, with the limits that it has by itself."""
    with serving(small, tmp_path_factory.mktemp("server")) as address:
        yield address


def ask(url: str, query: str) -> requests.Response:
    return requests.post(f"{url}/sparql", data={"query": query}, timeout=120)


def run(root: Places, *jobs: dict[str, Any], limits: Limits = Limits()) -> list[Reply]:  # noqa: B008
    """Do jobs at once, without the gate before them."""
    gc.collect()  # what pyoxigraph has left must not be dropped by a thread that is started here

    async def done() -> list[Reply]:
        failures: list[UsageError] = []
        guard = Guard(str(root.root), limits, failures.append, print)
        guard.start()
        try:
            while guard.told is None:
                assert not failures, failures
                await asyncio.sleep(0.05)
            return [*await asyncio.gather(*(guard.run(job) for job in jobs))]
        finally:
            await guard.stop()

    return asyncio.run(done())


def raw(query: str) -> dict[str, Any]:
    return {"do": "query", "query": query, "form": "turtle" if query.startswith("CONSTRUCT") else "json", "union": True, "default": None}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_costs_its_sender_an_error_and_others_nothing(url: str, bomb: str) -> None:
    with ThreadPoolExecutor() as threads:
        bombs = [threads.submit(ask, url, BOMBS[bomb])]
        others = [threads.submit(ask, url, "ASK { ?s ?p ?o }") for _ in range(3)]
        assert [other.result().json()["boolean"] for other in others] == [True] * 3
        answers = [one.result() for one in bombs]
    for answer in answers:
        assert answer.status_code in {400, 413, 503}, answer.text[:100]
        assert len(answer.text.splitlines()) == 1
    assert ask(url, "ASK {}").json()["boolean"] is True


def test_a_pattern_that_hangs_others_is_matched_at_once(url: str) -> None:
    assert ask(url, f"ASK {{ FILTER (!REGEX('{LETTERS}!', '^(a+)+$')) }}").json()["boolean"] is True


def test_the_status_of_a_bomb_tells_which_limit_it_met(url: str) -> None:
    told = {name: ask(url, BOMBS[name]) for name in ("product", "huge answer", "brackets 129 deep", "brackets 100000 deep")}
    assert [answer.status_code for answer in told.values()] == [503, 413, 400, 413]
    assert "longer than 3 seconds" in told["product"].text
    assert told["product"].headers["Retry-After"]


def test_what_takes_too_much_memory_is_told_so_where_time_is_left(data: Places) -> None:
    (reply,) = run(data, raw(BOMBS["CONCAT that doubles"]), limits=Limits(seconds=60))
    assert reply.status == 503
    assert b"memory" in reply.body


def test_what_is_just_within_the_limits_is_answered(url: str) -> None:
    deep = DEPTH
    assert ask(url, f"ASK {'{' * deep}{'}' * deep}").status_code == 200
    query = "ASK {} #"
    assert ask(url, query + "x" * (LENGTH - len(query))).status_code == 200


def test_only_so_many_wait_and_the_next_are_sent_away(small: Places, tmp_path: Path) -> None:
    with serving(small, tmp_path, "--seconds", "1") as url, ThreadPoolExecutor(40) as threads:
        answers = [*threads.map(lambda _: ask(url, BOMBS["product"]), range(40))]
        assert {answer.status_code for answer in answers} == {503, 429}
        assert len([answer for answer in answers if answer.status_code == 503]) >= 18
        assert all(answer.headers["Retry-After"] for answer in answers)
        until(lambda: ready(url), "the queue is empty again")


@pytest.mark.parametrize("evading", EVADING)
def test_service_is_refused_by_name_and_behind_that_by_the_limits(url: str, small: Places, evading: str) -> None:
    with trap() as (address, seen):
        query = EVADING[evading] % address
        answer = ask(url, query)
        assert answer.status_code == 400
        assert "SERVICE" in answer.text or evading == "escaped"
        (behind,) = run(small, raw(query))
        assert seen == []
        assert behind.status == 400 or evading in {"silent", "in EXISTS"}, behind  # Oxigraph takes an error for something that exists


def test_without_the_limits_the_engine_does_call_the_server_that_a_query_names() -> None:
    """Else the tests around this one would show nothing."""
    with trap() as (address, seen):
        with pytest.raises(OSError, match="Content-Type"):
            [*cast(Any, pyoxigraph.Store().query(EVADING["plain"] % address))]
        assert len(seen) == 1


def test_load_reaches_nobody(url: str, small: Places) -> None:
    with trap() as (address, seen):
        for query in (f"LOAD <{address}>", f"LOAD SILENT <{address}> INTO GRAPH <urn:g>"):
            assert ask(url, query).status_code == 403
            assert run(small, raw(query))[0].status == 400
        assert requests.post(f"{url}/sparql", data={"update": f"LOAD <{address}>"}, timeout=60).status_code == 403
        assert seen == []


@pytest.mark.parametrize("clause", ["FROM <{0}>", "FROM NAMED <{0}>"])
def test_a_graph_that_is_a_file_is_not_read(url: str, tmp_path: Path, clause: str) -> None:
    canary = tmp_path / "canary.ttl"
    canary.write_text('<urn:canary> <urn:sings> "tweet" .', encoding="utf-8")
    pattern = "GRAPH ?g { ?s ?p ?o }" if "NAMED" in clause else "?s ?p ?o"
    with trap() as (address, seen):
        for iri in (canary.as_uri(), f"file://{canary}", address):
            query = f"SELECT * {clause.format(iri)} {{ {pattern} }}"
            asked = (
                ask(url, query),
                requests.get(f"{url}/sparql", params={"query": f"SELECT * {{ {pattern} }}", "default-graph-uri": iri}, timeout=60),
                requests.get(f"{url}/sparql", params={"query": f"SELECT * {{ {pattern} }}", "named-graph-uri": iri}, timeout=60),
            )
            for answer in asked:
                assert (answer.status_code, answer.json()["results"]["bindings"]) == (200, [])
        assert seen == []


def test_a_query_has_the_memory_that_is_set_and_no_more(small: Places) -> None:
    some = BOMBS["CONCAT that doubles"].replace("?x40", "?x22").partition("BIND (CONCAT(?x22")[0] + "}"  # 256 MiB in one text
    replies = [run(small, raw(some), limits=Limits(seconds=30, memory=memory))[0] for memory in (64 << 20, 1 << 30)]
    assert [reply.status for reply in replies] == [503, 200]
    assert b"memory" in replies[0].body


def test_an_answer_that_breaks_off_is_none() -> None:
    whole = encoded(200, b"a line\n" * 10)
    assert decoded(whole) == (200, b"a line\n" * 10)
    assert [decoded(whole[:end]) for end in range(len(whole))] == [None] * len(whole)


def test_an_answer_whose_maker_is_killed_comes_whole_or_as_an_error(small: Places, tmp_path: Path) -> None:
    query = "SELECT * { ?a ?b ?c . ?d ?e ?f } LIMIT 9000"
    with serving(small, tmp_path) as url, ThreadPoolExecutor() as threads:
        server = listening(int(url.rpartition(":")[2]))
        whole, answers = ask(url, query), []
        until(lambda: len(family(server)) == 1, "only the zygote is left")
        (zygote,) = family(server)
        for part in range(20):
            waiting = threads.submit(ask, url, query)
            time.sleep(whole.elapsed.total_seconds() * part / 20)
            for child in [child for child, parent in parents().items() if parent == zygote]:
                with suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)
            answers.append(waiting.result())
    assert {answer.status_code for answer in answers} <= {200, 503}
    assert all(answer.content == whole.content if answer.status_code == 200 else answer.text.count("\n") == 1 for answer in answers)


def test_no_more_run_at_once_than_are_allowed(small: Places) -> None:
    replies = run(small, *[raw(BOMBS["product"])] * 3, limits=Limits(seconds=0.5, children=1, queue=1))
    assert sorted(reply.status for reply in replies) == [429, 503, 503]


@pytest.mark.parametrize(
    ("query", "names_graphs"),
    [
        ("SELECT ?service ?from { ?service ex:service 'SERVICE', \"LOAD\", '''DROP''' ; <urn:SERVICE> 1 # SERVICE FROM\n}", False),
        ("PREFIX load: <urn:load> ASK { load:add load:copy _:drop }", False),
        ("ASK { FILTER (?a<?b && ?c>?d) '((((' }", False),
        ("ASK FROM <urn:g> {}", True),
        ("SELECT*FROM<urn:g>{}", True),
    ],
)
def test_a_word_counts_only_where_it_is_a_word_of_the_language(query: str, names_graphs: bool) -> None:
    assert admit(query).names_graphs is names_graphs


@pytest.mark.parametrize("part", ['"\\', "'''", "'''\\'", "1-a", "<a", "?", "a:", '""', "\\u0041", "{}", "."])
def test_whatever_is_sent_is_looked_over_in_one_pass(part: str) -> None:
    """A quadratic look would take minutes on what is ten times as long as the cap, and the test would not end."""
    from exograph.gate import _words

    _words(part * 200_000)


def test_every_saved_question_is_answered_in_a_child_as_its_file_says(data: Places) -> None:
    """So that no answer needs a file or a module that was not loaded before."""
    asked = [(question, case) for question in read_questions(data) if not question.federated for case in (None, *question.cases)]
    jobs = [{"do": "question", "name": one.name, "settings": dict(one.cases[case]) if case else {}, "form": "tsv"} for one, case in asked]
    replies = run(data, *jobs, limits=Limits(seconds=60, queue=len(jobs)))
    for (question, case), reply in zip(asked, replies, strict=True):
        assert reply.status == 200, (question.name, case, reply.body)
        assert reply.body.decode().splitlines() == question.expected(case).read_text(encoding="utf-8").splitlines()


def test_a_store_of_more_files_than_are_opened_with_it_is_held_in_memory(small: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a child can open none: a query that reads a further file would never end."""
    query = raw("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")
    opened(small)
    kept = snapshot(small)
    assert len([*(place(small) / STORE).glob("*.sst")]) <= TABLES
    with pytest.raises(RuntimeError, match="read-write"):
        kept.store.add(pyoxigraph.Quad(*[pyoxigraph.NamedNode("urn:x")] * 3))
    monkeypatch.setattr(replies, "TABLES", 0)
    held = snapshot(small)
    assert perform(held, query, 1000) == perform(kept, query, 1000)
    held.store.add(pyoxigraph.Quad(*[pyoxigraph.NamedNode("urn:x")] * 3))


def test_a_fault_of_the_server_is_told_as_one(small: Places) -> None:
    told = run(small, {"do": "nothing", "form": "json"})[0]
    assert (told.status, len(told.body.splitlines())) == (500, 1)


@pytest.mark.parametrize("character", ["\ud800", "\x00", "\ufeff", "\u202e"])
def test_a_character_that_is_none_ends_in_an_error(small: Places, character: str) -> None:
    query = f"ASK {{ ?a ?b {character} }}"
    try:
        admit(query)
    except RefusedError:
        return
    assert run(small, raw(query))[0].status == 400


def test_sigterm_ends_the_server_with_all_that_it_started(small: Places, tmp_path: Path) -> None:
    with serving(small, tmp_path) as url, ThreadPoolExecutor() as threads:
        server = listening(int(url.rpartition(":")[2]))
        bombs = [threads.submit(ask, url, BOMBS["product"]) for _ in range(2)]
        until(lambda: len(family(server)) == 3, "two children of the zygote run")
        started = family(server)
        os.kill(server, signal.SIGTERM)
        until(lambda: not ({server, *started} & set(parents())), "the server and its children have ended")
        for bomb in bombs:
            assert bomb.exception() or bomb.result().status_code == 503
    assert "Traceback" not in (tmp_path / "log").read_text(encoding="utf-8")


def test_sigkill_of_the_server_leaves_no_orphan(small: Places, tmp_path: Path) -> None:
    with serving(small, tmp_path, "--seconds", "600") as url, ThreadPoolExecutor() as threads:
        server = listening(int(url.rpartition(":")[2]))
        bombs = [threads.submit(ask, url, BOMBS["product"]) for _ in range(2)]
        until(lambda: len(family(server)) == 3, "two children of the zygote run")
        started = family(server)
        os.kill(server, signal.SIGKILL)
        until(lambda: not (started & set(parents())), "the zygote and its children have ended")
        assert all(bomb.exception() for bomb in bombs)


def test_another_zygote_takes_the_place_of_one_that_was_killed(small: Places, tmp_path: Path) -> None:
    with serving(small, tmp_path) as url:
        server = listening(int(url.rpartition(":")[2]))
        until(lambda: len(family(server)) == 1, "no child of the zygote runs")
        (zygote,) = family(server)
        os.kill(zygote, signal.SIGKILL)
        until(lambda: zygote not in parents(), "the zygote has ended")
        until(lambda: ready(url), "another one answers")
        assert ask(url, "ASK { ?s ?p ?o }").json()["boolean"] is True
        assert "another is started" in (tmp_path / "log").read_text(encoding="utf-8")


def test_a_bomb_leaves_no_child_behind(url: str) -> None:
    server = listening(int(url.rpartition(":")[2]))
    for name in ("CONCAT that doubles", "huge answer", "depth behind a sign"):
        ask(url, BOMBS[name])
    until(lambda: len(family(server)) == 1, "only the zygote is left")
