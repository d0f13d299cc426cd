"""The site: which files it has and the bytes of each, the same whether they are written to a folder or sent by the server."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from exograph import agreement, comparison
from exograph.addresses import DATA, PAGE, QUERIES, root, slug
from exograph.answers import Answer
from exograph.built import Built
from exograph.catalogue import read_questions, run
from exograph.downloads import DOWNLOADS, REFERENCES
from exograph.engines import Oxigraph
from exograph.errors import UsageError
from exograph.headers import read_query
from exograph.manifests import MANIFEST, Files, manifest
from exograph.matrix import brief, matrix, ranked, said
from exograph.release import placed
from exograph.scripts import SCRIPTS
from exograph.stated import as_turtle, stated
from exograph.views import ASSETS, Iri, Row, Views

WHOLE = {
    "index": "index", "articles/index": "articles", "ontology/index": "ontology", "claims/index": "claims", "references/index": "references",
    "studies/index": "studies", "issues/index": "issues", "questions/index": "questions", "term/index": "foreign", "ask": "ask", "explore": "explore",
}  # fmt: skip
ACROSS = "across"  # the folder of the pages that count sources
LISTED = 1000  # rows of an answer that a page shows


def write(site: Site, files: Files) -> None:
    """Write the files of the site, the manifest last."""
    for asset in sorted(ASSETS.rglob("*")):
        if asset.is_file():
            files.write(f"assets/{asset.relative_to(ASSETS).as_posix()}", asset.read_bytes())
    for path in site.paths():
        files.write(path, site.file(path) or b"")
    files.write(MANIFEST, manifest(files.told, {}))


def publish(built: Built, out: Path, passages: Mapping[str, tuple[str, str, str]] | None = None) -> list[Path]:
    """Write the site to a folder, whole or not at all, and return its files; for ``passages`` see Views. What is raised: see release.placed."""
    site = Site(Views(built, passages))
    return placed(out, lambda files: write(site, files))


class Site:
    """The files of the site over a dataset, made one by one from what is held in memory once it has been prepared."""

    def __init__(self, views: Views) -> None:
        self.views = views
        self.built = views.built
        self.questions = {question.name: question for question in read_questions(self.built.places) if not question.federated}
        self.topics = [str(row["topic"]) for row in views.ask("all/topics")]
        self.across = [topic for topic in self.topics if topic in {row["topic"] for row in views.ask("across/topics")}]
        self._scripts: Mapping[str, bytes] = {}
        self._described = read_query(self.built.places.queries / "serve" / "thing.rq", "gives")[1]

    def prepare(self) -> None:
        """Make what takes long, and whatever is made at first use, so that nothing of it is left for when a page is asked for."""
        self._scripts = {name: make(self) for name, make in SCRIPTS.items()}
        for view in {thing.view: thing for thing in self.views.things.values()}.values():
            self.file(f"{view.place}{PAGE}")
        for topic in self.topics[:1]:
            self.file(f"compare/{topic}{PAGE}")

    def paths(self) -> Iterator[str]:
        """The paths of all files but the assets, which come with the package."""
        yield from (f"{name}{PAGE}" for name in WHOLE if f"{WHOLE[name]}{PAGE}" in self.views.templates)
        yield from (f"compare/{topic}{PAGE}" for topic in self.topics)
        yield from (f"{ACROSS}/{topic}{PAGE}" for topic in self.across)
        yield from (f"compare/{topic}{ending}" for topic in self.topics for ending in DOWNLOADS)
        yield from (f"questions/{name}{PAGE}" for name in self.questions)
        yield from (f"data/{name}" for name in SCRIPTS)
        for thing in self.views.things.values():
            yield f"{thing.place}{PAGE}"
            yield f"{thing.place}{DATA}"
            if thing.view == "reference":
                yield from (f"{thing.place}{ending}" for ending in REFERENCES)

    def file(self, path: str) -> bytes | None:
        """The bytes of a file; None where the site has no such file."""
        folder, _, name = path.rpartition("/")
        stem, dot, ending = name.partition(".")
        if folder == "data":
            return self._scripts.get(name) or SCRIPTS[name](self) if name in SCRIPTS else None
        if folder in ("compare", ACROSS):
            return self._counted(stem, dot + ending) if folder == ACROSS else self._compared(stem, dot + ending)
        if path.endswith(PAGE):
            return self._page(path.removesuffix(PAGE))
        place, dot, ending = path.rpartition(".")
        thing = self.views.placed.get(place)
        if thing is None:
            return None
        if dot + ending == DATA:
            return self.turtle(thing.iri)
        return REFERENCES[dot + ending](self.views, [thing.iri]) if thing.view == "reference" and dot + ending in REFERENCES else None

    def _page(self, place: str) -> bytes | None:
        if place in WHOLE:
            return self.views.render(
                f"{WHOLE[place]}{PAGE}", f"{place}{PAGE}", topics=self.topics, across=self.across, questions=self.questions
            ).encode()
        folder, _, name = place.partition("/")
        if folder == "questions" and name in self.questions:
            return self._default(name)
        thing = self.views.placed.get(place)
        return self.views.thing(thing.iri).encode() if thing else None

    def thing(self, iri: str) -> bytes:
        """The page of a thing by its IRI, also of one that has no file."""
        name = iri.removeprefix(QUERIES)
        if name in self.questions and iri.startswith(QUERIES):
            return self._default(name)
        return self.views.thing(iri).encode()

    def question(self, name: str, settings: Mapping[str, str]) -> bytes:
        """The page of a saved question with its answer for some parameters. Raises UsageError where one does not fit."""
        return self._asked(name, settings, run(self.built, self.questions[name], settings, self.built.engine))

    def _default(self, name: str) -> bytes:
        """The page of a saved question for its defaults, which tells it where these name nothing in the data."""
        try:
            return self.question(name, {})
        except UsageError as error:
            return self._asked(name, {}, Answer((), []), str(error))

    def _asked(self, name: str, settings: Mapping[str, str], answer: Answer, problem: str = "") -> bytes:
        question = self.questions[name]
        told = {**{one.name: one.default or "" for one in question.parameters}, **settings}
        return self.views.render(
            "question.html", f"questions/{name}{PAGE}", question=question, columns=answer.for_people().columns, table=self._table(answer),
            settings=told, total=len(answer.rows), problem=problem,
        ).encode()  # fmt: skip

    def _table(self, answer: Answer) -> list[list[tuple[Any, str | None]]]:
        """The cells that people read, each with the IRI of the thing that it names."""
        at = {name: index for index, name in enumerate(answer.columns)}
        shown = [name for name in answer.columns if f"{name}Label" not in at]

        def cell(row: tuple[Any, ...], name: str) -> tuple[Any, str | None]:
            value, key = row[at[name]], row[at.get(name.removesuffix("Label"), at[name])]
            iri = self.built.prefixes.expand(key) if isinstance(key, str) else None
            return value, iri.value if iri and iri.value in self.views.things else None

        return [[cell(row, name) for name in shown] for row in answer.rows[:LISTED]]

    @property
    def store(self) -> ox.Store:
        """The store that holds the dataset. Raises TypeError for an engine without one."""
        if not isinstance(self.built.engine, Oxigraph):
            raise TypeError("the site is made from a store of Oxigraph alone")
        return self.built.engine.store

    def turtle(self, iri: str) -> bytes:
        """What is stated of a thing, in Turtle."""
        return as_turtle(stated(self.store, self._described, ox.NamedNode(iri)), self.built.prefixes)

    def _compared(self, topic: str, ending: str) -> bytes | None:
        if topic not in self.topics:
            return None
        if ending in DOWNLOADS:
            return DOWNLOADS[ending](self.views, topic)
        if ending != PAGE:
            return None
        path = f"compare/{topic}{PAGE}"
        told = matrix(self.views, topic, root(path))
        more = {
            "topics": self.topics,
            "across": self.across,
            "article": Iri(article) if (article := comparison.review(self.built)) else None,
            "said": said,
            "ranked": lambda column: ranked(told, column["id"]),
            "data": brief(told),
        }
        return self.views.render("compare.html", path, **told, **more).encode()

    def _counted(self, topic: str, ending: str) -> bytes | None:
        """The page that counts the sources on the members of a topic."""
        if topic not in self.across or ending != PAGE:
            return None
        cls, title = comparison.find_topic(self.built, topic)
        found = agreement.tallies(self.built, topic)
        stances: dict[tuple[str, str], list[Row]] = {}
        for row in self.views.ask("across/stances", **{"class": cls}):
            stances.setdefault((self.views.curie(row["member"]), self.views.curie(row["criterion"])), []).append(row)
        iris = {curie: Iri(iri.value) for curie in (*found.members, *found.criteria) if (iri := self.built.prefixes.expand(curie))}
        labels = {*found.sources.values()}
        alike = [row for row in self.views.ask("articles/alike") if {self.views.called(row["one"]), self.views.called(row["other"])} <= labels]
        return self.views.render(
            "across.html", f"{ACROSS}/{topic}{PAGE}", topic=topic, title=title, across=self.across, tallies=found, stances=stances, iris=iris,
            alike=alike, legend=agreement.LEGEND, brief=agreement.brief, shade=_shade, anchor=_anchor,
        ).encode()  # fmt: skip


def _shade(cell: Counter[str]) -> str:
    """The class of a cell of the heat map, from heat-0 to heat-6; none where no source votes."""
    leaning = agreement.lean(cell)
    return "" if leaning is None else f"heat-{round((leaning + 1) * 3)}"


def _anchor(*curies: str) -> str:
    """A name for an anchor in the page."""
    return slug("-".join(curie.removeprefix("exog:").replace(":", "-") for curie in curies))
