"""What can go wrong, and how it is told.

ExographError            anything a user can cause: one clear line, exit code 2
├── UsageError           a name, parameter or file that the user gave does not exist or does not fit
│   └── RefusedError     a request over HTTP that is not answered; carries the status
├── RowsError            curated rows that cannot become triples; carries the findings
└── SourceError          a text is not at hand, or is not the pinned one
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple


class Finding(NamedTuple):
    """One fault in the data, told so that a curator can mend it.

    ``where`` names file, line and row (or an IRI where no row is at fault), ``column`` the column
    (empty where the fault is the row's as a whole), ``check`` the rule that found it.
    """

    where: str
    column: str
    problem: str
    remedy: str
    check: str

    def __str__(self) -> str:
        column = f", column {self.column}" if self.column else ""
        remedy = f" — {self.remedy}" if self.remedy else ""
        return f"{self.where}{column}: {self.problem}{remedy} [{self.check}]"


class ExographError(Exception):
    """Base of all errors that a user can cause; ``str()`` is one line fit for the terminal."""


class UsageError(ExographError):
    """A question, parameter, topic, identifier or file that does not exist or does not fit."""


class RefusedError(UsageError):
    """A request over HTTP that is not answered."""

    def __init__(self, status: int, reason: str) -> None:
        self.status = status
        super().__init__(reason)


@contextmanager
def naming(what: str) -> Iterator[None]:
    """Put the name of what is being worked on before a UsageError that is raised inside."""
    try:
        yield
    except UsageError as error:
        raise UsageError(f"{what}: {error}") from error


class SourceError(ExographError):
    """The text of a review is not at hand, or differs from the pinned one."""


class RowsError(ExographError):
    """Curated rows that cannot become triples."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = list(findings)
        more = f" (and {len(findings) - 1} more; exograph validate lists them)" if len(findings) > 1 else ""
        super().__init__(f"{findings[0]}{more}")
