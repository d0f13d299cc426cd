"""The command line: flags and printing; the work is done by the functions of the same names.

Exit codes: 0 fine, 1 findings, 2 misuse or failure. argparse reads the flags, as it is there without an import of its own weight.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from exograph.options import (
    ENDPOINT,
    ENGINE,
    FAILURE,
    FEDERATE,
    FINE,
    FORMAT,
    ROOT,
    SOURCE,
    WAIT,
    Command,
    Commands,
    argument,
    declaring,
    endable,
    flag,
    number,
    out,
    put,
    say,
)  # fmt: skip

if TYPE_CHECKING:
    from exograph.answers import Answer

PURPOSE = "Ask, compare and trace what reviews state about exosomes."
ASKING: Commands = {}
command = declaring(ASKING)


@command(ROOT, FORMAT)
def questions(root: Path | None, form: str) -> int:
    """List the saved questions.

    Example: exograph questions --format json
    """
    from exograph import api
    from exograph.answers import select

    found = api.questions(root)
    put(select(found, ("name", "topic", "question")) if form == "table" else found, form)
    return FINE


@command(
    argument("name", metavar="NAME", help="the name of a saved question; exograph questions lists them"),
    argument(
        "--set", dest="settings", action="append", metavar="KEY=VALUE", help="a value is a CURIE, an IRI or a label, an empty one frees the parameter"
    ),
    ROOT, FORMAT, ENGINE, FEDERATE, WAIT, ENDPOINT,
)  # fmt: skip
def ask(
    name: str,
    settings: list[str] | None,
    root: Path | None,
    form: str,
    using: str,
    federate: list[str] | None,
    wait: float,
    endpoint: str | None,
) -> int:
    """Answer a saved question.

    Example: exograph ask silent-methods --set criterion=purity
    """
    from exograph import api, catalogue

    endable()
    found = api.built(root, endpoint)
    question = catalogue.saved(found, name)
    answer = catalogue.run(found, question, pairs(settings or []), api.engine(found, using, federate or (), wait))
    if form == "table":
        say(question.question)
    put(answer, form)
    if not answer.rows and question.empty and not settings:
        say(question.empty)
    return FINE


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


@command(
    argument("topic", metavar="TOPIC", help="what to compare, such as isolation"),
    argument("--criterion", dest="criteria", action="append", metavar="CRITERION", help="show this criterion only; may be repeated"),
    flag("--long", help="a row a claim instead of a matrix"),
    flag("--across", help="count the sources that stand for each member, and against it, instead of showing what one review states"),
    argument("--since", type=number(int, 1900, 2200), metavar="YEAR", help="with --across, count sources from that year on"),
    argument("--sources", default="", metavar="KEY,…", help="count these sources only; without --across, the one review to compare by"),
    ROOT, FORMAT, ENGINE, ENDPOINT,
)  # fmt: skip
def compare(
    topic: str,
    criteria: list[str] | None,
    long: bool,
    across: bool,
    since: int | None,
    sources: str,
    root: Path | None,
    form: str,
    using: str,
    endpoint: str | None,
) -> int:
    """Compare the members of a topic on every criterion: by what one review states, or across all sources.

    Example: exograph compare isolation --criterion yield --criterion purity
    """
    from exograph import api
    from exograph.answers import to_table
    from exograph.comparison import legend, shorten

    keys = [key.strip() for key in sources.split(",") if key.strip()]
    if across and not long and form == "table":
        from exograph.disputing import mapped

        return mapped(topic, criteria or (), since, keys, root, using, endpoint)
    found = api.compare(topic, criteria or (), root, using, long=long, across=across, since=since, sources=keys, endpoint=endpoint)
    if form != "table" or long:
        put(found, form)
        return FINE
    for panel in panels(shorten(found)):
        out(to_table(panel, lines=True))
    say(legend(api.built(root, endpoint), found))
    return FINE


def panels(matrix: Answer) -> list[Answer]:
    """A wide matrix cut into pieces that fit the terminal, each with the first column."""
    from exograph.answers import select
    from exograph.terminal import width

    fit = max(1, (width() - 20) // 24)
    columns = matrix.columns[1:]
    return [select(matrix, (matrix.columns[0], *columns[start : start + fit])) for start in range(0, len(columns), fit)]


@command(
    argument("identifier", metavar="ID", help="a claim, term, reference, citation or issue: a CURIE, an IRI, or an id such as r005"),
    ROOT, SOURCE, FORMAT, ENGINE, ENDPOINT,
)  # fmt: skip
def show(identifier: str, root: Path | None, source: Path | None, form: str, using: str, endpoint: str | None) -> int:
    """Show what the graph holds of a thing, with its passage where the text is at hand.

    Example: exograph show r005 --source han2023.txt
    """
    from exograph import api
    from exograph.passages import PASSAGE

    found = api.show(identifier, root, source, using, endpoint)
    put(found, form)
    if PASSAGE not in {row[0] for row in found.rows}:
        say("the passage itself is shown where the text is at hand: --source or EXOGRAPH_SOURCES")
    return FINE


@command(
    argument("file", metavar="FILE", help="a file that holds a query, or - for standard input"),
    ROOT, FORMAT, ENGINE, FEDERATE, WAIT, ENDPOINT,
)  # fmt: skip
def sparql(file: str, root: Path | None, form: str, using: str, federate: list[str] | None, wait: float, endpoint: str | None) -> int:
    """Answer a SPARQL query over the union of the named graphs.

    Example: exograph sparql query.rq --format csv
    """
    from exograph import api
    from exograph.errors import UsageError

    endable()
    try:
        query = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file}: cannot be read ({error}) — name a file of SPARQL or - for standard input") from error
    put(api.sparql(query, root, using, federate or (), wait, endpoint), form)
    return FINE


@command(
    argument("--host", default="127.0.0.1", help="address of this machine to serve at (default 127.0.0.1); 0.0.0.0 opens it to others"),
    argument("--port", type=number(int, 0, 65535), default=8000, help="port (default 8000); 0 takes a free one"),
    argument("--public", metavar="URL", help="address by which others call it, where a proxy stands before it"),
    argument("--seconds", type=number(float, 0.1, 600), default=3.0, help="how long a query may take (default 3)"),
    ROOT,
)
def serve(host: str, port: int, public: str | None, seconds: float, root: Path | None) -> int:
    """Serve the dataset over HTTP, read-only: SPARQL, the saved questions, and what is known of each thing.

    Example: exograph serve --port 8000
    """
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
    return FINE


@command(ROOT, FORMAT)
def info(root: Path | None, form: str) -> int:
    """Say which data is in use and how much of what it holds.

    Example: exograph info
    """
    from exograph import api

    put(api.info(root), form)
    return FINE


class Layout(argparse.RawDescriptionHelpFormatter):
    """Help as wide as the terminal."""

    def __init__(self, prog: str) -> None:
        from exograph.terminal import width

        super().__init__(prog, width=width() - 2)


class Parser(argparse.ArgumentParser):
    """The parser of one command, which tells a mistake in one line."""

    def error(self, message: str) -> NoReturn:
        """Raise UsageError."""
        from exograph.errors import UsageError

        raise UsageError(f"{message} — {self.prog} --help shows what it takes")


def commands() -> Commands:
    """All commands by name."""
    from exograph.curating import CURATING
    from exograph.disputing import DISPUTING

    return {**ASKING, **DISPUTING, **CURATING}


def parser(name: str, found: Command) -> Parser:
    """The parser of a command."""
    about = "\n".join(line.strip() for line in str(found.run.__doc__).splitlines())
    made = Parser(f"exograph {name}", description=about, allow_abbrev=False, formatter_class=Layout)
    for one in found.arguments:
        made.add_argument(*one.names, **one.settings)
    return made


def overview() -> str:
    """What is printed for no command, or --help."""
    told = {name: str(found.run.__doc__).partition("\n")[0] for name, found in commands().items()}
    lines = [f"  {name:<10} {about}" for name, about in told.items()]
    return "\n".join(
        ["usage: exograph COMMAND …", "", PURPOSE, "", *lines, "", "exograph COMMAND --help shows what a command takes; --version the version."]
    )


def run(words: list[str]) -> int:
    """Run the command that words of the command line name, and return its exit code. Raises ExographError."""
    name, rest = (words[0], words[1:]) if words else ("--help", [])
    if name in ("--help", "-h", "--version"):
        from exograph import __version__

        out(__version__ if name == "--version" else overview())
        return FINE
    found = ASKING.get(name) or commands().get(name)
    if found is None:
        from exograph.catalogue import nearest
        from exograph.errors import UsageError

        near = nearest(name, [*commands()], 1, 0.5)
        raise UsageError(f"no command {name} — {f'did you mean {near[0]}' if near else 'exograph --help lists them'}")
    return found.run(**vars(parser(name, found).parse_args(rest)))


def main() -> NoReturn:
    """Run the command line; an error that a user can cause ends in one line and exit code 2."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8")
    try:
        code = run(sys.argv[1:])
        sys.stdout.flush()
    except BrokenPipeError:  # who reads has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = FAILURE
    except KeyboardInterrupt:
        code = 130
    except Exception as error:
        from exograph.errors import ExographError

        if not isinstance(error, ExographError):
            raise
        say(f"exograph: {error}")
        code = FAILURE
    raise SystemExit(code)
