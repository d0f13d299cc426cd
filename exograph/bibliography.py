"""References in the forms that reference managers read: BibTeX and RIS.

Both are written here, as what they ask for is little: rispy and bibtexparser, which the tests read the files with, would spare no line of it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from exograph.views import Row, Views

_ESCAPED = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", **{sign: f"\\{sign}" for sign in "{}&%$#_"}}
_KINDS = {"JournalArticleReference": ("article", "JOUR", "journal"), "BookChapterReference": ("incollection", "CHAP", "booktitle")}


def bibtex(views: Views, works: Sequence[str]) -> bytes:
    """References as BibTeX, in UTF-8."""
    return "\n".join(_bibtex(views, iri) for iri in works).encode()


def ris(views: Views, works: Sequence[str]) -> bytes:
    """References as RIS, in UTF-8, with the line ends that the format asks for."""
    return "".join(f"{line}\r\n" for iri in works for line in _ris(views, iri)).encode()


def _told(views: Views, iri: str) -> tuple[Row, list[Row], list[Row]]:
    people = views.ask("reference/people", thing=iri)
    authors, editors = ([row for row in people if row["role"] == role] for role in ("author", "editor"))
    return views.ask("reference/about", thing=iri)[0], authors, editors


def _name(row: Row) -> str:
    """Family name and initials; what has no parts is one name."""
    return f"{row['family']}, {' '.join(row['initials'])}" if row["family"] and row["initials"] else str(row["name"])


def _bibtex(views: Views, iri: str) -> str:
    about, authors, editors = _told(views, iri)
    entry, _, container = _KINDS[views.curie(about["kind"]).partition(":")[2]]
    by = " and ".join(map(_bibtex_name, authors)) + (" and others" if about["truncated"] else "")
    fields: dict[str, Any] = {"author": by}
    fields |= {"title": _braced(about["title"]), container: _tex(views.called(about["venue"]) if about["venue"] else about["printedVenue"])}
    fields |= {"year": about["year"], "volume": _tex(about["volume"]), "number": _tex(about["issue"])}
    fields |= {"pages": _tex(about["pages"]).replace("–", "--"), "editor": " and ".join(map(_bibtex_name, editors))}
    fields |= {"publisher": _tex(about["publisher"]), "address": _tex(about["place"]), "doi": _tex(about["doi"])}
    key = re.sub(r"[^A-Za-z0-9]+", "-", views.curie(iri)).strip("-")
    lines = [f"  {name} = {{{value}}}" for name, value in fields.items() if value]
    return f"@{entry}{{{key},\n" + ",\n".join(lines) + "\n}\n"


def _bibtex_name(row: Row) -> str:
    return _tex(_name(row)) if row["family"] and row["initials"] else f"{{{_tex(_name(row))}}}"


def _tex(text: Any) -> str:
    """A text with the signs that mean something to TeX escaped."""
    return "" if text is None else "".join(_ESCAPED.get(sign, sign) for sign in " ".join(str(text).split()))


def _braced(text: Any) -> str:
    """A title whose capitals stay as they are."""
    return f"{{{_tex(text)}}}" if text else ""


def _ris(views: Views, iri: str) -> list[str]:
    about, authors, editors = _told(views, iri)
    first, _, last = str(about["pages"] or "").partition("–")
    fields: list[tuple[str, Any]] = [("TY", _KINDS[views.curie(about["kind"]).partition(":")[2]][1])]
    fields += [("AU", _name(row)) for row in authors] + [("ED", _name(row)) for row in editors]
    fields += [("TI", about["title"]), ("T2", views.called(about["venue"]) if about["venue"] else about["printedVenue"]), ("PY", about["year"])]
    fields += [("VL", about["volume"]), ("IS", about["issue"]), ("SP", first), ("EP", last), ("PB", about["publisher"]), ("CY", about["place"])]
    fields += [("DO", about["doi"]), ("UR", f"https://doi.org/{about['doi']}" if about["doi"] else None), ("ID", views.curie(iri))]
    return [f"{tag}  - {' '.join(str(value).split())}" for tag, value in fields if value not in (None, "")] + ["ER  - ", ""]
