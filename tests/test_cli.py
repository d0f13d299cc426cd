"""The command line: every command, every format, clean streams, honest exit codes."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from rdflib import RDF

from exograph.built import Built
from exograph.places import Places
from tests.conftest import REPOSITORY, Spoil
from tests.rdf import EXOG
from tests.served import trap, until

LISTING = {
    "questions": ["questions"],
    "ask": ["ask", "silent-methods"],
    "compare": ["compare", "isolation"],
    "compare --long": ["compare", "isolation", "--long"],
    "show": ["show", "r005"],
    "info": ["info"],
    "sparql": ["sparql", str(REPOSITORY / "queries/ask/silence.rq")],
}


def run(*words: str, given: str | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command line as a user does, in a process of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("EXOGRAPH")}
    return subprocess.run(
        [sys.executable, "-m", "exograph", *words],
        capture_output=True, text=True, check=False, input=given, cwd=REPOSITORY, env={**kept, "COLUMNS": "120", **environment},
    )  # fmt: skip


@pytest.mark.parametrize("command", LISTING)
def test_a_listing_has_every_format_clean_on_stdout(command: str) -> None:
    outputs = {form: run(*LISTING[command], "--format", form) for form in ("json", "csv", "tsv", "markdown", "table")}
    assert [done.returncode for done in outputs.values()] == [0] * 5, outputs["json"].stderr
    records = json.loads(outputs["json"].stdout)
    columns = list(records[0])
    for form, delimiter in (("csv", ","), ("tsv", "\t")):
        head, *rows = csv.reader(io.StringIO(outputs[form].stdout), delimiter=delimiter)
        assert head == columns
        assert len(rows) == len(records)
    assert outputs["markdown"].stdout.startswith("| ")
    assert "Traceback" not in outputs["table"].stderr


def test_questions_have_name_question_and_topic() -> None:
    records = json.loads(run("questions", "--format", "json").stdout)
    assert {"name", "question", "topic"} <= set(records[0])
    assert {"silent-methods", "levels-by-method"} <= {record["name"] for record in records}


def test_the_comparison_has_a_row_a_method_and_says_not_stated() -> None:
    records = json.loads(run("compare", "isolation", "--format", "json").stdout)
    cells = {record["isolation method"]: record for record in records}
    assert len(cells) == 8
    assert cells["immunomagnetic beads"]["purity"] == "not stated"
    assert cells["ultracentrifugation"]["purity"] == "low − implied [han2023:r020 han2023:r071]"
    both = cells["chromatography"]["yield"].split("\n")
    assert both == ["high + stated outright [han2023:r017 han2023:r068]", "low − curator's reading, possible [han2023:r021 han2023:r072]"]


def test_the_comparison_for_people_fits_the_terminal_and_explains_its_signs() -> None:
    done = run("compare", "isolation", COLUMNS="80")
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert "not stated" in done.stdout
    assert "+ advantage, − disadvantage" in done.stderr


def test_a_table_too_wide_for_the_terminal_becomes_blocks() -> None:
    """No word is broken: each row stands as a block of name and value."""
    done = run("ask", "table-rows", COLUMNS="60")
    assert max(map(len, done.stdout.splitlines())) <= 60
    assert done.stdout.count("│ resolved") == 13
    assert "ultracentrifugation" in done.stdout


def test_criteria_can_be_chosen() -> None:
    """By label, CURIE or synonym, in the matrix and in the long form."""
    chosen = ["--criterion", "exog:cost", "--criterion", "Recovery", "-f", "json"]
    records = json.loads(run("compare", "isolation", *chosen).stdout)
    assert list(records[0]) == ["isolation method", "cost", "yield"]
    assert [record["isolation method"] for record in records][-3:] == ["immunomagnetic beads", "biochips", "extraction kit"]
    long = json.loads(run("compare", "isolation", "--long", *chosen).stdout)
    assert {record["criterion"] for record in long} == {"exog:cost", "exog:yield"}


def test_an_answer_that_is_rightly_empty_says_why_and_is_no_failure() -> None:
    done = run("ask", "methods-with-both", "--format", "json")
    assert (done.returncode, json.loads(done.stdout)) == (0, [])
    assert "both said to be expensive" in done.stderr


@pytest.mark.parametrize(
    "words", [["ask", "silence"], ["compare", "yield"], ["show", "r005"], ["sparql", str(REPOSITORY / "queries/ask/silence.rq")]]
)
def test_both_engines_answer_alike(words: list[str]) -> None:
    assert run(*words, "-f", "csv", "--engine", "rdflib").stdout == run(*words, "-f", "csv").stdout


def test_sparql_reads_standard_input(built: Built) -> None:
    done = run("sparql", "-", "-f", "csv", given=f"SELECT (COUNT(*) AS ?n) WHERE {{ ?c a <{EXOG.RatingClaim}> }}")
    assert done.stdout == f"n\n{len(list(built.dataset.subjects(RDF.type, EXOG.RatingClaim)))}\n"


def test_a_parameter_that_is_freed_becomes_a_column() -> None:
    records = json.loads(run("ask", "methods-with-level", "--set", "level=", "-f", "json").stdout)
    assert {record["level"] for record in records} == {"exog:high", "exog:low"}


def test_no_query_leaves_the_machine() -> None:
    query = "SELECT * WHERE { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }"
    for engine in ("oxigraph", "rdflib"):
        done = run("sparql", "-", "--engine", engine, given=query)
        assert done.returncode == 2
        assert "SERVICE asks another server" in done.stderr


@pytest.mark.parametrize(
    "options", [[], ["--engine", "rdflib"], ["--federate", "https://example.org/sparql"]], ids=["oxigraph", "rdflib", "federated"]
)
def test_no_query_reads_what_it_names_by_from(small: Places, tmp_path: Path, options: list[str]) -> None:
    canary = tmp_path / "canary.ttl"
    canary.write_text('<urn:canary> <urn:sings> "tweet" .', encoding="utf-8")
    with trap() as (address, seen):
        for iri in (canary.as_uri(), address):
            for query in (f"SELECT ?o FROM <{iri}> {{ ?s ?p ?o }}", f"SELECT ?o FROM NAMED <{iri}> {{ GRAPH ?g {{ ?s ?p ?o }} }}"):
                done = run("sparql", "-", "--format", "csv", "--root", str(small.root), *options, given=query)
                assert (done.returncode, done.stdout) == (0, "o\n"), done.stderr
        assert seen == []


def test_a_query_without_end_is_ended_by_ctrl_c() -> None:
    """Though no exception reaches the engine while it runs."""
    if not Path("/proc/self/stat").exists():
        pytest.skip("the system does not tell under /proc how long a process has computed")
    assert run("info").returncode == 0  # so that the dataset is built
    query = b"SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
    asked = subprocess.Popen([sys.executable, "-m", "exograph", "sparql", "-"], cwd=REPOSITORY, stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    assert asked.stdin is not None
    asked.stdin.write(query)
    asked.stdin.close()
    asked.stdin = None
    computed = Path(f"/proc/{asked.pid}/stat")
    until(lambda: int(computed.read_text().rpartition(")")[2].split()[11]) > 5 * os.sysconf("SC_CLK_TCK"), "the query has run for some seconds")
    asked.send_signal(signal.SIGINT)
    try:
        _, said = asked.communicate(timeout=60)
    finally:
        asked.kill()
    assert (asked.returncode, said) == (-signal.SIGINT, b"")


def test_signs_survive_a_terminal_of_another_encoding() -> None:
    done = run("compare", "isolation", "-f", "csv", PYTHONIOENCODING="cp1252")
    assert done.returncode == 0
    assert "low − implied" in done.stdout


def test_show_prints_the_passage_where_the_text_is_at_hand(text: Path) -> None:
    done = run("show", "r005", "--source", str(text))
    assert "low cost-effectiveness" in done.stdout
    assert "[46], number 46, is reference 46" in " ".join(done.stdout.split())
    rows = json.loads(run("show", "r005", "--source", str(text), "-f", "json").stdout)
    assert {"aspect": "passage", "value": "low cost-effectiveness", "detail": "Traditional methods, paragraph 1 [18701-18723]"} in rows
    assert "curator's reading" in done.stdout
    assert "--source" in run("show", "r005").stderr


def test_locate_prints_the_cells_of_a_row(text: Path) -> None:
    done = run("locate", "Low  COST-effectiveness", "-f", "tsv", EXOGRAPH_SOURCES=str(text))
    head, prose, table = done.stdout.splitlines()
    assert head == "part\tstart\tend\tsha256\tplace"
    assert prose.split("\t")[:3] == ["traditional-methods.p1", "18701", "18723"]
    assert table.startswith("table-1.r1.c3\t20705\t20727\t")
    nothing = run("locate", "no such words", EXOGRAPH_SOURCES=str(text))
    assert nothing.returncode == 1


def test_locate_bridges_the_hyphens_of_line_ends(text: Path) -> None:
    done = run("locate", "sedimentation by centrifugation", "-f", "tsv", "--source", str(text))
    assert "table-1.r8.c2" in done.stdout


def test_validate_prints_what_it_checked_and_finds_nothing() -> None:
    done = run("validate")
    assert done.returncode == 0
    for stage in ("rows", "anchors", "shapes", "check queries"):
        assert f"checked {stage}: " in done.stderr
    assert done.stderr.endswith("0 findings\n")


def test_validate_exits_1_and_lists_findings_as_rows(copy: Path, spoil: Spoil) -> None:
    spoil("ratings.tsv", "r005", "level", "exog:cheap")
    done = run("validate", "--root", str(copy), "--format", "json")
    assert done.returncode == 1
    (finding,) = json.loads(done.stdout)
    assert finding["where"].endswith("ratings.tsv:6 (r005)")


def test_build_writes_nothing_where_something_is_found(copy: Path, spoil: Spoil, tmp_path: Path) -> None:
    spoil("ratings.tsv", "r005", "level", "exog:preserved")
    done = run("build", "--root", str(copy), "--out", str(tmp_path / "out"))
    assert done.returncode == 1
    assert "(r005)" in done.stderr
    assert not (tmp_path / "out").exists()


MISUSE = {
    "no such question": (["ask", "silnt-methods"], "did you mean silent-methods"),
    "no such parameter": (["ask", "contents", "--set", "a=b"], "it takes none"),
    "a setting without an equals sign": (["ask", "silence", "--set", "a"], "--set key=value"),
    "a parameter set twice": (["ask", "silent-methods", "--set", "criterion=cost", "--set", "criterion=yield"], "set it once"),
    "a number that is none": (["ask", "references", "--set", "year=2022.5"], "not an xsd:integer"),
    "an IRI that is none": (["ask", "describe", "--set", "thing=exog:a b"], "nothing of that name"),
    "a thing of the wrong spelling": (["show", "r0 05"], "is nothing in the graph"),
    "no such topic": (["compare", "isolaton"], "use one of engineering, isolation"),
    "no such criterion": (["compare", "isolation", "--criterion", "prize"], "no such exog:Criterion"),
    "no such format": (["info", "--format", "xml"], "use one of table, csv, tsv, json, markdown"),
    "no such engine": (["ask", "silence", "--engine", "jena"], "use oxigraph or rdflib"),
    "no such thing": (["show", "r999"], "is nothing in the graph"),
    "no such folder of data": (["info", "--root", "nowhere"], "name a folder that holds"),
    "no such query file": (["sparql", "nowhere.rq"], "name a file of SPARQL"),
    "a query that is none": (["sparql", "README.md"], "the query cannot be run"),
    "no such text": (["locate", "x", "--source", "nowhere"], "no such file or folder"),
    "no text at all": (["locate", "x"], "--source"),
    "a text that is another": (["validate", "--source", "README.md"], "not the pinned text of han2023"),
    "a folder that is no release": (["build", "--out", "tests"], "which is no file of a release"),
    "a command that is none": (["frobnicate"], "no command frobnicate"),
    "an option that is none": (["info", "--loud"], "--loud"),
}


@pytest.mark.parametrize("misuse", MISUSE)
def test_misuse_ends_in_one_line_and_exit_code_2(misuse: str) -> None:
    words, told = MISUSE[misuse]
    done = run(*words)
    assert done.returncode == 2, done
    assert told in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    if words[0] not in {"frobnicate"} and "--loud" not in words:
        assert len(done.stderr.rstrip("\n").splitlines()) == 1


def test_a_faulty_row_ends_any_question_in_one_line(copy: Path, spoil: Spoil) -> None:
    spoil("ratings.tsv", "r005", "level", "exog:cheap")
    done = run("ask", "silence", EXOGRAPH_ROOT=str(copy))
    assert done.returncode == 2
    assert done.stderr.startswith("exograph: reviews/han2023/ratings.tsv:6 (r005), column level: exog:cheap does not exist")


def test_an_altered_text_is_refused(text: Path, tmp_path: Path) -> None:
    altered = tmp_path / "han2023.txt"
    altered.write_text((text / "han2023.txt").read_text(encoding="utf-8").replace("exosome", "exosom", 1), encoding="utf-8")
    for place in (altered, tmp_path):
        done = run("validate", "--source", str(place))
        assert done.returncode == 2
        assert "moved or altered" in done.stderr


def test_format_mends_a_table_that_is_out_of_order(copy: Path) -> None:
    path = copy / "reviews" / "han2023" / "quantities.tsv"
    right = path.read_bytes()
    head, *rows = right.decode().splitlines()
    path.write_text("\r\n".join([head, *reversed(rows)]), encoding="utf-8", newline="")
    assert run("format", "--check", "--root", str(copy)).returncode == 1
    assert run("format", "--root", str(copy)).returncode == 0
    assert path.read_bytes() == right
    assert run("format", "--check", "--root", str(copy)).returncode == 0


def test_a_pipe_that_is_closed_early_leaves_no_traceback() -> None:
    piped = f"{sys.executable} -m exograph ask references -f csv | head -1"
    done = subprocess.run(piped, shell=True, capture_output=True, text=True, check=False, cwd=REPOSITORY)
    assert done.stdout.startswith("number,author")
    assert "Traceback" not in done.stderr
