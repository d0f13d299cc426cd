"""The namespaces of exograph as rdflib has them, for tests that look at the dataset through it."""

from __future__ import annotations

from rdflib import Namespace, URIRef

from exograph import terms

EXOG = Namespace(str(terms.EXOG))
GRAPH = Namespace(str(terms.GRAPH))
ID = Namespace(str(terms.ID))
SH = Namespace(str(terms.SH))
PREFIXES = URIRef(terms.PREFIXES.value)
