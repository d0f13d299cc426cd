"""exograph: what reviews state about exosomes, as a graph that can be queried, traced and loaded.

    >>> import exograph
    >>> [row[0] for row in exograph.ask("silent-methods", criterion="purity").rows]
    ['exog:extractionKit', 'exog:immunomagneticBeads', 'exog:ultrafiltrationCentrifugation']

Only the names in ``__all__`` are stable. They are loaded when first used, so that importing the
package costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from exograph.answers import Answer
    from exograph.api import ask, compare, dataset, disputes, explain, questions, show, sparql
    from exograph.curation import build, coverage, locate, reason
    from exograph.errors import ExographError, Finding
    from exograph.manifests import verify
    from exograph.validation import Report, validate

__all__ = [
    "Answer",
    "ExographError",
    "Finding",
    "Report",
    "__version__",
    "ask",
    "build",
    "compare",
    "coverage",
    "dataset",
    "disputes",
    "explain",
    "locate",
    "questions",
    "reason",
    "show",
    "sparql",
    "validate",
    "verify",
]

_HOMES = {
    "Answer": "answers",
    "build": "curation",
    "coverage": "curation",
    "locate": "curation",
    "reason": "curation",
    "ExographError": "errors",
    "Finding": "errors",
    "Report": "validation",
    "validate": "validation",
    "verify": "manifests",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'exograph' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"exograph.{_HOMES.get(name, 'api')}"), name)
