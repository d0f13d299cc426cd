"""The command line: flags and printing; the work is done by the functions of the same names.

Exit codes: 0 fine, 1 findings, 2 misuse or failure.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from exograph.curating import curating
from exograph.options import FAILURE, Endpoint, Federate, Format, Root, Source, Using, Wait, out, put, say

if TYPE_CHECKING:
    from exograph.answers import Answer

app = typer.Typer(
    name="exograph",
    help="Ask, compare and trace what reviews state about exosomes.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(curating)


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
    federate: Federate = None,
    wait: Wait = 60,
    endpoint: Endpoint = None,
) -> None:
    """Answer a saved question.

    Example: exograph ask silent-methods --set criterion=purity
    """
    from exograph import api, catalogue

    found = api.built(root, endpoint)
    question = catalogue.find_question(found.places, name)
    answer = catalogue.run(found, question, pairs(settings or []), api.engine(found, using, federate or (), wait))
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
    endpoint: Endpoint = None,
) -> None:
    """Compare the members of a topic on every criterion that the review judges.

    Example: exograph compare isolation --criterion yield --criterion purity
    """
    from exograph import api
    from exograph.answers import to_table
    from exograph.comparison import legend, shorten

    found = api.compare(topic, criteria or (), root, using, long=long, endpoint=endpoint)
    if form != "table" or long:
        put(found, form)
        return
    for panel in panels(shorten(found)):
        out(to_table(panel, lines=True))
    say(legend(api.built(root, endpoint), found))


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
    endpoint: Endpoint = None,
) -> None:
    """Show what the graph holds of a thing, with its passage where the text is at hand.

    Example: exograph show r005 --source han2023.txt
    """
    from exograph import api
    from exograph.passages import PASSAGE

    found = api.show(identifier, root, source, endpoint)
    put(found, form)
    if PASSAGE not in {row[0] for row in found.rows}:
        say("the passage itself is shown where the text is at hand: --source or EXOGRAPH_SOURCES")


@app.command()
def sparql(
    file: Annotated[str, typer.Argument(help="A file that holds a query, or - for standard input.")],
    root: Root = None,
    form: Format = "table",
    using: Using = "oxigraph",
    federate: Federate = None,
    wait: Wait = 60,
    endpoint: Endpoint = None,
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
    put(api.sparql(query, root, using, federate or (), wait, endpoint), form)


@app.command()
def serve(
    host: Annotated[str, typer.Option("--host", help="Address of this machine to serve at; 0.0.0.0 opens it to others.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Port; 0 takes a free one.")] = 8000,
    public: Annotated[str | None, typer.Option("--public", help="Address by which others call it, where a proxy stands before it.")] = None,
    seconds: Annotated[float, typer.Option("--seconds", min=0.1, max=600, help="How long a query may take.")] = 3.0,
    root: Root = None,
) -> None:
    """Serve the dataset over HTTP, read-only: SPARQL, the saved questions, and what is known of each thing.

    Example: exograph serve --port 8000
    """
    import os

    from exograph.errors import UsageError
    from exograph.places import places

    if not hasattr(os, "fork"):
        raise UsageError("exograph serve runs each query in a forked process, which Windows lacks — run it in WSL, or load a release into a store")
    try:
        from exograph.serving import Site, run
        from exograph.zygote import Limits
    except ModuleNotFoundError as error:
        raise UsageError(f"{error.name} is not installed — pip install 'exograph[serve]'") from error
    run(str(places(root).root), Site(host, port, public), Limits(seconds=seconds), say)


@app.command()
def info(root: Root = None, form: Format = "table") -> None:
    """Say which data is in use and how much of what it holds.

    Example: exograph info
    """
    from exograph import api

    put(api.info(root), form)


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
