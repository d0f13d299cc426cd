// The page of questions: choose one, set its parameters, or write a query; the answer comes from the engine in the page.
import { type Asked, asked, fragment } from "./asking";
import { select } from "./answer";
import { button, fresh, link, make, status, told } from "./dom";
import type { Writing } from "./editor";
import { Engine, Stopped } from "./engine";
import { need, type Question, root } from "./load";
import { type Names, names } from "./names";
import { type Form, form, terms, wanted } from "./parameters";
import { questionList } from "./questionlist";
import { result, summary } from "./result";
import { bound, completed } from "./sparql";

const EMPTY = "SELECT ?method ?methodLabel WHERE {\n  ?method a exog:IsolationMethod ;\n    rdfs:label ?methodLabel .\n}\nORDER BY ?methodLabel\n";

class Page {
  private readonly state = status();
  private readonly answer = make("section", { "aria-label": "Answer" });
  private readonly asking = make("section", { class: "asking", "aria-label": "Question" });
  private readonly editing = make("details", { class: "editing" });
  private readonly field = make("div", { class: "editor" });
  private readonly stop = button("Stop", () => this.engine.stop(), { disabled: true });
  private readonly engine = new Engine((words) => (this.state.textContent = words));
  private writing: Writing | null = null;
  private draft = "";
  private current: { question: Question; form: Form } | null = null;

  constructor(
    private readonly known: Names,
    private readonly questions: Question[],
    private readonly only: string | null, // the question that the page is about
    into: HTMLElement,
  ) {
    const run = button("Run", () => void this.runQuery(), { class: "primary" });
    this.editing.append(
      make("summary", {}, "The query in SPARQL"),
      make("p", { class: "hint" }, "Ctrl-Enter runs it. Write the first letters of a name to get its term; prefixes are filled in."),
      this.field,
      make("p", { class: "actions" }, run),
    );
    this.editing.addEventListener("toggle", () => void (this.editing.open && this.edit()));
    const list = only === null ? questionList(questions) : null;
    const main = make("div", { class: "ask-main" }, this.asking, this.editing, make("div", { class: "state" }, this.state, this.stop), this.answer);
    into.replaceChildren(...(list ? [list] : []), main);
    into.classList.toggle("ask-columns", list !== null);
    for (const plain of document.querySelectorAll<HTMLElement>("#ask ~ *")) plain.hidden = true; // what stands there for readers without scripts
    addEventListener("hashchange", () => this.follow());
    this.follow();
  }

  /** Do what the address says. */
  private follow(): void {
    const wish = asked(location);
    const question = this.questions.find(({ name }) => name === (this.only ?? wish.question));
    for (const anchor of document.querySelectorAll<HTMLElement>(".questions a"))
      if (anchor.dataset["name"] === question?.name) anchor.setAttribute("aria-current", "true");
      else anchor.removeAttribute("aria-current");
    if (wish.query !== null) {
      this.show(null, {});
      this.write(wish.query);
      this.editing.open = true;
      void this.runQuery();
    } else if (question) {
      this.show(question, wish.values);
      if (this.only === null || Object.keys(wish.values).length) void this.runQuestion();
    } else {
      this.show(null, {});
      this.write(EMPTY);
      if (wish.question) this.state.textContent = `There is no question ${wish.question}: choose one from the list.`;
    }
  }

  private show(question: Question | null, values: Record<string, string>): void {
    this.answer.replaceChildren();
    if (!question) {
      this.current = null;
      this.asking.replaceChildren(make("h2", {}, "Choose a question, or write a query"));
      return;
    }
    const made = form(question, values, () => this.go());
    this.current = { question, form: made };
    if (this.only === null) this.asking.replaceChildren(make("h2", {}, question.question), made.element, this.cases(question));
    else this.asking.replaceChildren(made.element);
    this.write(this.text(question, { ...values }));
  }

  /** Links to the question with other values that its authors named, and to its page. */
  private cases({ name, cases }: Question): HTMLElement {
    const links = Object.entries(cases).map(([called, values]) => link(fragment({ question: name, values, query: null }), called.replaceAll("-", " ")));
    return make("p", { class: "hint" }, ...links.flatMap((one, at) => [at ? ", " : "Also: ", one]), links.length ? "; " : "", link(`${root}questions/${name}.html`, "the page of this question"));
  }

  private text(question: Question, values: Record<string, string>): string {
    try {
      return bound(question.sparql, terms(question, values, this.known));
    } catch {
      return question.sparql;
    }
  }

  /** Ask what the form says; the address follows. */
  private go(): void {
    if (!this.current) return;
    const { question, form: made } = this.current;
    const values = Object.fromEntries(Object.entries(made.values()).filter(([name, value]) => value !== (question.parameters.find((one) => one.name === name)?.default ?? "")));
    this.address({ question: question.name, values, query: null });
    this.write(this.text(question, made.values()));
    void this.runQuestion();
  }

  private address(wish: Asked): void {
    if (fragment(wish) !== location.hash) history.pushState(null, "", fragment(wish));
  }

  private write(text: string): void {
    this.draft = text;
    this.writing?.set(text);
  }

  private async edit(): Promise<void> {
    if (this.writing) return;
    try {
      const editor = await need("editor");
      const entries = this.known.labels.flatMap((label) => {
        const iri = this.known.of(label);
        const curie = iri ? this.known.curie(iri) : "";
        return iri && curie !== iri && /^[\w.-]+:[\w-]+$/.test(curie) ? [{ curie, label: label[1], kind: label[2] }] : [];
      });
      this.writing ??= editor.open(this.field, this.draft, "Query in SPARQL", entries, () => void this.runQuery());
    } catch (error) {
      this.state.textContent = told(error);
    }
  }

  private async runQuestion(): Promise<void> {
    if (!this.current) return;
    const { question, form: made } = this.current;
    const values = made.values();
    await this.run(question.name, question.question, () => bound(question.sparql, terms(question, values, this.known)), wanted(question, values));
  }

  private async runQuery(): Promise<void> {
    const text = completed(this.writing?.text() ?? this.draft, this.known.prefixes);
    if (text !== this.writing?.text()) this.write(text);
    if (text !== asked(location).query && !(this.current && text === this.text(this.current.question, this.current.form.values())))
      this.address({ question: null, values: {}, query: text });
    await this.run("query", "The answer of the query", () => text, null);
  }

  private async run(name: string, title: string, query: () => string, columns: string[] | null): Promise<void> {
    this.stop.disabled = false;
    this.answer.setAttribute("aria-busy", "true");
    try {
      const found = await this.engine.query(query());
      const answer = columns ? select(found, columns) : found;
      this.answer.replaceChildren(make("h2", { id: fresh("answer") }, "Answer"), result(answer, this.known, name, title));
      this.state.textContent = summary(answer);
    } catch (error) {
      this.answer.replaceChildren(make("p", { class: error instanceof Stopped ? "warning" : "error", role: "alert" }, told(error)));
    } finally {
      this.stop.disabled = true;
      this.answer.removeAttribute("aria-busy");
    }
  }
}

/** On the page of a question: the place in which it is asked with other values, once the reader wants that. */
function offered(): void {
  const name = /questions\/([^/]+)\.html$/.exec(location.pathname)?.[1];
  const beside = document.querySelector("main .actions");
  if (!name || name === "index" || !beside) return;
  const into = make("div", { "data-question": name, class: "asked-here" });
  const details = make("details", {}, make("summary", {}, "Ask it here, with other values"), into);
  details.addEventListener("toggle", () => start(into), { once: true });
  beside.after(details);
}

function start(place: HTMLElement): void {
  const wait = status();
  wait.textContent = "The questions are loading …";
  place.prepend(wait);
  Promise.all([names(), need("questions")])
    .then(([known, questions]) => new Page(known, questions, place.dataset["question"] ?? null, place))
    .catch((error: unknown) => (wait.textContent = told(error)));
}

const place = document.getElementById("ask");
if (place) start(place);
else offered();
