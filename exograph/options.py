"""What the commands share: how they are declared, the options that many of them take, how they print, and their exit codes."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from exograph.answers import Answer

FINE, FINDINGS, FAILURE = 0, 1, 2


class Argument(NamedTuple):
    """An argument or option, as argparse.ArgumentParser.add_argument takes it."""

    names: tuple[str, ...]
    settings: dict[str, Any]


class Command(NamedTuple):
    """A command: the function, which is given what stands on the command line by name and returns the exit code, and its arguments."""

    run: Callable[..., int]
    arguments: tuple[Argument, ...]


Commands = dict[str, Command]


def argument(*names: str, **settings: Any) -> Argument:
    """An argument of a command."""
    return Argument(names, settings)


def flag(*names: str, **settings: Any) -> Argument:
    """An option without a value."""
    return Argument(names, {"action": "store_true", **settings})


def number(kind: type[int | float], low: float, high: float) -> Callable[[str], float]:
    """A reader of numbers between two bounds."""

    def read(text: str) -> float:
        value = kind(text)
        if not low <= value <= high:
            raise ValueError
        return value

    read.__name__ = f"number between {low:g} and {high:g}"
    return read


def declaring(commands: Commands) -> Callable[..., Callable[[Callable[..., int]], Callable[..., int]]]:
    """A decorator that enters a function and its arguments among commands, under its own name unless another is given."""

    def declare(*arguments: Argument, name: str = "") -> Callable[[Callable[..., int]], Callable[..., int]]:
        def enter(run: Callable[..., int]) -> Callable[..., int]:
            commands[name or run.__name__] = Command(run, arguments)
            return run

        return enter

    return declare


ROOT = argument(
    "--root",
    type=Path,
    metavar="DIR",
    help="folder with ontology/, reviews/, shapes/, queries/ (or EXOGRAPH_ROOT); else the current one if a checkout, else the package's",
)
SOURCE = argument("--source", type=Path, metavar="PATH", help="the pinned text of a review, or a folder of such texts (or EXOGRAPH_SOURCES)")
FORMAT = argument("--format", "-f", dest="form", default="table", metavar="FORMAT", help="table (default), csv, tsv, json or markdown")
ENGINE = argument("--engine", dest="using", default="oxigraph", metavar="ENGINE", help="oxigraph (default) or rdflib")
FEDERATE = argument(
    "--federate", action="append", metavar="URL[=MIRROR]", help="an endpoint that SERVICE may ask, and what to ask in its place; may be repeated"
)
WAIT = argument("--wait", type=float, default=60.0, metavar="SECONDS", help="how long another endpoint may take for an answer (default 60)")
ENDPOINT = argument("--endpoint", metavar="URL", help="a SPARQL endpoint that holds a release and is asked instead of the data here")


def out(text: str) -> None:
    """Write an answer to stdout as it is."""
    sys.stdout.write(text if text.endswith("\n") else text + "\n")


def say(text: str) -> None:
    """Write talk to stderr."""
    sys.stderr.write(text + "\n")


def endable() -> None:
    """Have Ctrl-C end the process at once, for commands that write nothing: no exception reaches an engine while it runs."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def put(found: Answer, form: str) -> None:
    """Write an answer in a format; an empty table is said to be one."""
    from exograph.answers import write

    out(write(found, form))
    if not found.rows:
        say("no rows")
