"""Pages: templates that put the queries of ``queries/site`` to the dataset, about the thing that a page is of, and set their rows out.

A template asks by name, ``rows("claim/citations")``; which rows there are the query says, and what they look like the template. All that is
needed is read when Views is made, so that a page is rendered without opening a file. Every text is escaped.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any, NamedTuple

import pyoxigraph as ox
from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from exograph import __version__
from exograph.addresses import PAGE, place, root
from exograph.built import Built
from exograph.errors import naming
from exograph.headers import MARK, read_query
from exograph.hierarchy import ontology, trees
from exograph.places import PACKAGE
from exograph.terms import python

ASSETS = PACKAGE / "assets"
WEB = ("https://", "http://")  # what a page may lead to outside the site
CSP = (
    "default-src 'none'; style-src 'self' file:; img-src 'self' file: data: blob:; font-src 'none'; "
    "script-src 'self' file: blob: 'wasm-unsafe-eval'; worker-src blob:; connect-src 'none'; base-uri 'none'; form-action 'self' file:"
)
GENERAL = "thing"  # the view of what has none of its own
_FOLDER = "things"


class Iri(str):
    """A value that is a name of a thing and not a text."""

    __slots__ = ()


class Thing(NamedTuple):
    """A thing that has a page: what it is called, its view, and the path of its page without the ending."""

    iri: str
    label: str
    view: str
    place: str


Row = Mapping[str, Any]


class Views:
    """The pages over a dataset; ``passages`` are the words at an anchor by its IRI, with those before and after them, where the text is at hand."""

    def __init__(self, built: Built, passages: Mapping[str, tuple[str, str, str]] | None = None) -> None:
        self.built, self.passages = built, passages or {}
        paths = sorted(built.places.queries.glob("site/**/*.rq"))
        self.queries = {path.relative_to(built.places.queries / "site").with_suffix("").as_posix(): _read(path) for path in paths}
        self.assets = frozenset(path.name for path in ASSETS.glob("*"))
        self._environment = Environment(
            loader=PackageLoader("exograph"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, auto_reload=False,
            cache_size=-1, extensions=["jinja2.ext.do"],
        )  # fmt: skip
        self._environment.globals |= {
            "rows": self._rows, "link": self._link, "outside": self._outside, "href": self._href, "called": self.called, "stands": self.stands,
            "assets": self.assets, "queries": self.queries, "passages": self.passages, "csp": CSP, "hierarchy": ontology, "trees": trees,
        }  # fmt: skip
        self._environment.filters |= {"curie": self.curie, "prefixed": self.prefixed, "json": embedded, "by": by, "pairs": pairs, "plural": plural}
        self.templates = frozenset(self._environment.list_templates(extensions=["html"]))
        for name in self.templates:
            self._environment.get_template(name)
        sources = [PACKAGE.joinpath("templates", name).read_bytes() for name in sorted(self.templates)]
        self.version = hashlib.sha256(b"".join(sources)).hexdigest()

    @cached_property
    def things(self) -> Mapping[str, Thing]:
        """All things that have a page, by their IRIs; the first view that names a thing has it."""
        found: dict[str, Thing] = {}
        for name in [name for name in self.queries if name.startswith(f"{_FOLDER}/")]:
            for row in self.ask(name):
                where = place(row["thing"], self.built.prefixes)
                if where and row["thing"] not in found:
                    found[row["thing"]] = Thing(row["thing"], str(row["label"]), name.removeprefix(f"{_FOLDER}/"), where)
        return found

    @cached_property
    def placed(self) -> Mapping[str, Thing]:
        """The things by the places of their pages."""
        return {thing.place: thing for thing in self.things.values()}

    @cached_property
    def about(self) -> Mapping[str, Any]:
        """What the foot of each page tells: versions, licence, articles."""
        return {"version": __version__, "ontology": self.ask("all/ontology"), "articles": self.ask("all/articles")}

    @cached_property
    def standing(self) -> Mapping[str, str]:
        """What the part is called in which each claim first stands, after its article where there are several."""
        found: dict[str, str] = {}
        for row in self.ask("all/standing"):
            found.setdefault(row["claim"], ", ".join(self.called(iri) for iri in (row["article"], row["part"]) if iri))
        return found

    def ask(self, name: str, **about: str) -> list[Row]:
        """The rows of a query of ``queries/site``, some variables of which are bound to the IRIs given; an unbound value is None.

        Raises ValueError for what is no IRI.
        """
        file, query = self.queries[name]
        with naming(file):
            columns, rows = self.built.engine.select(query, {key: ox.NamedNode(iri) for key, iri in about.items()})
        return [{key: _value(term) for key, term in zip(columns, row, strict=True)} for row in rows]

    def called(self, iri: str) -> str:
        """What a thing is called, or its CURIE where no page tells of it."""
        known = self.things.get(iri)
        return known.label if known else self.curie(iri)

    def stands(self, claim: str) -> str:
        """Where a claim first stands, in words."""
        return self.standing.get(claim, "")

    def prefixed(self, rows: Iterable[Row]) -> list[Row]:
        """Rows in the order of the prefixes of their things, which they get as a column."""
        return sorted(({**row, "prefix": self.curie(row["thing"]).partition(":")[0]} for row in rows), key=lambda row: row["prefix"].casefold())

    def curie(self, iri: str) -> str:
        """The CURIE of an IRI."""
        return self.built.prefixes.contract(iri)

    def thing(self, iri: str) -> str:
        """The page of a thing, by the view of its kind; what has no place among the files has a page as well, where it is asked for."""
        known = self.things.get(iri)
        where = known.place if known else place(iri, self.built.prefixes) or ""
        return self.render(f"{known.view if known else GENERAL}.html", where + PAGE, thing=Iri(iri), rdf=bool(where))

    def render(self, template: str, path: str, **told: Any) -> str:
        """A page by its template, with what it is told."""
        name = template if template in self.templates else f"{GENERAL}.html"
        stem = path.rpartition("/")[2].removesuffix(PAGE)
        told = {"thing": None, "rdf": False, "path": path, "stem": stem, "root": root(path), "about": self.about, **told}
        return self._environment.get_template(name).render(told)

    @pass_context
    def _rows(self, context: Context, name: str, **about: str) -> list[Row]:
        if not about and context["thing"]:
            about = {"thing": context["thing"]}
        return self.ask(name, **about)

    @pass_context
    def _href(self, context: Context, iri: str) -> str | None:
        """The address of the page of a thing as seen from the page that is made, of another thing the IRI where it leads to the web."""
        known = self.things.get(iri)
        if known:
            return f"{context['root']}{known.place}{PAGE}"
        return iri if iri.startswith(WEB) and not iri.startswith("https://w3id.org/exograph/") else None

    @staticmethod
    def _outside(iri: str, words: str, kind: str = "") -> Markup | str:
        """A link to an address of the web by some words; the words alone where the IRI is of another scheme, which may run what it holds."""
        return Markup('<a href="{}" rel="{}noopener">{}</a>').format(iri, kind, words) if iri.startswith(WEB) else words

    @pass_context
    def _link(self, context: Context, value: Any, text: str | None = None) -> Markup | str:
        """A link to the page of a thing by its label or by another text; a value that is no IRI as it is."""
        if not isinstance(value, Iri):
            return "" if value is None else str(value)
        href = self._href(context, value)
        words = escape(text or self.called(value))
        return Markup('<a href="{}">{}</a>').format(href, words) if href else words


def _read(path: Any) -> tuple[str, str]:
    _, text = read_query(path, "gives")
    return path.name, "\n".join(line for line in text.splitlines() if not line.startswith(MARK))


def _value(term: Any) -> Any:
    if isinstance(term, ox.NamedNode):
        return Iri(term.value)
    return python(term) if isinstance(term, ox.Literal) else None


def embedded(value: Any) -> Markup:
    """JSON that may stand inside a script element, whatever its texts hold."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(text)  # noqa: S704 - every sign that could end the element is gone


def by(rows: Iterable[Row], column: str) -> list[tuple[Any, list[Row]]]:
    """The values of a column in the order of their first, each with its rows."""
    return [*grouped(rows, column).items()]


def pairs(rows: Iterable[Row], first: str, second: str) -> list[tuple[Any, Any]]:
    """The values of two columns."""
    return [(row[first], row[second]) for row in rows]


def plural(words: str) -> str:
    """What several things are called of which each is called by some words."""
    return f"{words[:-1]}ies" if re.search("[^aeiou]y$", words) else f"{words}s"


def grouped(rows: Iterable[Row], by: str) -> dict[Any, list[Row]]:
    """Rows by the value of a column, in the order of their first."""
    found: dict[Any, list[Row]] = {}
    for row in rows:
        found.setdefault(row[by], []).append(row)
    return found
