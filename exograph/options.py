"""What the commands share: the options that many of them take, how they print, and their exit codes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from exograph.answers import Answer

FINDINGS = 1
FAILURE = 2

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
Federate = Annotated[
    list[str] | None,
    typer.Option("--federate", metavar="URL[=MIRROR]", help="An endpoint that SERVICE may ask, and what to ask in its place; may be repeated."),
]
Wait = Annotated[float, typer.Option("--wait", help="How many seconds another endpoint may take for an answer.")]
Endpoint = Annotated[
    str | None, typer.Option("--endpoint", metavar="URL", help="A SPARQL endpoint that holds a release and is asked instead of the data here.")
]
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
