"""The tokens of a SPARQL query, for those who must know what stands where in it without knowing what it means."""

from __future__ import annotations

import re
from dataclasses import dataclass

_TOKEN = re.compile(
    r'''(?P<skip>\s+|\#[^\n\r]*)
      | (?P<text>"""(?:[^"\\]|\\.|"(?!""))*"""|\'\'\'(?:[^'\\]|\\.|'(?!\'\'))*\'\'\'|"(?:[^"\\\n\r]|\\.)*"|'(?:[^'\\\n\r]|\\.)*')
      | (?P<iri><[^\x00-\x20<>"{}|^`\\]*>)
      | (?P<variable>[?$]\w+)
      | (?P<name>[\w.-]*:(?:[\w.:%-]|\\.)*)
      | (?P<word>@?\w+)
      | (?P<sign>.)''',
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Token:
    """A token, of the kind ``text``, ``iri``, ``variable``, ``name``, ``word`` or ``sign``, and where it stands."""

    kind: str
    text: str
    start: int
    end: int

    def word(self, *words: str) -> bool:
        """Whether it is one of these words, given in small letters."""
        return self.kind == "word" and self.text.lower() in words


def tokenised(query: str) -> list[Token]:
    """The tokens of a query, without white space and comments."""
    found = (match for match in _TOKEN.finditer(query) if match.lastgroup != "skip")
    return [Token(str(match.lastgroup), match[0], match.start(), match.end()) for match in found]
