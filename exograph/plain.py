"""Files read as text that is what it seems: regular files in whole UTF-8, in which no sign is hidden and none steers how others are shown.

A sign that nobody sees makes two names look alike, turns round what is read, or ends a text early in a program written in C; see
https://www.unicode.org/reports/tr36/ and https://trojansource.codes/. Such signs are refused wherever text comes from outside.
"""

from __future__ import annotations

import json
import re
import stat
import sys
import unicodedata
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from exograph.errors import UsageError

MOST = 64 << 20  # bytes of one file
_HIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\uffff\udc80-\udcff]")
_PATTERN = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|(?P<repeat>[*+]|\{\d+(?:,\d*)?\})|.", re.DOTALL)
_ESCAPE = re.compile(r"(?<!\\)(?:\\\\)*\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8}))")
_WIDE = (b"\xff\xfe", b"\xfe\xff")


class Fault(NamedTuple):
    """A fault of a text: its line and column, both counted from one, and what it is."""

    line: int
    column: int
    problem: str


def decoded(data: bytes) -> tuple[str, list[Fault]]:
    """Bytes as text, with what is wrong with them."""
    if data.startswith(_WIDE):
        return "", [Fault(1, 1, "UTF-16, not UTF-8")]
    text = data.decode("utf-8", errors="surrogateescape")
    return text, [*faults(text)]


def faults(text: str) -> Iterator[Fault]:
    """The hidden signs of a text, and its lines that are not in Normalization Form C."""
    composed = text.isascii() or unicodedata.is_normalized("NFC", text)
    if composed and not _HIDDEN.search(text):
        return
    for number, line in enumerate(text.split("\n"), 1):
        for found in _HIDDEN.finditer(line):
            yield Fault(number, found.start() + 1, _named(found[0]))
        if not composed and not unicodedata.is_normalized("NFC", line):
            whole = unicodedata.normalize("NFC", line)
            at = next((at for at, (one, other) in enumerate(zip(line, whole, strict=False)) if one != other), len(whole))
            yield Fault(number, at + 1, "a letter in pieces, not in Unicode's Normalization Form C")


def escaped(text: str) -> Iterator[Fault]:
    """The hidden signs that stand in a text of Turtle as escapes."""
    for number, line in enumerate(text.split("\n"), 1) if "\\u" in text or "\\U" in text else ():
        for found in _ESCAPE.finditer(line):
            code = int(found[1] or found[2], 16)
            if code < sys.maxunicode and _HIDDEN.match(chr(code)):
                yield Fault(number, found.start() + 1, f"{_named(chr(code))}, as an escape")


def within(value: Any) -> Iterator[str]:
    """The texts that a value read from YAML, TOML or JSON holds, however deep."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict):
            waiting += [*one, *one.values()]
        elif isinstance(one, list):
            waiting += one


def _named(sign: str) -> str:
    if sign >= "\udc80" and sign <= "\udcff":
        return f"the byte {ord(sign) - 0xDC00:#04x}, which is not UTF-8"
    if sign == "\ufeff":
        return "a byte order mark"
    return f"the hidden sign U+{ord(sign):04X}" + (f" {name}" if (name := unicodedata.name(sign, "")) else "")


def content(path: Path, name: str) -> bytes:
    """The bytes of a regular file. Raises UsageError where it is something else, too long, or cannot be read."""
    try:
        seen = path.stat()
        if not stat.S_ISREG(seen.st_mode):
            raise UsageError(f"{name}: no regular file — put one in its place")
        if seen.st_size > MOST:
            raise UsageError(f"{name}: {seen.st_size} bytes, where {MOST} are the most — split it")
        with path.open("rb") as file:
            return file.read(MOST + 1)
    except OSError as error:
        raise UsageError(f"{name}: cannot be read ({error.strerror}) — mend its permissions or restore it") from error


def plain(path: Path, name: str, escapes: bool = False) -> str:
    """The text of a file, which may be one of Turtle, with ``escapes``.

    Raises UsageError that names file, line and column of the first fault, and how many there are.
    """
    text, found = decoded(content(path, name))
    found += escaped(text) if escapes else ()
    if found:
        more = f", the first of {len(found)}" if len(found) > 1 else ""
        raise UsageError(f"{name}:{found[0].line}:{found[0].column}: {found[0].problem}{more} — save the file as UTF-8 without it")
    return text


def parsed(path: Path, name: str) -> Any:
    """What a file of JSON holds. Raises UsageError."""
    try:
        return json.loads(plain(path, name))
    except (ValueError, RecursionError) as error:
        problem = "brackets stand too deep in it" if isinstance(error, RecursionError) else error
        raise UsageError(f"{name}: not readable as JSON ({problem}) — mend it") from error


def letters(text: str) -> str:
    """The signs beyond ASCII of a name that should have none, as they look like others: their code points and names, in brackets."""
    strange = dict.fromkeys(sign for sign in text if not sign.isascii())
    told = [f"U+{ord(sign):04X} {unicodedata.name(sign, '')}".rstrip() for sign in islice(strange, 3)]
    return f" (holds {', '.join(told)})" if told else ""


def runaway(pattern: str) -> bool:
    """Whether a regular expression repeats a group that can itself match in several ways, over which Python's search may never end."""
    several, ended = [False], False  # for each open group, whether it has a repetition or a choice; what the group before this sign had
    for found in _PATTERN.finditer(pattern):
        if found["repeat"]:
            if ended:
                return True
            several[-1] = True
        ended = found[0] == ")" and len(several) > 1 and several.pop()
        if ended or found[0] == "|":
            several[-1] = True
        elif found[0] == "(":
            several.append(False)
    return False
