"""What the page of a comparison shows: the matrix with what each claim in it says, where it stands, and on which works and flaws."""

from __future__ import annotations

from typing import Any

from exograph import comparison
from exograph.addresses import PAGE, slug
from exograph.terms import Value
from exograph.views import Row, Views, grouped

Told = dict[str, Any]
BRIEF = ("id", "level", "levelLabel", "shape", "framing", "directness", "strength")
CALLED = ("framing", "directness", "strength")


def matrix(views: Views, topic: str, root: str) -> Told:
    """The comparison of a topic for its page, with addresses that begin at ``root``: what public gives of it, and what the template needs besides.

    Raises UsageError for a topic that no class carries.
    """
    cls, title = comparison.find_topic(views.built, topic)
    laid = comparison.layout(comparison.claims(views.built, topic))
    known = _Known(views, cls, root)
    members = [
        {"id": known.short(name), "label": label, "href": known.href(name), "order": at} for at, (name, label) in enumerate(laid.members.items())
    ]
    criteria = [{"id": known.short(name), "label": label, "href": known.href(name)} for name, label in laid.criteria.items()]
    cells = [
        {"member": known.short(member), "criterion": known.short(criterion), "claims": [known.claim(record) for record in records]}
        for (member, criterion), records in laid.cells.items()
        if records
    ]
    at = {(cell["member"], cell["criterion"]): cell["claims"] for cell in cells}
    ranks = {
        (known.short(views.curie(row["criterion"])), views.curie(row["level"])): (-row["rank"] if row["down"] else row["rank"])
        for row in views.ask("compare/ranks")
    }
    return {"topic": topic, "title": title, "criteria": criteria, "members": members, "cells": cells, "at": at, "ranks": ranks, "cls": cls}


class _Known:
    """What is known of the claims of a comparison, by their CURIEs."""

    def __init__(self, views: Views, cls: str, root: str) -> None:
        def by_claim(name: str) -> dict[Any, list[Row]]:
            return grouped(views.ask(f"compare/{name}", **{"class": cls}), "claim")

        self.views, self.root = views, root
        self.details, self.citations, self.issues = by_claim("details"), by_claim("citations"), by_claim("issues")

    def short(self, curie: str) -> str:
        """A name for an anchor in the page."""
        return slug(curie.removeprefix("exog:").replace(":", "-"))

    def href(self, curie: Value) -> str | None:
        """The address of the page of a thing."""
        thing = self.views.things.get(self._iri(curie))
        return f"{self.root}{thing.place}{PAGE}" if thing else None

    def _iri(self, curie: Value) -> str:
        iri = self.views.built.prefixes.expand(str(curie))
        return iri.value if iri else str(curie)

    def claim(self, record: dict[str, Value]) -> Told:
        """A claim of a cell."""
        iri = self._iri(record["claim"])
        detail = self.details[iri][0]
        told: Told = {"id": record["claim"], "href": self.href(record["claim"])}
        told |= {name: record[name] for name in ("level", "levelLabel", "framing", "framingSign")}
        told |= {"framingLabel": detail["framingLabel"], "shape": detail["shape"] or ""}
        told |= {name: record[name] for name in ("directness", "directnessLabel", "strength", "strengthLabel")}
        told |= {"statement": detail["statement"], "place": record["partLabel"], "placeHref": self._page(detail["part"])}
        told["citations"] = [
            {
                "printed": row["printed"], "resolved": row["number"], "label": self.views.called(row["reference"]) if row["reference"] else None,
                "href": self._page(row["reference"]),
            }
            for row in self.citations.get(iri, [])
        ]  # fmt: skip
        told["issues"] = [
            {"id": self.views.curie(row["issue"]), "label": self.views.called(row["issue"]), "href": self._page(row["issue"])}
            for row in self.issues.get(iri, [])
        ]
        return told

    def _page(self, iri: str | None) -> str | None:
        thing = self.views.things.get(iri) if iri else None
        return f"{self.root}{thing.place}{PAGE}" if thing else None


def public(told: Told) -> Told:
    """The part of a comparison that other programs read."""
    return {name: told[name] for name in ("topic", "title", "criteria", "members", "cells")}


def brief(told: Told) -> Told:
    """The part that the script of the page reads, without what the page shows of each claim anyway; ``labels`` and ``signs`` are by CURIE."""
    claims = [one for cell in told["cells"] for one in cell["claims"]]
    labels = {one[name]: one[f"{name}Label"] for one in claims for name in CALLED if one[name]}
    signs = {one["framing"]: one["framingSign"] for one in claims if one["framing"]}
    cells = [{**cell, "claims": [{name: one[name] for name in BRIEF if one[name]} for one in cell["claims"]]} for cell in told["cells"]]
    return {**public(told), "cells": cells, "labels": dict(sorted(labels.items())), "signs": dict(sorted(signs.items()))}


def said(claims: list[Told]) -> list[tuple[Any, list[Told]]]:
    """The claims of a cell by what is said, one group for each way in which a level is stated, as in comparison.compare."""
    found: dict[Any, list[Told]] = {}
    for one in claims:
        found.setdefault(tuple(one[name] for name in ("levelLabel", "framingSign", "directnessLabel", "strength")), []).append(one)
    return [*found.items()]


def ranked(told: Told, criterion: str) -> list[Told]:
    """The members of which something is stated on a criterion, those at its good end first."""

    def rank(member: Told) -> tuple[float, int]:
        claims = told["at"][member["id"], criterion]
        known = [told["ranks"].get((criterion, one["level"])) for one in claims]
        return -max((value for value in known if value is not None), default=-1000), member["order"]

    return sorted((member for member in told["members"] if (member["id"], criterion) in told["at"]), key=rank)
