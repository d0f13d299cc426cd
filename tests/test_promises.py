"""What the project promises of itself: README, names, layers, versions, the wheel, a quick start."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml

import exograph
from exograph.built import Built
from exograph.cli import commands
from exograph.engines import ENGINES
from exograph.places import ROOMS
from tests.conftest import REPOSITORY
from tests.docs import CONSOLE, MODEL, PICTURE, PYTHON, README, SPARQL, blocks, console, environment, picture, python, sparql
from tests.rdf import EXOG

COMMANDS = sorted(commands())


@pytest.mark.parametrize(("command", "printed"), list(blocks(README, CONSOLE)), ids=[command for command, _ in blocks(README, CONSOLE)])
def test_a_console_block_of_the_readme_prints_what_it_shows(command: str, printed: str) -> None:
    assert console(command) == printed


def test_the_python_block_of_the_readme_prints_what_it_shows() -> None:
    ((code, printed),) = blocks(README, PYTHON)
    assert python(code) == printed


@pytest.mark.parametrize("engine", sorted(ENGINES))
@pytest.mark.parametrize(("query", "rows"), list(blocks(MODEL, SPARQL)))
def test_a_worked_query_of_the_model_gives_the_rows_that_it_shows(built: Built, query: str, rows: str, engine: str) -> None:
    assert sparql(built, query, engine) == rows
    assert len(rows.splitlines()) > 1


def test_the_model_works_a_query_of_each_kind_that_readers_ask() -> None:
    kinds = ("Lookup", "Comparison", "Multi-hop", "Aggregation", "Negation", "Evidence", "Conflict", "Hierarchy", "Bibliography", "Alignment")
    text = MODEL.read_text(encoding="utf-8")
    assert {kind for kind in kinds if f"\n### {kind}: " in text} == set(kinds)
    assert len(list(blocks(MODEL, SPARQL))) == len(kinds)


def test_the_picture_of_the_classes_is_that_of_the_ontology(built: Built) -> None:
    ((_, drawn),) = blocks(MODEL, PICTURE)
    assert drawn == picture(built)


def test_the_readme_shows_a_real_result_before_line_30() -> None:
    assert "low − implied [r020 r071]" in "\n".join(README.read_text(encoding="utf-8").splitlines()[:30])


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_in_the_readme_and_has_help_with_an_example(command: str) -> None:
    assert f"| `exograph {command}" in README.read_text(encoding="utf-8")
    done = subprocess.run([sys.executable, "-m", "exograph", command, "--help"], capture_output=True, text=True, check=False, cwd=REPOSITORY)
    assert done.returncode == 0
    if command != "format":
        assert f"Example: exograph {command}" in " ".join(done.stdout.split())


def test_a_claim_is_added_by_one_row(copy: Path, text: Path) -> None:
    """As CONTRIBUTING tells it: locate, a row, format, validate."""

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "exograph", *words],
            capture_output=True,
            text=True,
            check=False,
            cwd=REPOSITORY,
            env=environment(EXOGRAPH_ROOT=str(copy)),
        )

    found = run("locate", "it is economical", "--source", str(text), "--format", "tsv").stdout.splitlines()[1].split("\t")[:4]
    path = copy / "reviews" / "han2023" / "ratings.tsv"
    head, *rows = path.read_text(encoding="utf-8").splitlines()
    row = dict(zip(head.split("\t"), next(row for row in rows if row.startswith("r022")).split("\t"), strict=True))
    row |= {"id": "r900", "criterion": "exog:convenience", "criterion_label": "convenience", "level": "exog:high", "level_label": "high"}
    row |= dict(zip(("part", "start", "end", "sha256"), found, strict=True))
    path.write_text("\n".join([head, "\t".join(row.values()), *rows]) + "\n", encoding="utf-8")
    assert run("format").returncode == 0
    done = run("validate", "--source", str(text))
    assert done.returncode == 0, done.stdout
    assert "exog:convenience" in run("show", "r900", "--format", "csv").stdout


def test_all_lists_what_the_package_offers_in_order() -> None:
    assert list(exograph.__all__) == sorted(exograph.__all__)
    for name in exograph.__all__:
        assert getattr(exograph, name) is not None
    with pytest.raises(AttributeError):
        exograph.nothing  # noqa: B018


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = "import sys, exograph; print([m for m in ('rdflib', 'shifty', 'csvw', 'rich', 'yaml', 'pyoxigraph', 'pandas') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=REPOSITORY)
    assert done.stdout.strip() == "[]"


def test_help_loads_no_graph() -> None:
    code = (
        "import sys; sys.argv = ['exograph', '--help']\n"
        "try:\n    from exograph.cli import main; main()\n"
        "except SystemExit:\n    print('rdflib' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=REPOSITORY)
    assert done.stdout.rstrip().endswith("False")


def test_one_version_stands_everywhere() -> None:
    changelog = (REPOSITORY / "CHANGELOG.md").read_text(encoding="utf-8")
    citation = yaml.safe_load((REPOSITORY / "CITATION.cff").read_text(encoding="utf-8"))
    newest = re.search(r"^## \[(.+)\] - (.+)$", changelog, re.MULTILINE)
    assert newest
    assert newest[1] == exograph.__version__ == citation["version"]
    assert newest[2] == citation["date-released"]
    assert {"cff-version", "message", "title", "authors", "references", "license"} <= set(citation)
    assert "version" in tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dynamic"]


def test_the_ontology_is_dated_as_its_version_iri() -> None:
    header = (REPOSITORY / "ontology" / "exograph.ttl").read_text(encoding="utf-8")
    (date,) = re.findall(r'owl:versionInfo "(.+)"', header)
    assert f"owl:versionIRI <https://w3id.org/exograph/ontology/{date}>" in header
    assert f'vann:preferredNamespaceUri "{EXOG}"' in header


def test_the_layers_hold() -> None:
    done = subprocess.run(["lint-imports"], capture_output=True, text=True, check=False, cwd=REPOSITORY, env=environment())
    assert "1 kept, 0 broken" in done.stdout, done.stdout


def test_every_module_is_in_the_layers_and_small() -> None:
    contract = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"][0]
    named = {name.strip().removeprefix("exograph.") for layer in contract["layers"] for name in layer.split("|")}
    modules = {path.stem: len(path.read_text(encoding="utf-8").splitlines()) for path in (REPOSITORY / "exograph").glob("*.py")}
    assert set(modules) - {"__init__"} == named
    assert max(modules.values()) <= 350


def test_the_wheel_carries_the_data_and_works_alone(tmp_path: Path) -> None:
    """Built as a release would be, unpacked elsewhere, asked from a folder without the checkout."""
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path)],
        check=True, capture_output=True, cwd=REPOSITORY,
    )  # fmt: skip
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
        names = set(archive.namelist())
    tracked = {path for room in ROOMS for path in (REPOSITORY / room).rglob("*") if path.is_file()}
    assert {f"exograph/_data/{path.relative_to(REPOSITORY).as_posix()}" for path in tracked} <= names
    pages = {path for room in ("templates", "assets") for path in (REPOSITORY / "exograph" / room).rglob("*") if path.is_file()}
    assert {path.relative_to(REPOSITORY).as_posix() for path in pages} <= names
    assert "exograph/py.typed" in names
    assert not any(name.startswith(("tests", "exograph/tests")) for name in names)
    alone = {name: value for name, value in os.environ.items() if not name.startswith("EXOGRAPH")}
    done = subprocess.run(
        [sys.executable, "-P", "-m", "exograph", "ask", "silent-methods", "-f", "csv"],
        capture_output=True, text=True, check=False, cwd=tmp_path, env={**alone, "PYTHONPATH": str(tmp_path / "site")},
    )  # fmt: skip
    assert done.stdout.startswith("method,methodLabel\nexog:immunoaffinityChromatography"), done.stderr
    where = [sys.executable, "-P", "-m", "exograph", "info", "-f", "csv"]
    told = subprocess.run(where, capture_output=True, text=True, check=True, cwd=tmp_path, env={**alone, "PYTHONPATH": str(tmp_path / "site")})
    assert str(tmp_path / "site" / "exograph" / "_data") in told.stdout


def test_pandas_is_used_only_where_the_user_has_it() -> None:
    answer = exograph.questions(REPOSITORY)
    try:
        import pandas  # noqa: F401
    except ImportError:
        with pytest.raises(exograph.ExographError, match="pip install pandas"):
            answer.to_pandas()
    else:
        assert list(answer.to_pandas().columns) == list(answer.columns)


def test_in_a_checkout_the_data_of_the_checkout_is_asked_and_checked(copy: Path, tmp_path: Path) -> None:
    """Also where the package was installed from elsewhere; in any other folder it is the package's own."""
    alone = {name: value for name, value in os.environ.items() if not name.startswith("EXOGRAPH")} | {"PYTHONPATH": str(REPOSITORY)}
    told = []
    for folder in (copy, tmp_path):
        words = [sys.executable, "-P", "-m", "exograph", "info", "-f", "tsv"]
        told.append(subprocess.run(words, capture_output=True, text=True, check=True, cwd=folder, env=alone).stdout)
    assert f"data\t{copy}\n" in told[0]
    assert f"data\t{REPOSITORY}\n" in told[1]
