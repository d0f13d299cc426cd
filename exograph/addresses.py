"""Where each thing has its page: IRIs turned into paths that hold as files on every system and as addresses of the server.

The rules are told in docs/site.md, as the scripts of the site follow them as well.
"""

from __future__ import annotations

import re

from exograph.prefixes import Prefixes
from exograph.terms import EXOG

BASE = "https://w3id.org/exograph/"
QUERIES = f"{BASE}query/"
ONTOLOGY = f"{BASE}ontology"
PAGE, DATA = ".html", ".ttl"
_ODD = re.compile(r"[^A-Za-z0-9._/-]|(?:^|(?<=/))[./]")


def place(iri: str, prefixes: Prefixes) -> str | None:
    """The path of a thing, without what tells its page from its data; None where it has none, as its IRI belongs to no prefix.

    What begins with a capital in the ontology, that is each class, gets ``-class`` behind it, as *level* and *Level* would be one file on
    many systems.
    """
    if iri.startswith(str(EXOG)):
        name = iri.removeprefix(str(EXOG))
        return f"ontology/{slug(name)}{'-class' if name[:1].isupper() else ''}" if name else None
    if iri == ONTOLOGY:
        return "ontology/index"
    if iri.startswith(QUERIES):
        return f"questions/{slug(iri.removeprefix(QUERIES))}"
    if iri.startswith(BASE):
        return slug(iri.removeprefix(BASE)) if "#" not in iri else None
    prefix, colon, local = prefixes.contract(iri).partition(":")
    return f"term/{slug(prefix)}/{slug(local)}" if colon and local and prefix in prefixes.map else None


def slug(name: str) -> str:
    """A name with every sign that may mean something in a path or an address replaced by its number."""
    return _ODD.sub(lambda odd: f"_{ord(odd[0]):x}_", name)


def root(path: str) -> str:
    """How one gets to the root of the site from the page at a path."""
    return "../" * path.count("/") or "./"
