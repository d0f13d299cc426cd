"""The command line: flags and printing; the work is done by the functions of the same names.

Exit codes: 0 fine, 1 findings, 2 misuse or failure.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from exograph.answers import Answer

FINDINGS = 1
FAILURE = 2

app = typer.Typer(
    name="exograph",
    help="Ask, compare and trace what reviews state about exosomes.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Root = Annotated[
    Path | None,
    typer.Option(
        "--root",
        envvar="EXOGRAPH_ROOT",
        help="Folder with ontology/, reviews/, shapes/, queries/; without it the current folder if it is a checkout, else the data in the package.",
    ),
]
Source = Annotated[Path | None, typer.Option("--source", envvar="EXOGRAPH_SOURCES", help="The pinned text of a review, or a folder of such texts.")]
Format = Annotated[str, typer.Option("--format", "-f", help="table, csv, tsv, json or markdown.")]
Using = Annotated[str, typer.Option("--engine", help="oxigraph or rdflib.")]


def out(text: str) -> None:
    """Write an answer to stdout as it is."""
    sys.stdout.write(text if text.endswith("\n") else text + "\n")


def say(text: str) -> None:
    """Write talk to stderr."""
    typer.echo(text, err=True)


def put(found: Answer, form: str) -> None:
    """Write an answer in a format; an empty table is said to be one."""
    from exograph.answers import write

    out(write(found, form))
    if not found.rows:
        say("no rows")


@app.command()
def build(
    folder: Annotated[Path, typer.Option("--out", help="Folder of the release: a new one, an empty one, or an earlier release.")] = Path("build"),
    nanopubs: Annotated[bool, typer.Option("--nanopubs", help="Write a nanopublication of each claim as well, unsigned.")] = False,
    root: Root = None,
    source: Source = None,
) -> None:
    """Validate the data and write a release.

    Example: exograph build --out build
    """
    from exograph import api

    report, files = api.build(folder, root, source, nanopubs)
    if report.findings:
        for finding in report.findings:
            say(str(finding))
        say(f"{len(report.findings)} findings; nothing was written")
        raise typer.Exit(FINDINGS)
    for path in files:
        out(str(path))


@app.command()
def verify(folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder of a release.")]) -> None:
    """Reread a release against its manifest: a line for each file that is missing, altered or extra and each graph of another size.

    Example: exograph verify build
    """
    from exograph.manifests import verify as run

    found = run(folder)
    for line in found:
        out(line)
    say(f"{len(found)} findings")
    raise typer.Exit(FINDINGS if found else 0)


@app.command()
def validate(root: Root = None, source: Source = None, form: Format = "table") -> None:
    """Check rows, anchors, shapes and check queries, and print what was checked.

    Example: exograph validate --source han2023.txt
    """
    from exograph.answers import Answer
    from exograph.validation import validate as run

    report = run(root, source)
    for stage, what in report.checked:
        say(f"checked {stage}: {what}")
    if report.findings or form != "table":
        fields = ("where", "column", "problem", "remedy", "check")
        put(Answer(fields, [tuple(getattr(finding, name) for name in fields) for finding in report.findings]), form)
    say(f"{len(report.findings)} findings")
    raise typer.Exit(FINDINGS if report.findings else 0)


@app.command()
def questions(root: Root = None, form: Format = "table") -> None:
    """List the saved questions.

    Example: exograph questions --format json
    """
    from exograph import api
    from exograph.answers import select

    found = api.questions(root)
    put(select(found, ("name", "topic", "question")) if form == "table" else found, form)


@app.command()
def ask(
    name: Annotated[str, typer.Argument(help="The name of a saved question; exograph questions lists them.")],
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="key=value; a value is a CURIE, an IRI or a label, an empty one frees the parameter.")
    ] = None,
    root: Root = None,
    form: Format = "table",
    using: Using = "oxigraph",
) -> None:
    """Answer a saved question.

    Example: exograph ask silent-methods --set criterion=purity
    """
    from exograph import api, catalogue

    found = api.built(root)
    question = catalogue.find_question(found.places, name)
    answer = catalogue.run(found, question, pairs(settings or []), api.engine(found, using))
    if form == "table":
        say(question.question)
    put(answer, form)
    if not answer.rows and question.empty and not settings:
        say(question.empty)


def pairs(settings: list[str]) -> dict[str, str]:
    """The key=value settings as a mapping. Raises UsageError where one has no equals sign or a key stands twice."""
    from exograph.errors import UsageError

    wrong = [setting for setting in settings if "=" not in setting]
    if wrong:
        raise UsageError(f"--set {wrong[0]}: no equals sign — write --set key=value")
    found = [(key.strip(), value.strip()) for key, _, value in (setting.partition("=") for setting in settings)]
    if len(dict(found)) < len(found):
        raise UsageError("--set: a parameter is set twice — set it once")
    return dict(found)


@app.command()
def compare(
    topic: Annotated[str, typer.Argument(help="What to compare, such as isolation.")],
    criteria: Annotated[list[str] | None, typer.Option("--criterion", help="Show this criterion only; may be repeated.")] = None,
    long: Annotated[bool, typer.Option("--long", help="A row a claim instead of a matrix.")] = False,
    root: Root = None,
    form: Format = "table",
    using: Using = "oxigraph",
) -> None:
    """Compare the members of a topic on every criterion that the review judges.

    Example: exograph compare isolation --criterion yield --criterion purity
    """
    from exograph import api
    from exograph.answers import to_table
    from exograph.comparison import legend, shorten

    found = api.compare(topic, criteria or (), root, using, long)
    if form != "table" or long:
        put(found, form)
        return
    for panel in panels(shorten(found)):
        out(to_table(panel, lines=True))
    say(legend(api.built(root), found))


def panels(matrix: Answer) -> list[Answer]:
    """A wide matrix cut into pieces that fit the terminal, each with the first column."""
    from rich.console import Console

    from exograph.answers import select

    fit = max(1, (Console().width - 20) // 24)
    columns = matrix.columns[1:]
    return [select(matrix, (matrix.columns[0], *columns[start : start + fit])) for start in range(0, len(columns), fit)]


@app.command()
def show(
    identifier: Annotated[
        str, typer.Argument(metavar="ID", help="A claim, term, reference, citation or issue: a CURIE, an IRI, or an id such as r005.")
    ],
    root: Root = None,
    source: Source = None,
    form: Format = "table",
) -> None:
    """Show what the graph holds of a thing, with its passage where the text is at hand.

    Example: exograph show r005 --source han2023.txt
    """
    from exograph import api
    from exograph.passages import PASSAGE

    found = api.show(identifier, root, source)
    put(found, form)
    if PASSAGE not in {row[0] for row in found.rows}:
        say("the passage itself is shown where the text is at hand: --source or EXOGRAPH_SOURCES")


@app.command()
def sparql(
    file: Annotated[str, typer.Argument(help="A file that holds a query, or - for standard input.")],
    root: Root = None,
    form: Format = "table",
    using: Using = "oxigraph",
) -> None:
    """Answer a SPARQL query over the union of the named graphs.

    Example: exograph sparql query.rq --format csv
    """
    from exograph import api
    from exograph.errors import UsageError

    try:
        query = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file}: cannot be read ({error}) — name a file of SPARQL or - for standard input") from error
    put(api.sparql(query, root, using), form)


@app.command()
def locate(
    text: Annotated[str, typer.Argument(help="Words of the text; white space and case do not matter.")],
    root: Root = None,
    source: Source = None,
    form: Format = "table",
) -> None:
    """Find a passage and print part, start, end and digest, as the cells of a row want them.

    Example: exograph locate "low purity" --source han2023.txt --format tsv
    """
    from exograph import api

    found = api.locate(text, root, source)
    put(found, form)
    raise typer.Exit(0 if found.rows else FINDINGS)


@app.command()
def coverage(
    key: Annotated[str, typer.Argument(help="The review, such as han2023.")],
    root: Root = None,
    source: Source = None,
    page: Annotated[Path | None, typer.Option("--page", help="File for the text with its anchors as HTML; without it coverage/KEY.html.")] = None,
    form: Format = "table",
) -> None:
    """Account for every sentence, cell, caption and reference of a text, and write it as a page that shows its anchors.

    Example: exograph coverage han2023 --source han2023.txt
    """
    from exograph import api

    written = page or Path("coverage") / f"{key}.html"
    found = api.coverage(key, source, root, written)
    put(found, form)
    say(f"the text with its anchors: {written}")
    raise typer.Exit(FINDINGS if found.records()[-1]["by nothing"] else 0)


@app.command()
def info(root: Root = None, form: Format = "table") -> None:
    """Say which data is in use and how much of what it holds.

    Example: exograph info
    """
    from exograph import api

    put(api.info(root), form)


@app.command(name="format")
def tidy(
    check: Annotated[bool, typer.Option("--check", help="Change nothing; exit 1 where a table is not as it should be.")] = False,
    root: Root = None,
) -> None:
    """Bring the row tables into order: sorted by id, no stray space, LF line ends.

    Example: exograph format --check
    """
    from exograph import api

    changed = api.tidy(root, check)
    for name in changed:
        say(f"{name}: {'not in order — run exograph format' if check else 'put in order'}")
    raise typer.Exit(FINDINGS if check and changed else 0)


def version(wanted: bool) -> None:
    """Print the version and stop."""
    if wanted:
        from exograph import __version__

        out(__version__)
        raise typer.Exit


@app.callback()
def options(wanted: Annotated[bool, typer.Option("--version", callback=version, is_eager=True, help="Print the version and stop.")] = False) -> None:
    """Ask, compare and trace what reviews state about exosomes."""


def main() -> None:
    """Run the command line; an error that a user can cause ends in one line and exit code 2."""
    import logging

    from exograph.errors import ExographError

    logging.getLogger("rdflib").setLevel(logging.CRITICAL)  # what it warns of is told in our own words
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8")
    try:
        app()
    except ExographError as error:
        say(f"exograph: {error}")
        raise SystemExit(FAILURE) from error
