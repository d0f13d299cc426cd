"""The site in a real browser: journeys, keyboard, accessibility, hostile labels, runaway queries."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, expect

from exograph import answers, catalogue
from exograph.addresses import PAGE, place
from exograph.built import Built
from exograph.graphs import build
from exograph.places import ROOMS, Places
from exograph.site import Site, publish
from exograph.views import ASSETS, Views
from tests.browser import chromium, hosted, watching
from tests.served import serving

pytestmark = pytest.mark.xdist_group("browser")
PAGES = {
    "first": "index.html",
    "comparison": "compare/isolation.html",
    "claim": "id/han2023/r005.html",
    "term": "ontology/ultracentrifugation.html",
    "class": "ontology/IsolationMethod-class.html",
    "term of another ontology": "term/CHMO/0000060.html",
    "reference": "id/han2023/reference/46.html",
    "citation": "id/han2023/c020.html",
    "study": "id/han2023/s021.html",
    "issue": "id/han2023/i005.html",
    "part": "id/han2023/part/table-1.html",
    "claims": "claims/index.html",
    "references": "references/index.html",
    "studies": "studies/index.html",
    "issues": "issues/index.html",
    "hierarchy": "ontology/index.html",
    "questions": "questions/index.html",
    "question": "questions/methods-with-level.html",
    "ask": "ask.html",
    "answer": "ask.html#question=methods-with-level",
    "explore": "explore.html",
    "neighbours": "explore.html#iri=exog:ultracentrifugation",
}
SETTLED: dict[str, Callable[[Page], object]] = {
    "ask": lambda page: page.wait_for_selector(".questions"),
    "answer": lambda page: page.wait_for_selector(".result"),
    "explore": lambda page: page.wait_for_selector(".explored button"),
    "neighbours": lambda page: page.wait_for_selector(".neighbours button"),
}
BOMB = "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
LOOKS: list[tuple[int, Literal["light", "dark"]]] = [(360, "light"), (360, "dark"), (1280, "light")]  # the colours are the same at every width


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def folder(browser: Browser, built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site as a folder; ``browser`` stands first, so that nothing is written where there is none."""
    out = tmp_path_factory.mktemp("site") / "site"
    publish(built, out)
    return out


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[str]:
    with hosted(folder) as base:
        yield base


@pytest.fixture(scope="module", params=["file", "http", "serve"])
def base(request: pytest.FixtureRequest, folder: Path, data: Places, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the site: opened by a double click, on a web host, sent by exograph serve."""
    if request.param == "file":
        yield f"{folder.as_uri()}/"
    elif request.param == "http":
        yield request.getfixturevalue("server")
    else:
        with serving(data, tmp_path_factory.mktemp("serve")) as url:
            yield f"{url}/"


def settle(page: Page, kind: str) -> None:
    """Wait until the scripts of a page have done what they do."""
    if kind in SETTLED:
        SETTLED[kind](page)


def ask(page: Page, query: str) -> None:
    """Put a query to the page of questions by its address."""
    page.evaluate("text => { location.hash = new URLSearchParams({query: text}) }", query)


def saved(page: Page, name: str) -> bytes:
    """The file that a button writes."""
    with page.expect_download() as found:
        page.get_by_role("button", name=name, exact=True).click()
    return found.value.path().read_bytes()


@pytest.mark.parametrize("kind", PAGES)
def test_page_has_no_error_and_asks_nothing_of_others(browser: Browser, base: str, kind: str) -> None:
    with watching(browser, base) as watched:
        page = watched.open(PAGES[kind])
        settle(page, kind)
        expect(page.locator("h1")).to_have_count(1)
        expect(page.get_by_role("combobox", name="Search")).to_be_visible()


@pytest.mark.parametrize("kind", PAGES)
def test_page_meets_wcag(browser: Browser, server: str, kind: str) -> None:
    with watching(browser, server, bypass_csp=True) as watched:
        page = watched.open(PAGES[kind])
        settle(page, kind)
        for width, scheme in LOOKS:
            page.set_viewport_size({"width": width, "height": 800})
            page.emulate_media(color_scheme=scheme)
            assert watched.violations() == [], (width, scheme)


@pytest.mark.parametrize("kind", ["comparison", "answer", "neighbours"])
def test_page_meets_wcag_under_its_own_policy(browser: Browser, server: str, kind: str) -> None:
    with watching(browser, server) as watched:
        settle(watched.open(PAGES[kind]), kind)
        assert watched.violations() == []


@pytest.mark.parametrize("width", [360, 1280])
def test_open_parts_meet_wcag(browser: Browser, server: str, width: int) -> None:
    with watching(browser, server, viewport={"width": width, "height": 800}) as watched:
        page = watched.open("compare/isolation.html")
        if width < 640:
            page.get_by_text("Filter, order, choose").click()
        page.get_by_text("Criteria", exact=True).click()
        page.get_by_role("button", name="Picture").click()
        page.wait_for_selector(".chart canvas")
        assert watched.violations() == []
        page.locator("a.cell").first.click()
        expect(page.get_by_role("dialog")).to_be_visible()
        assert watched.violations() == []
        page = watched.open("ask.html#question=methods-with-level")
        page.get_by_text("The query in SPARQL").click()
        page.wait_for_selector(".cm-content")
        page.get_by_role("combobox", name="Search").fill("ultra")
        page.wait_for_selector("[role=option]")
        assert watched.violations() == []


@pytest.mark.parametrize("kind", PAGES)
def test_page_reflows(browser: Browser, server: str, kind: str) -> None:
    """640 and 320 pixels are 1280 pixels seen at 200 and 400 per cent."""
    with watching(browser, server, viewport={"width": 640, "height": 512}) as watched:
        page = watched.open(PAGES[kind])
        settle(page, kind)
        for width in (640, 320):
            page.set_viewport_size({"width": width, "height": 512})
            assert page.evaluate("document.scrollingElement.scrollWidth") <= width


def test_nothing_moves_where_motion_is_not_wanted(browser: Browser, server: str) -> None:
    with watching(browser, server, reduced_motion="reduce") as watched:
        page = watched.open(PAGES["neighbours"])
        page.wait_for_selector(".graph canvas", state="attached")
        assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"
        assert page.evaluate("document.getAnimations().length") == 0


def test_from_comparison_to_reference(browser: Browser, base: str) -> None:
    with watching(browser, base) as watched:
        page = watched.open("compare/isolation.html")
        page.locator("td[data-member=ultracentrifugation][data-criterion=cost] a").click()
        dialog = page.get_by_role("dialog")
        expect(dialog).to_contain_text("Table 1, Ultracentrifugation, Advantages")
        dialog.get_by_role("link", name="Ultracentrifugation is cheap.").first.click()
        expect(page.locator("h1")).to_contain_text("Ultracentrifugation is cheap.")
        page.locator("main a[href*='reference/46']").first.click()
        expect(page.locator("h1")).to_contain_text("chronic rhinosinusitis")


def test_filters_order_and_silence_are_kept_in_the_address(browser: Browser, server: str) -> None:
    with watching(browser, server) as watched:
        page = watched.open("compare/isolation.html")
        page.get_by_label("Only where").select_option(label="special equipment")
        page.get_by_label("its level").select_option(label="not needed")
        page.get_by_role("button", name="Add").click()
        page.get_by_label("Order").select_option(label="best yield first")
        page.get_by_label("Leave out").check()
        again = watched.open(page.url.removeprefix(server))
        expect(again.get_by_role("status").filter(has_text="criteria")).to_contain_text("2 of 8 rows")
        rows = again.locator("#matrix tbody tr:visible th")
        assert rows.all_inner_texts() == ["chromatography", "precipitation"]
        expect(again.locator("#matrix thead th[data-criterion=captureSpecificity]")).to_be_hidden()
        again.get_by_role("button", name="Remove the filter special equipment: not needed").click()
        assert rows.first.inner_text() == "ultracentrifugation"
        again.get_by_role("button", name="Reset").click()
        assert again.url == f"{server}compare/isolation.html"
        expect(rows).to_have_count(8)


def test_picture_of_a_comparison_is_saved(browser: Browser, base: str) -> None:
    with watching(browser, base) as watched:
        page = watched.open("compare/isolation.html")
        page.get_by_role("button", name="Picture").click()
        expect(page.get_by_role("img", name="Picture of the comparison: 8 rows by 22 criteria")).to_be_visible()
        assert saved(page, "Download the picture as PNG").startswith(b"\x89PNG")
        picture = saved(page, "Download the picture as SVG").decode()
        assert all(word in picture for word in ("ultracentrifugation", "special equipment", "not needed", "not stated"))


@pytest.mark.parametrize(
    "name", ["methods-with-level", "misnumbered-citations", "citation-counts", "study-profile", "silence", "describe", "figures"]
)
def test_answer_in_the_page_is_that_of_the_command_line(browser: Browser, base: str, built: Built, name: str) -> None:
    with watching(browser, base) as watched:
        page = watched.open(f"ask.html#question={name}")
        page.wait_for_selector(".result")
        expected = answers.write(catalogue.ask(built, name), "csv")
        assert sorted(saved(page, "CSV").decode().splitlines()) == sorted(expected.splitlines())


def test_question_is_asked_with_other_values(browser: Browser, base: str) -> None:
    with watching(browser, base) as watched:
        page = watched.open("ask.html")
        page.get_by_label("Narrow the list").fill("reach a level")
        page.get_by_role("link", name="Which methods are stated to reach a level on a criterion?").click()
        page.get_by_label("The criterion").fill("special equipment")
        page.get_by_label("The level").select_option(label="not needed")
        page.get_by_role("button", name="Ask", exact=True).click()
        expect(page.locator(".result tbody tr")).to_have_count(2)
        again = watched.open(page.url.removeprefix(base))
        expect(again.locator(".result tbody")).to_contain_text("precipitation")
        again.get_by_role("button", name="method", exact=True).click()
        again.get_by_role("button", name="method", exact=True).click()
        assert again.locator(".result tbody tr td:first-child").all_inner_texts() == ["precipitation", "chromatography"]
        again.get_by_role("link", name="precipitation").click()
        expect(again.locator("h1")).to_have_text("precipitation")


def test_value_that_is_nothing_is_told(browser: Browser, server: str) -> None:
    with watching(browser, server) as watched:
        page = watched.open("ask.html#question=methods-with-level&criterion=beauty")
        expect(page.get_by_role("alert")).to_have_text("Nothing is called “beauty”: choose the criterion from the list.")


def test_runaway_query_is_stopped_and_the_next_is_answered(browser: Browser, base: str) -> None:
    with watching(browser, base) as watched:
        page = watched.open(f"ask.html#query={quote(BOMB)}")
        expect(page.get_by_role("alert")).to_contain_text("stopped after 5 seconds", timeout=30_000)
        ask(page, "ASK { exog:yield a exog:Criterion }")
        expect(page.locator(".result tbody")).to_have_text("yes", timeout=30_000)


@pytest.mark.parametrize(
    "nested",
    ["(" * 90 + "1" + ")" * 90, "+".join("1" * 8000), "||".join(["?s=?p"] * 2600), "(" * 5000 + "1"],
    ids=["brackets", "sums", "alternatives", "brackets without end"],
)
def test_query_that_breaks_the_engine_leaves_the_page_working(browser: Browser, server: str, nested: str) -> None:
    with watching(browser, server) as watched:
        page = watched.open(f"ask.html#query={quote(f'SELECT ?s WHERE {{ ?s ?p exog:Criterion FILTER ({nested}) }}')}")
        page.wait_for_selector(".result, [role=alert]")
        ask(page, "ASK { exog:yield a exog:Criterion }")
        expect(page.locator(".result tbody")).to_have_text("yes", timeout=30_000)


def test_query_is_stopped_by_the_reader(browser: Browser, server: str) -> None:
    with watching(browser, server) as watched:
        page = watched.open("ask.html#query=ASK%7B%7D")
        page.wait_for_selector(".result")
        ask(page, BOMB)
        page.get_by_role("button", name="Stop").click()
        expect(page.get_by_role("alert")).to_have_text("Stopped.")


def test_query_that_asks_another_server_is_refused(browser: Browser, server: str) -> None:
    with watching(browser, server) as watched:
        page = watched.open(f"ask.html#query={quote('SELECT * { SERVICE <http://192.0.2.1/sparql> { ?s ?p ?o } }')}")
        expect(page.get_by_role("alert")).to_contain_text("SERVICE")


def test_editor_completes_by_label_and_fills_prefixes_in(browser: Browser, base: str) -> None:
    with watching(browser, base) as watched:
        page = watched.open("ask.html")
        page.get_by_text("The query in SPARQL").click()
        editor = page.get_by_role("textbox", name="Query in SPARQL")
        editor.click()
        page.keyboard.press("Control+a")
        page.keyboard.type("SELECT ?claim { ?claim exog:subject extraction ki")
        page.locator(".cm-tooltip-autocomplete").get_by_text("extraction kit", exact=True).wait_for()
        page.keyboard.press("Escape")
        page.keyboard.press("Control+a")
        page.keyboard.type("SELECT ?claim { ?claim exog:criterion biological activ")
        page.locator(".cm-tooltip-autocomplete [aria-selected=true]").get_by_text("biological activity").wait_for()
        page.wait_for_timeout(500)  # a key that comes within 75 ms of a list is not taken for a choice from it, see interactionDelay of CodeMirror
        page.keyboard.press("Enter")
        expect(editor).to_contain_text("exog:biologicalActivity")
        page.keyboard.type(" }")
        page.keyboard.press("Control+Enter")
        expect(page.locator(".result tbody tr").first).to_be_visible()
        text = editor.inner_text()
        assert text.startswith("PREFIX exog: <https://w3id.org/exograph/ontology#>")
        assert "exog:criterion exog:biologicalActivity }" in text


def test_one_text_and_one_number_make_a_chart(browser: Browser, base: str) -> None:
    counts = "SELECT ?kind (COUNT(*) AS ?n) WHERE { ?claim exog:subject ?x ; a ?kind } GROUP BY ?kind"
    with watching(browser, base) as watched:
        page = watched.open(f"ask.html#query={quote(counts)}")
        page.get_by_role("button", name="Bar chart").click()
        expect(page.get_by_role("img", name="Bar chart of n by kind")).to_be_visible()
        assert b"rating claim" in saved(page, "SVG")


def test_link_of_a_thing_in_an_answer_is_its_page(browser: Browser, folder: Path, built: Built) -> None:
    """The rules of addresses are written twice, in Python and for the scripts."""
    some = "SELECT DISTINCT ?thing WHERE { ?thing rdfs:label ?label FILTER (isIRI(?thing)) } ORDER BY SHA1(STR(?thing)) LIMIT 1000"
    with watching(browser, f"{folder.as_uri()}/") as watched:
        page = watched.open(f"ask.html#query={quote(some)}")
        page.wait_for_selector(".result")
        while (more := page.get_by_role("button", name="Show")).or_(page.locator(".result")).count() > 1:
            more.click()
        found = {Path(one) for one in page.eval_on_selector_all(".result td a[href]:not([rel])", "all => all.map(one => decodeURI(one.pathname))")}
    things = Views(built).things
    asked = built.engine.select(f"PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> {some}").rows
    found = {one for one in found if one.parent.name != "questions"}
    expected = {folder / f"{place(thing.value, built.prefixes)}{PAGE}" for (thing,) in asked if thing.value in things}
    assert found == expected
    assert len(expected) > 500


def test_from_search_to_neighbours(browser: Browser, base: str) -> None:
    with watching(browser, base) as watched:
        page = watched.open("index.html")
        page.get_by_role("combobox", name="Search").fill("ultracentrifugation")
        page.wait_for_selector("[role=option]")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        expect(page.locator("h1")).to_have_text("ultracentrifugation")
        page.get_by_role("link", name="Explore").first.click()
        page.get_by_role("combobox", name="Find a thing").fill("ultracentrifugation")
        page.wait_for_selector(".explore-head [role=option]")
        page.keyboard.press("Enter")
        expect(page.get_by_role("img", name="Picture of what is linked to ultracentrifugation")).to_be_visible()
        page.get_by_role("button", name="centrifugal force", exact=True).click()
        expect(page.locator(".explored h2")).to_have_text("centrifugal force")
        expect(page.get_by_role("button", name="ultracentrifugation", exact=True)).to_be_visible()
        page.go_back()
        expect(page.locator(".explored h2")).to_have_text("ultracentrifugation")
        page.get_by_role("link", name="Open its page").click()
        expect(page.locator("h1")).to_have_text("ultracentrifugation")


def tab_to(page: Page, wanted: str) -> None:
    """Press Tab until something that matches a selector has the focus, which must be visible."""
    for _ in range(300):
        page.keyboard.press("Tab")
        if page.evaluate("wanted => document.activeElement.matches(wanted)", wanted):
            style = page.evaluate(
                "(({outlineStyle, outlineWidth}) => [outlineStyle, parseFloat(outlineWidth)])(getComputedStyle(document.activeElement))"
            )
            assert style[0] != "none"
            assert style[1] >= 2
            return
    raise AssertionError(f"no Tab leads to {wanted}")


def test_comparison_by_keyboard_alone(browser: Browser, server: str) -> None:
    with watching(browser, server) as watched:
        page = watched.open("compare/isolation.html")
        page.keyboard.press("Tab")
        expect(page.locator(".skip")).to_be_focused()
        tab_to(page, ".tools summary")
        page.keyboard.press("Enter")
        tab_to(page, ".boxes input")
        page.keyboard.press("Space")
        expect(page.locator("#matrix thead th[data-criterion=yield]")).to_be_hidden()
        tab_to(page, "td[data-member=ultracentrifugation][data-criterion=cost] a")
        page.keyboard.press("Enter")
        expect(page.get_by_role("dialog")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.locator("td[data-member=ultracentrifugation][data-criterion=cost] a")).to_be_focused()


def test_questions_and_neighbours_by_keyboard_alone(browser: Browser, server: str) -> None:
    with watching(browser, server) as watched:
        page = watched.open("ask.html")
        page.wait_for_selector(".questions")
        tab_to(page, ".questions input")
        page.keyboard.type("silent on a criterion")
        tab_to(page, ".questions li a:not([hidden])")
        page.keyboard.press("Enter")
        page.wait_for_selector(".result")
        tab_to(page, ".parameters button")
        page.keyboard.press("Enter")
        tab_to(page, ".sort")
        page.keyboard.press("Enter")
        expect(page.locator(".result [aria-sort=ascending]")).to_have_count(1)
        page = watched.open("explore.html#iri=exog:yield")
        page.wait_for_selector(".neighbours button")
        tab_to(page, ".neighbours button")
        page.keyboard.press("Enter")
        expect(page.locator(".explored h2")).not_to_have_text("yield")
        expect(page.locator(".explored h2")).to_be_focused()


def test_first_comparison_is_light(browser: Browser, server: str) -> None:
    """Under 150 kB travel before it can be read and used, on a host that compresses."""
    with watching(browser, server) as watched:
        page = watched.open("compare/isolation.html")
        page.wait_for_selector("#matrix-tools select")
        sizes = page.evaluate(
            "[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')].map(one => one.encodedBodySize)"
        )
        assert 0 < sum(sizes) < 150_000


def test_page_reads_without_scripts(browser: Browser, server: str) -> None:
    with watching(browser, server, java_script_enabled=False) as watched:
        page = watched.open("compare/isolation.html")
        expect(page.locator("#search-box")).to_be_hidden()
        page.locator("td[data-member=ultracentrifugation][data-criterion=cost] a").click()
        expect(page.locator("#cell-ultracentrifugation-cost")).to_be_in_viewport()
        expect(watched.open("ask.html").get_by_role("link", name="Which methods are stated to reach a level on a criterion?")).to_be_visible()


HOSTILE = "'><img src=x onerror=document.title='owned'></script><script>document.title='owned'</script><svg onload=document.title='owned'>"
CALLED = {"ultracentrifugation": "methods.ttl", "yield": "criteria.ttl"}


def renamed(root: Path) -> None:
    """Call two terms by a piece of markup wherever the data name them, and one claim."""
    for label, table in CALLED.items():
        path = root / "ontology" / table
        path.write_text(path.read_text(encoding="utf-8").replace(f'rdfs:label "{label}"@en', f'rdfs:label "{HOSTILE} {label}"@en'), encoding="utf-8")
    for path in [*root.glob("reviews/*/*.tsv"), *root.glob("reviews/*.tsv"), root / "ontology" / "mappings.sssom.tsv"]:
        lines = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
        head = next(line for line in lines if len(line) > 1)
        named = [at for at, column in enumerate(head) if column.endswith("label") and (column != "object_label" or path.parent.name != "ontology")]
        for line in lines:
            for at in named if len(line) > 1 else ():
                line[at] = "|".join(f"{HOSTILE} {part}" if part in CALLED else part for part in line[at].split("|"))
        text = "\n".join("\t".join(line) for line in lines) + "\n"
        path.write_text(text.replace("Ultracentrifugation is cheap.", f"{HOSTILE} cheap"), encoding="utf-8", newline="\n")


@pytest.fixture(scope="module")
def hostile(browser: Browser, data: Places, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some pages of a site whose data call a method, a criterion and a claim by a piece of markup."""
    root, out = tmp_path_factory.mktemp("hostile"), tmp_path_factory.mktemp("pages")
    for room in ROOMS:
        shutil.copytree(data.root / room, root / room)
    renamed(root)
    site = Site(Views(build(root)))
    shutil.copytree(ASSETS, out / "assets")
    for path in (*(f"data/{name}.js" for name in ("labels", "questions", "prefixes", "dataset")), *(one.partition("#")[0] for one in PAGES.values())):
        (out / path).parent.mkdir(parents=True, exist_ok=True)
        (out / path).write_bytes(site.file(path) or b"")
    return out


def test_hostile_labels_are_text(browser: Browser, hostile: Path) -> None:
    with watching(browser, f"{hostile.as_uri()}/") as watched:

        def shown(page: Page, selector: str) -> None:
            expect(page.locator(selector).filter(has_text="<img src=x").first).to_be_visible()
            assert page.locator("img[src=x], svg[onload]").count() == 0
            assert "owned" not in page.title().replace(HOSTILE, "")

        for kind, path in PAGES.items():
            page = watched.open(path)
            settle(page, kind)
            assert page.locator("img[src=x], svg[onload]").count() == 0
        page = watched.open("compare/isolation.html")
        page.locator("td[data-member=ultracentrifugation][data-criterion=cost] a").click()
        shown(page, "dialog")
        page.keyboard.press("Escape")
        page.get_by_role("button", name="Picture").click()
        page.wait_for_selector(".chart canvas")
        assert re.search("&lt;img src=x", saved(page, "Download the picture as SVG").decode())
        page.get_by_role("combobox", name="Search").fill("title owned ultracentrifugation")
        shown(page, "[role=option]")
        page = watched.open("ask.html#question=methods-with-level")
        page.wait_for_selector(".result")
        shown(page, ".result td")
        page = watched.open("explore.html#iri=exog:ultracentrifugation")
        shown(page, ".explored h2")
        shown(page, ".neighbours button")
