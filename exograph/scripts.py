"""What the scripts of the site load: data wrapped into a call, as a page that was opened by a double click may load scripts and nothing else."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from exograph.addresses import PAGE
from exograph.catalogue import Question
from exograph.formats import merged, nquads, zipped
from exograph.terms import XSD
from exograph.views import Views, grouped

if TYPE_CHECKING:
    from exograph.site import Site


def called(name: str, value: Any) -> bytes:
    """A script that hands a value to a function of the site."""
    return f"exograph.{name}({json.dumps(value, ensure_ascii=False, separators=(',', ':'))});\n".encode()


def labels(site: Site) -> bytes:
    """Address, label, kind and other names of all that can be looked for."""
    views = site.views
    kinds = {row["thing"]: row["kind"] for row in views.ask("data/kinds")}
    names = grouped(views.ask("data/names"), "thing")
    told = [[f"compare/{topic}{PAGE}", f"compare {topic}", "comparison", []] for topic in site.topics]
    told += [[f"questions/{name}{PAGE}", question.question, "question", [name]] for name, question in site.questions.items()]
    told += [
        [thing.place + PAGE, thing.label, kinds.get(iri) or thing.view.replace("-", " "), [row["name"] for row in names.get(iri, ())]]
        for iri, thing in views.things.items()
    ]
    return called("labels", told)


def questions(site: Site) -> bytes:
    """The saved questions, each parameter with what one may choose from, which is written once for each type."""
    types = sorted({one.type for question in site.questions.values() for one in question.parameters})
    options = json.dumps({name: _options(site.views, name) for name in types}, ensure_ascii=False, separators=(",", ":"))
    told = [_question(question) for question in site.questions.values()]
    told_of = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    fill = "for(const q of qs)for(const p of q.parameters)p.options=options[p.type];return qs"
    return f"exograph.questions(((options,qs)=>{{{fill}}})({options},{told_of}));\n".encode()


def _question(question: Question) -> dict[str, Any]:
    told: dict[str, Any] = {"name": question.name, "question": question.question, "topic": question.topic}
    told |= {"parameters": [one._asdict() for one in question.parameters], "columns": dict(question.columns)}
    return {**told, "cases": {name: dict(case) for name, case in question.cases.items()}, "sparql": question.sparql.strip() + "\n"}


def _options(views: Views, kind: str) -> list[list[str]]:
    cls = views.built.prefixes.expand(kind)
    if cls is None or cls.value.startswith(str(XSD)) or kind == "rdfs:Resource":
        return []
    return [[views.curie(row["thing"]), row["label"]] for row in views.ask("data/options", **{"class": cls.value})]


def prefixes(site: Site) -> bytes:
    """The prefixes of the dataset."""
    return called("prefixes", dict(sorted(site.built.prefixes.map.items())))


def dataset(site: Site) -> bytes:
    """The whole dataset, N-Quads compressed by gzip in base64."""
    packed = b"".join(zipped(merged(nquads(site.store).values())))
    return called("dataset", base64.b64encode(packed).decode())


SCRIPTS: Mapping[str, Callable[[Site], bytes]] = {
    "labels.js": labels, "questions.js": questions, "prefixes.js": prefixes, "dataset.js": dataset,
}  # fmt: skip
