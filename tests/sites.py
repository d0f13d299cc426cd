"""What tests learn of the pages of the site: their links, what they would run, what their matrix says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LINK = re.compile(r'\s(?:href|src)="([^"]*)"')
ANCHOR = re.compile(r'\sid="([^"]*)"')


class Page(HTMLParser):
    """The elements of a page, and what of it a browser would run or style by itself."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.active: list[str] = []
        self.texts: list[str] = []
        self.data: list[str] = []
        self._inside = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = dict(attrs)
        self.elements.append((tag, held))
        self.active += [f"{tag} {name}" for name in held if name.startswith("on") or name == "style"]
        self.active += [f"{tag} {name}={held[name]}" for name in ("href", "src") if re.match(r"\s*(javascript|data|vbscript):", held.get(name) or "")]
        if tag in {"style", "img", "iframe", "object", "embed", "base"} or (
            tag == "script" and "src" not in held and held.get("type") != "application/json"
        ):
            self.active.append(tag)
        if tag == "script":
            self._inside = str(held.get("type"))
            self.data.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == "script":
            self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.data[-1] += data
        else:
            self.texts.append(data)

    @property
    def text(self) -> str:
        """What is to be read on it."""
        return " ".join(" ".join(self.texts).split())


def links(path: str, text: str) -> Iterator[tuple[str, str]]:
    """The files of the site that a page leads to, each with the anchor in it, as seen from the root."""
    for written in LINK.findall(text):
        address = urlsplit(written.replace("&amp;", "&"))
        if not address.scheme:
            target = path if not address.path else _joined(path, unquote(address.path))
            yield target, unquote(address.fragment)


def _joined(path: str, link: str) -> str:
    steps = path.split("/")[:-1]
    for step in link.split("/"):
        if step == "..":
            steps.pop()
        elif step != ".":
            steps.append(step)
    return "/".join(steps)


def files(folder: Path) -> dict[str, bytes]:
    """The files below a folder by their paths."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


_CELL = re.compile(r'<td(?: class="silent")? data-member="([^"]+)" data-criterion="([^"]+)">(.*?)</td>', re.DOTALL)
_SAID = re.compile(r'<span class="line">(.*?)</small></span>', re.DOTALL)
_SHAPE = re.compile(r'<span class="shape".*?</span>(?:&nbsp;)?')
_SIGN = re.compile(r'<span class="sign [^"]*">(\S+) [^<]*</span>')
_COUNT = re.compile(r" · (\d+) claims$")


def cells(text: str) -> dict[tuple[str, str], list[tuple[str, int]]]:
    """What the matrix of a comparison says in each cell, in the words of ``exograph compare``, and by how many claims; nothing in a silent one."""
    found: dict[tuple[str, str], list[tuple[str, int]]] = {}
    for member, criterion, inside in _CELL.findall(text):
        told = [Page(_SIGN.sub(r"\1", _SHAPE.sub("", line))).text for line in _SAID.findall(inside)]
        found[member, criterion] = [(_COUNT.sub("", words), int((_COUNT.search(words) or ["", "1"])[1])) for words in told]
        assert told or inside == "not stated"
    return found
