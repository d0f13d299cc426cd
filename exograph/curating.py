"""The commands of curators and of who makes a release: check, find, cover, put in order, build."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from exograph.options import FINDINGS, Format, Root, Source, out, put, say

curating = typer.Typer()


@curating.command()
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


@curating.command()
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


@curating.command()
def load(
    url: Annotated[str, typer.Argument(help="Address of the store: the server; for Fuseki the dataset, for GraphDB and RDF4J the repository.")],
    store: Annotated[
        str, typer.Option("--store", help="oxigraph, fuseki, virtuoso, graphdb, rdf4j or gsp (Graph Store Protocol alone).")
    ] = "oxigraph",
    folder: Annotated[Path, typer.Option("--release", metavar="DIR", help="The folder of the release.")] = Path("build"),
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")] = False,
    form: Format = "table",
) -> None:
    """Load a release into a running triplestore: into staging graphs, swapped in once their counts are right.

    User and password come from EXOGRAPH_STORE_USER and EXOGRAPH_STORE_PASSWORD, or are asked for.

    Example: exograph load http://127.0.0.1:7878 --release build
    """
    from exograph.loading import load as run

    found = run(folder, url, store, dry_run=dry_run, say=say, ask=credentials if sys.stdin.isatty() else None)
    if not dry_run:
        put(found, form)


def credentials() -> tuple[str, str]:
    """User and password, asked for at the terminal."""
    return typer.prompt("user", err=True), typer.prompt("password", hide_input=True, err=True)


@curating.command()
def validate(
    root: Root = None,
    source: Source = None,
    engine: Annotated[str, typer.Option("--engine", help="What runs the shapes: shifty or pyshacl.")] = "shifty",
    form: Format = "table",
) -> None:
    """Check rows, anchors, shapes and check queries, and print what was checked.

    Example: exograph validate --source han2023.txt
    """
    from exograph.answers import Answer
    from exograph.validation import validate as run

    report = run(root, source, engine)
    for stage, what in report.checked:
        say(f"checked {stage}: {what}")
    if report.findings or form != "table":
        fields = ("where", "column", "problem", "remedy", "check")
        put(Answer(fields, [tuple(getattr(finding, name) for name in fields) for finding in report.findings]), form)
    say(f"{len(report.findings)} findings")
    raise typer.Exit(FINDINGS if report.findings else 0)


@curating.command()
def reason(root: Root = None, form: Format = "table") -> None:
    """Let HermiT judge ontology and claims, and list the members of the defined classes with the claims they follow from.

    It needs Java and owlready2. Where it finds a contradiction, to narrow it down takes some minutes.

    Example: exograph reason --format tsv
    """
    from exograph import api

    found, report = api.reason(root)
    put(found, form)
    for stage, what in report.checked:
        say(f"checked {stage}: {what}")
    for finding in report.findings:
        say(str(finding))
    say(f"{len(report.findings)} findings")
    raise typer.Exit(FINDINGS if report.findings else 0)


@curating.command()
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


@curating.command()
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


@curating.command()
def imports(
    folder: Annotated[Path, typer.Argument(help="Folder that holds labels.tsv.gz and edges.tsv, the terms and is-a edges of other ontologies.")],
    check_only: Annotated[bool, typer.Option("--check", help="Change nothing; exit 1 where an extract is not current.")] = False,
    root: Root = None,
) -> None:
    """Make the extracts of other ontologies anew: the terms that mappings and bridge name, with all that lies above them.

    Example: exograph imports tables
    """
    from exograph.imports import extracts, oracle, renew, stale
    from exograph.places import places

    where = places(root)
    made = extracts(where, oracle(folder))
    changed = [*stale(where, made)] if check_only else renew(where, made)
    for name in changed:
        say(f"ontology/imports/{name}: {'not current — run exograph imports' if check_only else 'written'}")
    raise typer.Exit(FINDINGS if check_only and changed else 0)


@curating.command(name="format")
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
