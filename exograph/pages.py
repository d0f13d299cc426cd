"""A plain page that shows what is stated of a thing; every text on it is escaped."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from jinja2 import Environment

from exograph.prefixes import Prefixes
from exograph.terms import EXOG, RDFS

_TEMPLATE = Environment(autoescape=True, trim_blocks=True).from_string("""\
<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{{ title }}</title></head>
<body>
<main>
<h1>{{ title }}</h1>
<p>{{ iri }}</p>
{% for thing in things %}
{% if thing.heading %}<h2 id="{{ thing.anchor }}">{{ thing.heading }}</h2>
{% endif %}
<table>
<thead><tr><th scope="col">property</th><th scope="col">value</th></tr></thead>
<tbody>
{% for property, value, link in thing.rows %}
<tr><th scope="row">{{ property }}</th><td>{% if link %}<a href="{{ link }}" rel="noopener">{{ value }}</a>{% else %}{{ value }}{% endif %}</td></tr>
{% endfor %}
</tbody>
</table>
{% endfor %}
</main>
</body>
</html>
""")
_LABEL = RDFS.label.value


def page(iri: str, triples: Iterable[Any], prefixes: Prefixes, base: str) -> str:
    """The page of a thing, or of the ontology with a section for each of its terms.

    Links lead to the place of a thing on the same server where its IRI begins with ``base``, else to the web, and never but by http.
    """
    held, home = [*triples], "../" * iri.removeprefix(base).count("/") or "./"
    labels = {triple.subject.value: triple.object.value for triple in held if triple.predicate.value == _LABEL}

    def called(node: Any) -> str:
        return labels.get(node.value) or prefixes.contract(node.value)

    def row(triple: Any) -> tuple[str, str, str | None]:
        value = triple.object
        named = hasattr(value, "value") and not hasattr(value, "datatype")
        return (
            called(triple.predicate),
            called(value) if named else str(getattr(value, "value", value)),
            _link(value.value, base, home) if named else None,
        )

    shown: dict[str, list[Any]] = {}
    for triple in held:
        about = triple.subject.value
        if about == iri or (about.startswith(str(EXOG)) and iri == f"{base}ontology"):
            shown.setdefault(about, []).append(triple)
    things = [
        {
            "heading": labels.get(about, prefixes.contract(about)) if about != iri else "",
            "anchor": about.rpartition("#")[2],
            "rows": sorted({*map(row, rows)}, key=lambda cells: (cells[0], cells[1], cells[2] or "")),
        }
        for about, rows in sorted(shown.items(), key=lambda item: (item[0] != iri, item[0]))
    ]
    return _TEMPLATE.render(title=labels.get(iri, prefixes.contract(iri)), iri=iri, things=things)


def _link(iri: str, base: str, home: str) -> str | None:
    if iri.startswith(base):
        return home + iri.removeprefix(base)
    return iri if iri.startswith(("http://", "https://")) else None
