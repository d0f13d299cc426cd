"""The site: pages that hold together, say what the commands say, run nothing, and are the same in the folder and on the server."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pyoxigraph as ox
import pytest
import requests
import rispy
from bibtexparser.entrypoint import parse_string

from exograph import comparison, passages
from exograph.addresses import DATA, PAGE, place, slug
from exograph.api import built as kept
from exograph.built import Built
from exograph.catalogue import read_questions
from exograph.downloads import FORMULA, behind
from exograph.engines import Oxigraph
from exograph.errors import UsageError
from exograph.graphs import build
from exograph.manifests import verify
from exograph.places import Places
from exograph.prefixes import Prefixes
from exograph.site import WHOLE, Site, publish
from exograph.views import Views
from tests.conftest import REPOSITORY, without_reviews
from tests.rdf import EXOG
from tests.served import serving
from tests.sites import ANCHOR, Page, cells, files, links

pytestmark = pytest.mark.xdist_group("site")
TOPICS = ("isolation", "yield", "loading", "engineering", "sources", "studies")
LABEL = ox.NamedNode("http://www.w3.org/2000/01/rdf-schema#label")
R005 = "https://w3id.org/exograph/id/han2023/r005"
HOSTILE = ("<img src=x onerror=alert(1)>", "</script><script>alert(1)</script>", "=cmd|' /C calc'!A0", '"><a href="javascript:alert(1)" onclick=x>')


@pytest.fixture(scope="module")
def site(built: Built) -> Site:
    """The site over the data of the checkout."""
    return Site(Views(built))


@pytest.fixture(scope="module")
def folder(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site as it is written, without the text of the review."""
    place = tmp_path_factory.mktemp("site") / "out"
    publish(built, place)
    return place


@pytest.fixture(scope="module")
def written(folder: Path) -> dict[str, bytes]:
    """The files of the site."""
    return files(folder)


@pytest.fixture(scope="module")
def pages(written: dict[str, bytes]) -> dict[str, str]:
    """The pages of the site."""
    return {path: data.decode() for path, data in written.items() if path.endswith(PAGE)}


def altered(built: Built) -> Built:
    """The same data in a store in which each of the hostile texts is the label of a method, a claim and a criterion, and the title of a work."""
    store = ox.Store()
    store.bulk_extend(built.quads)
    things = [
        (ox.NamedNode(iri), prop)
        for iri, prop in (
            (f"{EXOG}ultracentrifugation", LABEL), (R005, LABEL), (f"{EXOG}cost", LABEL),
            ("https://w3id.org/exograph/id/han2023/reference/46", ox.NamedNode("http://purl.org/dc/terms/title")),
        )
    ]  # fmt: skip
    for (thing, prop), text in zip(things, HOSTILE, strict=True):
        for quad in [*store.quads_for_pattern(thing, prop, None, None)]:
            store.remove(quad)
            store.add(ox.Quad(thing, prop, ox.Literal(text, language=getattr(quad.object, "language", None)), quad.graph_name))
    return Built(built.places, built.prefixes, Oxigraph(store), lambda: ox.Dataset(store))


def test_every_link_leads_to_a_file_and_an_anchor_that_are_there(written: dict[str, bytes], pages: dict[str, str]) -> None:
    anchors = {path: {*ANCHOR.findall(text)} for path, text in pages.items()}
    scripted = {"ask.html", "explore.html"}  # what stands behind # there is for their scripts
    broken = {
        (path, target, anchor)
        for path, text in pages.items()
        for target, anchor in {*links(path, text)}
        if target not in written or (anchor and target not in scripted and anchor not in anchors[target])
    }
    assert not broken


def test_every_page_is_reached_from_the_first_one(pages: dict[str, str]) -> None:
    reached, ahead = {"index.html"}, ["index.html"]
    while ahead:
        path = ahead.pop()
        fresh = {target for target, _ in links(path, pages[path]) if target in pages} - reached
        reached |= fresh
        ahead += fresh
    assert not pages.keys() - reached


def test_no_page_has_an_anchor_twice(pages: dict[str, str]) -> None:
    assert not {path: twice for path, text in pages.items() if (twice := [name for name, n in Counter(ANCHOR.findall(text)).items() if n > 1])}


QUERIES = {
    "claim": "?thing a exog:Claim", "reference": "?thing a exog:Reference", "study": "?thing a exog:Study", "issue": "?thing a exog:SourceIssue",
    "citation": "?thing a exog:Citation", "article": "?thing a exog:Article", "part": "?thing a exog:ArticlePart",
    "term": "GRAPH graph:ontology { ?thing rdfs:isDefinedBy ?ontology FILTER (isIRI(?thing)) }", "venue": "?thing a exog:Venue",
    "external": "GRAPH graph:imports { ?thing rdfs:label ?label FILTER (isIRI(?thing)) }", "passage": "?thing a exog:UnclaimedPassage",
    "declaration": "?thing a exog:Declaration", "printed-term": "?thing a exog:PrintedTerm", "affiliation": "?thing a exog:Affiliation",
}  # fmt: skip


@pytest.mark.parametrize("kind", QUERIES)
def test_each_thing_of_a_kind_has_a_page_and_its_data(built: Built, site: Site, written: dict[str, bytes], kind: str) -> None:
    prefixes = "".join(f"PREFIX {name}: <{built.prefixes.map[name]}>\n" for name in ("exog", "rdfs", "graph"))
    things = {thing.value for (thing,) in built.engine.select(f"{prefixes}SELECT DISTINCT ?thing WHERE {{ {QUERIES[kind]} }}").rows}
    assert things
    for iri in things:
        thing = site.views.things[iri]
        assert kind in (thing.view, "external")
        assert {thing.place + PAGE, thing.place + DATA} <= written.keys()


def test_there_is_a_page_for_each_comparison_list_and_question(data: Places, written: dict[str, bytes]) -> None:
    expected = {f"{name}{PAGE}" for name in WHOLE} | {f"compare/{topic}{PAGE}" for topic in TOPICS}
    assert expected | {f"questions/{question.name}{PAGE}" for question in read_questions(data) if not question.federated} <= written.keys()


def test_names_differ_by_more_than_case_and_hold_on_every_system(written: dict[str, bytes]) -> None:
    assert max(Counter(path.casefold() for path in written).values()) == 1
    reserved = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
    steps = {step for path in written for step in path.split("/")}
    assert not [step for step in steps if reserved.fullmatch(step) or not re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9._-]*", step) or step.endswith(".")]


@pytest.mark.parametrize(
    ("iri", "path"),
    [
        (f"{EXOG}level", "ontology/level"),
        (f"{EXOG}Level", "ontology/Level-class"),
        (R005, "id/han2023/r005"),
        ("https://w3id.org/exograph/query/silent-methods", "questions/silent-methods"),
        ("https://w3id.org/exograph/ontology", "ontology/index"),
        ("https://example.org/../a b?c", "term/ex/_2e__2e_/a_20_b_3f_c".replace("_2e__2e_", "_2e_.")),
        ("https://example.com/x", None),
        ("https://w3id.org/exograph/id/x#y", None),
    ],
)
def test_an_iri_leads_to_its_page_by_rule(iri: str, path: str | None) -> None:
    assert place(iri, Prefixes({"ex": "https://example.org/"})) == path


def test_no_name_leads_out_of_the_folder() -> None:
    for name in ("../x", "/x", "a/../../x", "./x", "a//x", "..", ".hidden"):
        assert not re.search(r"(^|/)(\.|/|$)", slug(name))


def test_no_page_runs_or_styles_anything_by_itself(pages: dict[str, str]) -> None:
    suspect = re.compile(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)(?![^>]*application/json)|javascript:", re.IGNORECASE)
    assert not [path for path, text in pages.items() if suspect.search(text)]


def test_every_page_tells_the_same_policy_and_what_a_page_must(pages: dict[str, str]) -> None:
    for path, text in pages.items():
        head = unescape(text[: text.index("</head>")])
        assert f'data-root="{"../" * path.count("/") or "./"}"' in text[:200], path
        for part in ("default-src 'none'", "connect-src 'none'", "base-uri 'none'", 'name="viewport"', "<title>", "assets/favicon.svg"):
            assert part in head, (path, part)
        assert "unsafe-inline" not in head
        assert "'unsafe-eval'" not in head
        assert text.count("<h1") == text.count("<main ") == 1, path


@pytest.mark.parametrize("scheme", ["javascript:alert(1)//", "data:text/html,"])
def test_what_is_no_address_of_the_web_is_text_and_no_link(data: Places, tmp_path: Path, scheme: str) -> None:
    """Though it is the IRI of a term of another ontology, of a licence or of what a term is compared with."""
    root = without_reviews(data, tmp_path / "root")
    odd = f"""@prefix evil: <{scheme}> .
        @prefix skos: <http://www.w3.org/2004/02/skos/core#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
        @prefix dcterms: <http://purl.org/dc/terms/> . @prefix exog: <{EXOG}> .
        <https://w3id.org/exograph/ontology> dcterms:license evil:licence .
        evil:term a <http://www.w3.org/2002/07/owl#Class> ; rdfs:label "evil" ; rdfs:seeAlso evil:more .
        exog:ultracentrifugation skos:closeMatch evil:term ; rdfs:seeAlso evil:other ; dcterms:source evil:source . """
    (root.ontology / "odd.ttl").write_text(odd, encoding="utf-8")
    site = Site(Views(build(root.root)))
    paths = [path for path in site.paths() if path.endswith(PAGE)]
    shown = 0
    for path in paths:
        page = Page((site.file(path) or b"").decode())
        leading = [value for _, held in page.elements for name, value in held.items() if name in {"href", "src", "action", "formaction"} and value]
        assert not [value for value in leading if value.strip().lower().startswith(scheme[:5])], path
        shown += scheme in page.text
    assert shown


def test_hostile_labels_are_shown_and_do_nothing(built: Built) -> None:
    site = Site(Views(altered(built)))
    shown = Counter[str]()
    places = ["ontology/ultracentrifugation", "id/han2023/r005", "ontology/cost", "id/han2023/reference/46", "compare/isolation", "ontology/index",
              "claims/index", "references/index", "questions/silent-methods", "questions/comparison", "id/han2023/c005", "ontology/advantage",
              "id/han2023/i005", "ontology/IsolationMethod-class", "questions/references"]  # fmt: skip
    for place_ in places:
        page = Page((site.file(place_ + PAGE) or b"").decode())
        assert not page.active, (place_, page.active)
        assert page.texts, place_
        shown.update(text for text in HOSTILE if text in page.text)
        for data in page.data:
            assert "<" not in data
            if data:
                json.loads(data)
    assert all(shown[text] > 1 for text in HOSTILE)
    for name in ("labels.js", "questions.js"):
        call = (site.file(f"data/{name}") or b"").decode()
        assert call.startswith(f"exograph.{name.removesuffix('.js')}(")


def test_no_spreadsheet_takes_a_text_of_ours_for_a_formula(built: Built) -> None:
    views = Views(altered(built))
    site = Site(views)
    plain = [*csv.reader(io.StringIO((site.file("compare/isolation.csv") or b"").decode(), newline=""))]
    safe = [*csv.reader(io.StringIO((site.file("compare/isolation.spreadsheet.csv") or b"").decode(), newline=""))]
    assert any(cell.startswith(FORMULA) for row in plain for cell in row)
    assert not any(cell.startswith(FORMULA) for row in safe for cell in row)
    assert [[cell.removeprefix("'") for cell in row] for row in safe] == [[cell.removeprefix("'") for cell in row] for row in plain]
    assert plain[1:] == [[str(value if value is not None else "") for value in row] for row in comparison.claims(views.built, "isolation").rows]


@pytest.mark.parametrize("topic", TOPICS)
def test_the_matrix_of_a_page_says_what_the_command_says(built: Built, pages: dict[str, str], topic: str) -> None:
    page = pages[f"compare/{topic}{PAGE}"]
    held = json.loads(Page(page).data[-1])
    found = cells(page)
    matrix = comparison.compare(built, topic)
    assert [one["label"] for one in held["members"]] == [row[0] for row in matrix.rows]
    assert [one["label"] for one in held["criteria"]] == [*matrix.columns[1:]]
    inside = {(cell["member"], cell["criterion"]): [one["id"] for one in cell["claims"]] for cell in held["cells"]}
    for member, row in zip(held["members"], matrix.rows, strict=True):
        for criterion, cell in zip(held["criteria"], row[1:], strict=True):
            at = member["id"], criterion["id"]
            told = [] if cell == comparison.SILENT else [line.rpartition(" [") for line in str(cell).split("\n")]
            assert found[at] == [(words, len(ids.split())) for words, _, ids in told]
            assert sorted(inside.get(at, [])) == sorted(claim for _, _, ids in told for claim in ids.removesuffix("]").split())


def test_a_cell_leads_to_its_claims_with_place_citations_and_flaws(pages: dict[str, str]) -> None:
    page = pages["compare/isolation.html"]
    section = page[page.index('id="cell-ultracentrifugation-cost"') :].partition('<div class="cell-claims"')[0]
    told = ("../id/han2023/r005.html", "Ultracentrifugation is cheap.", "reading, asserted", "Traditional methods, paragraph 1")
    for part in (*told, "46. Dzaman K et al. 2022", "printed 55, meant", "flaw i005"):
        assert part in section, part
    assert "Not stated: " in page


def test_a_claim_is_traced_to_its_place_its_works_and_its_flaws(pages: dict[str, str]) -> None:
    text = Page(pages["id/han2023/r056.html"]).text
    place = ("Table 1, Ultracentrifugation, Advantages", "characters 20705–20727", "doi:10.1186/s13287-023-03288-6")
    works = ("printed [55, 56] , number 55", "meant 46. Dzaman K et al. 2022", "printed number minus nine")
    for part in (*place, *works, "Proposed reading: Low cost.", "Ultracentrifugation is cheap."):
        assert part in text, part


def test_the_data_beside_a_page_say_what_the_store_says(built: Built, site: Site, written: dict[str, bytes]) -> None:
    assert isinstance(built.engine, Oxigraph)
    for thing in [*site.views.things.values()][::9]:
        node = ox.NamedNode(thing.iri)
        told = {(t.predicate, t.object) for t in ox.parse(written[thing.place + DATA], format=ox.RdfFormat.TURTLE) if t.subject == node}
        held = {(q.predicate, q.object) for q in built.engine.store.quads_for_pattern(node, None, None, None)}
        named = {pair for pair in held if not isinstance(pair[1], ox.BlankNode)}
        assert {pair for pair in told if not isinstance(pair[1], ox.BlankNode)} == named
        assert len(told) == len(held)


def test_the_references_behind_a_comparison_are_read_by_others(built: Built, site: Site, written: dict[str, bytes]) -> None:
    works = behind(site.views, "isolation")
    titles = [site.views.ask("reference/about", thing=iri)[0]["title"] for iri in works]
    assert len(titles) > 10
    library = parse_string(written["compare/isolation.bib"].decode())
    assert not library.failed_blocks
    read = rispy.loads(written["compare/isolation.ris"].decode())
    assert [entry["title"] for entry in read] == titles
    assert len(library.entries) == len(titles)
    for entry, other, title in zip(library.entries, read, titles, strict=True):
        assert entry["title"].strip("{}").replace("\\&", "&") == title
        assert entry["year"] == str(other["year"])
        assert entry["author"].split(" and ")[0] == other["authors"][0]


def test_the_signs_of_tex_and_of_lines_are_escaped(built: Built) -> None:
    site = Site(Views(altered(built)))
    bib = (site.file("id/han2023/reference/46.bib") or b"").decode()
    library = parse_string(bib)
    assert len(library.entries) == 1
    assert not library.failed_blocks


def test_a_site_is_replaced_as_a_whole_by_the_same_bytes(small: Places, tmp_path: Path) -> None:
    """In another process, with another hash seed; the command tells where to begin."""
    made, out = [], tmp_path / "site"
    for seed in ("1", "2"):
        words = [sys.executable, "-m", "exograph", "site", "--out", str(out), "--root", str(small.root)]
        cache = {"XDG_CACHE_HOME": str(tmp_path / f"cache{seed}"), "PYTHONHASHSEED": seed}
        done = subprocess.run(words, check=True, capture_output=True, cwd=REPOSITORY, env={**os.environ, **cache})
        assert f"begin with {out / 'index.html'}" in done.stderr.decode()
        made.append(files(out))
        assert not verify(out)
        (out / "index.html").write_text("altered", encoding="utf-8")
    assert made[0] == made[1]


def test_the_data_as_built_and_as_kept_give_the_same_bytes(data: Places, site: Site, written: dict[str, bytes]) -> None:
    again = Site(Views(kept(data.root)))
    paths = [*again.paths()]
    assert {*paths} == {path for path in written if not path.startswith("assets/") and path != "manifest.json"}
    whole = [path for path in paths if not path.startswith(("id/", "term/", "ontology/"))]
    assert not [path for path in [*whole, *paths[::11]] if again.file(path) != written[path]]


def test_the_text_of_the_review_stands_on_no_page_unless_it_is_asked_for(
    built: Built, text: Path, pages: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (source,) = passages.sources(built, text)
    words = passages.marked(built, [source])
    said = {after[1].strip() for after in words.values()}
    sentences = [words for words in said if len(words.split()) > 11]
    whole = "\n".join(pages[path] for path in pages if path.startswith(("id/", "compare/", "claims/")))
    titles = whole_titles(built)
    assert len(sentences) > 300
    assert not [words for words in sentences if words in whole and words not in titles]
    monkeypatch.setenv("EXOGRAPH_SOURCES", str(text))
    assert b"<mark>" not in (Site(Views(built)).file("id/han2023/r007.html") or b"")
    shown = (Site(Views(built, words)).file("id/han2023/r007.html") or b"").decode()
    before, marked, after = words[next(anchor for anchor in words if f"{anchor}" in anchors_of(built, "r007"))]
    page = Page(shown).text
    assert "<mark>" in shown
    assert " ".join(marked.split()) in page
    assert len(before) + len(after) > 200


def whole_titles(built: Built) -> str:
    """The titles of works, which are printed in the text and shown on purpose."""
    return "\n".join(title.value for (title,) in built.engine.select("SELECT ?t WHERE { ?w <http://purl.org/dc/terms/title> ?t }").rows)


def anchors_of(built: Built, claim: str) -> set[str]:
    """The anchors of a claim."""
    query = f"SELECT ?a WHERE {{ <https://w3id.org/exograph/id/han2023/{claim}> <{EXOG}hasAnchor> ?a }}"
    return {anchor.value for (anchor,) in built.engine.select(query).rows}


def test_a_folder_that_holds_anything_else_is_left_alone(small: Places, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match=r"letter\.txt"):
        publish(kept(small.root), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


@pytest.fixture(scope="module")
def url(data: Places, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server over the data of the checkout."""
    with serving(data, tmp_path_factory.mktemp("server")) as address:
        yield address


def test_the_server_sends_the_bytes_of_the_folder(url: str, site: Site, written: dict[str, bytes]) -> None:
    first: dict[str, str] = {}
    for thing in site.views.things.values():
        first.setdefault(thing.view, thing.place)
    paths = [name + ending for name in first.values() for ending in (PAGE, DATA)]
    paths += [f"{name}{PAGE}" for name in WHOLE] + [path for path in written if path.startswith(("compare/", "data/", "assets/"))]
    paths += [*[path for path in written if path.startswith("questions/")][:9], "id/han2023/reference/46.bib", "id/han2023/reference/46.ris"]
    for path in paths:
        answer = requests.get(f"{url}/{path}", timeout=60)
        assert answer.status_code == 200, path
        assert answer.content == written[path], path


@pytest.mark.parametrize(
    ("path", "file"), [("/", "index.html"), ("/id/han2023/r005", "id/han2023/r005.html"), ("/query/silent-methods", "questions/silent-methods.html"),
                       ("/ontology", "ontology/index.html"), ("/questions", "questions/index.html")]
)  # fmt: skip
def test_who_asks_for_html_gets_the_page(url: str, written: dict[str, bytes], path: str, file: str) -> None:
    answer = requests.get(url + path, headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}, timeout=60)
    assert answer.content == written[file]
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.url == f"{url}/{file}" or path not in {"/ontology", "/questions"}


def test_what_has_no_file_has_a_page_on_the_server(url: str) -> None:
    answer = requests.get(f"{url}/id/han2023/text/18701-18723", headers={"Accept": "text/html"}, timeout=60)
    assert answer.status_code == 200
    assert "../../../id/han2023/r005.html" in answer.text
    assert requests.get(f"{url}/id/han2023/text/1-2", headers={"Accept": "text/html"}, timeout=60).status_code == 404


def test_a_question_is_answered_on_a_page_for_the_values_given(url: str) -> None:
    answer = requests.get(f"{url}/questions/silent-methods?criterion=purity", headers={"Accept": "text/html"}, timeout=60)
    assert "immunomagnetic beads" in answer.text
    assert "<code>purity</code>" in answer.text
    wrong = requests.get(f"{url}/questions/silent-methods?criterion=purty", headers={"Accept": "text/html"}, timeout=60)
    assert wrong.status_code == 400
    assert wrong.headers["Content-Type"].startswith("text/plain")


NOTHING = ("nothing.html", "compare/nothing.html", "compare/isolation.html/x.html", "questions/nothing.html", "data/nothing.js", "id/x.ttl")


@pytest.mark.parametrize("path", [*NOTHING, "assets/nothing.css", "assets/../views.py"])
def test_what_the_site_does_not_have_is_not_found(url: str, path: str) -> None:
    assert requests.get(f"{url}/{path}", timeout=60).status_code == 404


def test_the_first_comparison_is_light(written: dict[str, bytes]) -> None:
    needed = [path for path in written if path == "compare/isolation.html" or path.startswith("assets/exograph.css")]
    assert sum(len(written[path]) for path in needed) < 150_000
    assert len(written["assets/exograph.css"]) < 20_000


def test_the_whole_site_is_of_a_size_to_be_copied(written: dict[str, bytes]) -> None:
    assert sum(map(len, written.values())) < 120 << 20
