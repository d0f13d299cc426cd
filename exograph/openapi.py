"""The description of what is served in OpenAPI 3.1, made from the headers of the saved questions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from exograph import __version__
from exograph.negotiation import ANSWERS, GRAPHS, RESULTS, THINGS

_TEXT = {"text/plain": {"schema": {"type": "string"}}}
_FAULTS = {
    "400": "what is asked cannot be answered; the line tells why",
    "406": "none of the formats that the client takes is on offer",
    "413": "the request or the answer is too long",
    "429": "too many queries wait already",
    "503": "the query was stopped at a limit, or the dataset is still being opened",
}
_DATATYPES = {"xsd:integer": "integer", "xsd:decimal": "number", "xsd:double": "number", "xsd:boolean": "boolean"}
Told = Mapping[str, Any]


def openapi(questions: Iterable[Told], server: str) -> dict[str, Any]:
    """The document: a path for each question, the SPARQL endpoint, and what else has an address."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "exograph",
            "version": __version__,
            "summary": "What reviews state about exosomes",
            "description": "A read-only service: saved questions, SPARQL, and the description of everything that has an IRI.",
            "license": {"name": "CC BY 4.0", "identifier": "CC-BY-4.0"},
        },
        "servers": [{"url": server}],
        "tags": [{"name": "questions"}, {"name": "sparql"}, {"name": "things"}, {"name": "health"}],
        "paths": {
            "/questions": _get("questions", "The saved questions", "listQuestions", {"application/json": {"schema": _array({})}}),
            **{f"/questions/{question['name']}": _asked(question) for question in questions},
            "/sparql": _sparql(),
            "/.well-known/void": _get("things", "The description of the dataset", "void", _media(GRAPHS)),
            "/ontology": _get("things", "The ontology", "ontology", _media(THINGS)),
            "/id/{path}": _thing("id", "A thing, a claim or a reference"),
            "/graph/{path}": _thing("graph", "The description of a named graph"),
            "/query/{path}": _thing("query", "The description of a saved question"),
            "/healthz": _get("health", "Whether the server lives", "healthz", _TEXT),
            "/readyz": _get("health", "Whether a query is answered", "readyz", _TEXT),
        },
    }


def _media(formats: Iterable[str]) -> dict[str, Any]:
    return {media: {"schema": {"type": "string"}} for media in formats}


def _array(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": {"type": "object", **({"properties": dict(properties)} if properties else {})}}


def _responses(content: Mapping[str, Any], *more: str) -> dict[str, Any]:
    faults = {status: {"description": text, "content": _TEXT} for status, text in _FAULTS.items()}
    others = {"404": "there is no such thing", "403": "an update, or a question that asks another server", "415": "a body of another type"}
    return {
        "200": {"description": "the answer", "content": dict(content)},
        **{status: {"description": others[status], "content": _TEXT} for status in more},
        **faults,
    }


def _get(tag: str, summary: str, operation: str, content: Mapping[str, Any], *more: str, parameters: Iterable[Any] = ()) -> dict[str, Any]:
    asked = {"tags": [tag], "summary": summary, "operationId": operation, "responses": _responses(content, *more)}
    return {"get": {**asked, **({"parameters": [*parameters]} if parameters else {})}}


def _asked(question: Told) -> dict[str, Any]:
    columns = {name: {"description": about, "type": ["string", "number", "boolean", "null"]} for name, about in question["columns"].items()}
    content = {media: {"schema": _array(columns) if media == "application/json" else {"type": "string"}} for media in ANSWERS}
    formats = {"name": "format", "in": "query", "description": "the format, before Accept", "schema": {"enum": [*ANSWERS.values()]}}
    takes = [*map(_parameter, question["parameters"]), formats]
    return _get("questions", question["question"], question["name"], content, "404", parameters=takes)


def _parameter(parameter: Told) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    if "default" in parameter:
        schema["default"] = parameter["default"]
    if kind := _DATATYPES.get(parameter["type"]):
        schema["format"] = kind
    about = f"{parameter['about']}: {parameter['type']} as CURIE, IRI, label or value; empty frees it"
    return {"name": parameter["name"], "in": "query", "description": about, "schema": schema}


def _thing(room: str, summary: str) -> dict[str, Any]:
    path = {"name": "path", "in": "path", "required": True, "description": "what follows in the IRI", "schema": {"type": "string"}}
    return _get("things", summary, f"describe_{room}", _media(THINGS), "404", parameters=[path])


def _sparql() -> dict[str, Any]:
    content = _media([*RESULTS, *GRAPHS])
    graphs = [
        {"name": name, "in": "query", "schema": {"type": "array", "items": {"type": "string"}}} for name in ("default-graph-uri", "named-graph-uri")
    ]
    query = {"name": "query", "in": "query", "description": "a query of SPARQL 1.1; without it the service describes itself"}
    found = _get("sparql", "Answer a query", "query", content, "403", parameters=[{**query, "schema": {"type": "string"}}, *graphs])
    fields = {"query": {"type": "string"}, **{graph["name"]: graph["schema"] for graph in graphs}}
    bodies = {
        "application/sparql-query": {"schema": {"type": "string"}},
        "application/x-www-form-urlencoded": {"schema": {"type": "object", "required": ["query"], "properties": fields}},
    }
    post = {
        "tags": ["sparql"],
        "summary": "Answer a query",
        "operationId": "queryByPost",
        "requestBody": {"required": True, "content": bodies},
        "responses": _responses(content, "403", "415"),
    }
    return {**found, "post": post}
