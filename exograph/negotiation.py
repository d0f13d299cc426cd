"""Content negotiation: which of the formats on offer a client likes best (RFC 9110, section 12.5.1)."""

from __future__ import annotations

from collections.abc import Mapping

RESULTS = {
    "application/sparql-results+json": "json",
    "application/json": "json",
    "application/sparql-results+xml": "xml",
    "application/xml": "xml",
    "text/csv": "csv",
    "text/tab-separated-values": "tsv",
}
GRAPHS = {
    "text/turtle": "turtle",
    "application/n-triples": "ntriples",
    "application/ld+json": "jsonld",
    "application/rdf+xml": "rdfxml",
}
HTML = "text/html"
THINGS = {**GRAPHS, HTML: "html"}
ANSWERS = {"application/json": "json", "text/csv": "csv", "text/tab-separated-values": "tsv", "text/markdown": "markdown"}
FILES = {
    "html": HTML,
    "ttl": "text/turtle",
    "csv": "text/csv",
    "json": "application/json",
    "bib": "application/x-bibtex",
    "ris": "application/x-research-info-systems",
    "js": "text/javascript",
}


def negotiate(accept: str, offered: Mapping[str, str]) -> tuple[str, str] | None:
    """The media type, with its format, that an Accept header likes best of those offered; the first of equals, None where none will do."""
    ranges = [*map(_range, accept.split(","))] if accept.strip() else [("*/*", 1.0)]
    liked = {media: _quality(media, ranges) for media in offered}
    best = max(liked, key=lambda media: liked[media])
    return (best, offered[best]) if liked[best] > 0 else None


def content_type(media: str) -> str:
    """The media type as the header names it; texts name their encoding."""
    return f"{media}; charset=utf-8" if media.startswith("text/") else media


def _range(item: str) -> tuple[str, float]:
    media, *parameters = (part.strip().lower() for part in item.split(";"))
    weight = next((part[2:].strip() for part in parameters if part.startswith("q=")), "1")
    try:
        return media, min(max(float(weight), 0.0), 1.0)
    except ValueError:
        return media, 0.0


def _quality(media: str, ranges: list[tuple[str, float]]) -> float:
    """The weight that the most exact range gives a media type."""
    kind = media.partition("/")[0]
    for wanted in (media, f"{kind}/*", "*/*"):
        weights = [weight for found, weight in ranges if found == wanted]
        if weights:
            return max(weights)
    return 0.0
