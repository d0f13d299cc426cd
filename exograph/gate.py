"""What a query of a stranger is held against before anything runs it: its length, its depth, and the words that it may not hold.

This tells in a clear line what is refused. What slips through is stopped by the limits of the process that runs it (exograph.zygote).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from exograph.errors import RefusedError

LENGTH = 20_000
DEPTH = 128
FORMS = ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")
UPDATES = ("INSERT", "DELETE", "LOAD", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY")
_CHANGING = re.compile(r"NOW|RAND|UUID|STRUUID|BNODE")
_TOKEN = re.compile(  # linear in whatever is sent: a token that has no end goes to the end of its line or of the query
    r"""
      \#[^\r\n]*
    | <[^<>"{}|^`\\\x00-\x20]*>
    | \"{3}(?:[^"\\]|\\.|\"{1,2}+(?!"))*+(?:\"{3})? | '{3}(?:[^'\\]|\\.|'{1,2}+(?!'))*+(?:'{3})?
    | "(?:[^"\\\r\n]|\\.)*+"? | '(?:[^'\\\r\n]|\\.)*+'?
    | [?$@]\w+
    | (?P<words>[\w.-]*+)(?P<name>:(?:[\w.:%-]|\\.)*+)?
    """,
    re.VERBOSE | re.DOTALL,
)
_WORD = re.compile(r"[^\W\d]\w*")
_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")


@dataclass(frozen=True)
class Admitted:
    """A query that may be run: its form, whether FROM says which graphs it is about, whether each run may answer otherwise."""

    text: str
    form: str
    names_graphs: bool
    changing: bool

    @property
    def makes_triples(self) -> bool:
        """Whether the answer is a graph."""
        return self.form in {"CONSTRUCT", "DESCRIBE"}


def admit(query: str) -> Admitted:
    """Look a query over. Raises RefusedError with status 400, 403 for an update, or 413 for what is too long.

    It is read as it stands and with its escapes resolved, as an escaped letter is a letter anywhere in SPARQL.
    """
    if len(query.encode(errors="replace")) > LENGTH:
        raise RefusedError(413, f"the query is longer than {LENGTH} bytes — shorten it")
    words = _words(query)
    unescaped = _ESCAPE.sub(_character, query)
    every = words if unescaped == query else [*words, *_words(unescaped)]
    if any("SERVICE" in word for word in every):
        raise RefusedError(400, "SERVICE asks another server, which this one never does — take the clause out")
    if found := next((word for word in every if word in UPDATES), None):
        raise RefusedError(403, f"{found} belongs to an update, and nothing can be changed here")
    form = next((form for word in words for form in FORMS if word.startswith(form)), None)
    if form is None:
        raise RefusedError(400, f"no query: none of {', '.join(FORMS)} stands in it")
    return Admitted(query, form, any(word.endswith("FROM") for word in every), any(_CHANGING.fullmatch(word) for word in every))


def asks_another(query: str) -> bool:
    """Whether a query holds a SERVICE clause."""
    return any("SERVICE" in word for word in _words(query))


def _words(query: str) -> list[str]:
    """The bare words of a query in capitals: those in no string, IRI, comment, variable or name. Raises RefusedError where it nests too deep."""
    words: list[str] = []
    depth = at = 0
    while at < len(query):
        token = _TOKEN.match(query, at)
        if token is None or token.end() == at:
            depth += (query[at] in "({[") - (query[at] in ")}]")
            at += 1
        else:
            at = token.end()
            if token["words"] and not token["name"]:
                words += map(str.upper, _WORD.findall(token["words"]))
        if depth > DEPTH:
            raise RefusedError(400, f"brackets stand more than {DEPTH} deep in the query — flatten it")
    return words


def _character(escape: re.Match[str]) -> str:
    code = int(escape[1] or escape[2], 16)
    return chr(code) if code < 0x110000 else escape[0]  # noqa: PLR2004 - the end of Unicode
