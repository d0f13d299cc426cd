// The page that walks from thing to thing: a picture and a list of what is linked to one, one step at a time.
import { combobox } from "./combobox";
import { button, fresh, link, make, status, told } from "./dom";
import { Engine, Stopped } from "./engine";
import { find, type Found } from "./finder";
import { need, root } from "./load";
import most from "./most.rq";
import { type Names, names } from "./names";
import { type Group, groups, query } from "./neighbours";

const LISTED = 10; // neighbours by one property, before “more”
const DRAWN = 6;
const SPOKES = 9; // properties that are drawn on a side
const WIDE = "(min-width: 40rem)";

const place = document.getElementById("explore");

class Page {
  private readonly state = status();
  private readonly view = make("div", { class: "explored" });
  private readonly engine = new Engine((words) => (this.state.textContent = words));
  private turn = 0;

  constructor(
    private readonly known: Names,
    into: HTMLElement,
  ) {
    const { element } = combobox<Found>("Find a thing by its name", find, ({ entry }) => {
      const iri = known.of(entry);
      if (iri) this.go(iri);
      else location.assign(root + entry[0]);
    });
    const classes = make("p", {}, "Or begin with ", link(`${root}ontology/index.html`, "the hierarchy of classes"), ".");
    into.replaceChildren(make("div", { class: "explore-head" }, element, classes), this.state, this.view);
    addEventListener("hashchange", () => void this.follow());
    void this.follow();
  }

  private go(iri: string): void {
    location.hash = new URLSearchParams({ iri: this.known.curie(iri) }).toString();
  }

  private async follow(): Promise<void> {
    const mine = ++this.turn;
    const written = new URLSearchParams(location.hash.slice(1)).get("iri");
    try {
      const iri = written === null ? null : this.known.iri(written);
      if (written !== null && iri === null) throw new Error(`“${written}” is no IRI and no CURIE: find a thing by its name.`);
      const answer = await this.engine.query(iri === null ? most : query(iri));
      if (mine !== this.turn) return;
      this.state.textContent = "";
      if (iri === null) this.view.replaceChildren(make("h2", {}, "Most is said of"), this.buttons(answer.rows.map((row) => row[0]?.value ?? "")));
      else await this.show(iri, groups(answer, this.known), this.view.hasChildNodes());
    } catch (error) {
      if (mine === this.turn) this.view.replaceChildren(make("p", { class: error instanceof Stopped ? "warning" : "error", role: "alert" }, told(error)));
    }
  }

  private buttons(iris: string[]): HTMLElement {
    return make("ul", { class: "inline" }, ...iris.map((iri) => make("li", {}, button(this.known.about(iri).label, () => this.go(iri)))));
  }

  private async show(iri: string, found: Group[], moved: boolean): Promise<void> {
    const { label, href, kind } = this.known.about(iri);
    const count = found.reduce((sum, { others }) => sum + others.length, 0);
    const head = make("h2", { tabindex: -1 }, label);
    const page = make("p", { class: "kind" }, kind, kind && " ", make("code", {}, this.known.curie(iri)), " ", href ? link(href, "Open its page") : null);
    const picture = make("details", { class: "picture", open: matchMedia(WIDE).matches }, make("summary", {}, "Picture"), make("div", {}));
    const lists = ([true, false] as const).map((inwards) => this.side(inwards, found.filter((group) => group.inwards === inwards)));
    this.view.replaceChildren(head, page, count ? picture : make("p", { class: "none" }, "Nothing is linked to it."), make("div", { class: "columns" }, ...lists));
    this.state.textContent = `${label}: ${count} ${count === 1 ? "neighbour" : "neighbours"}.`;
    if (moved) head.focus({ preventScroll: true });
    head.scrollIntoView({ block: "nearest" });
    const draw = (): void => void (picture.open && this.draw(picture.lastElementChild as HTMLElement, label, found).catch((error) => (this.state.textContent = told(error))));
    picture.addEventListener("toggle", draw);
  }

  private async draw(into: HTMLElement, label: string, found: Group[]): Promise<void> {
    const graph = await need("graph");
    const chosen = ([false, true] as const).flatMap((inwards) => found.filter((group) => group.inwards === inwards).slice(0, SPOKES));
    const spokes = chosen.map(({ property, inwards, others }) => ({ property, inwards, others: others.slice(0, DRAWN), more: Math.max(0, others.length - DRAWN) }));
    const summary = chosen.map(({ property, inwards, others }) => `${property}${inwards ? " (to it)" : ""}: ${others.length}`).join(", ");
    graph.draw(into, label, spokes, `Picture of what is linked to ${label}. ${summary}. The lists below hold the same.`, (iri) => this.go(iri));
  }

  private side(inwards: boolean, found: Group[]): HTMLElement {
    const words = inwards ? "What points to it, by" : "What it points to, by";
    const rest = found.length ? found.map((group) => this.group(group)) : [make("p", { class: "none" }, "Nothing.")];
    return make("section", {}, make("h3", {}, words), ...rest);
  }

  private group({ property, others }: Group): HTMLElement {
    const id = fresh("property");
    const head = make("h4", { id }, property, " ", make("span", { class: "count" }, String(others.length)));
    const items = others.map(({ iri, label }) => {
      const { href } = this.known.about(iri);
      const outside = href ?? (/^https?:/.test(iri) ? iri : null);
      return make("li", {}, button(label, () => this.go(iri), { class: "go" }), " ", outside ? link(outside, "page", { "aria-label": `The page of ${label}`, class: "how" }) : null);
    });
    const list = make("ul", { class: "neighbours", "aria-labelledby": id }, ...items.slice(0, LISTED));
    const more = button(`${others.length - LISTED} more`, () => {
      list.append(...items.slice(LISTED));
      items[LISTED]?.querySelector("button")?.focus();
      more.remove();
    });
    return make("div", {}, head, list, others.length > LISTED ? more : null);
  }
}

if (place) {
  const wait = status();
  place.prepend(wait);
  names()
    .then((known) => new Page(known, place))
    .catch((error: unknown) => (wait.textContent = told(error)));
}
