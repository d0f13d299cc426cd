// The saved questions, by topic, with a field that narrows them.
import { fresh, make } from "./dom";
import type { Question } from "./load";

const WIDE = "(min-width: 60rem)";

/** A list of links to the questions; choosing one closes it where there is little room. */
export function questionList(questions: Question[]): HTMLElement {
  const id = fresh("narrow");
  const field = make("input", { id, type: "search", placeholder: "yield, citations, studies …", autocomplete: "off" });
  const groups = [...new Set(questions.map(({ topic }) => topic))].sort().map((topic) => {
    const items = questions.filter((one) => one.topic === topic).map((one) => {
      const anchor = make("a", { href: `#question=${encodeURIComponent(one.name)}`, "data-name": one.name }, one.question);
      return { element: make("li", {}, anchor), text: `${one.question} ${one.name} ${topic}`.toLowerCase() };
    });
    const head = make("h3", { id: fresh("topic") }, topic);
    return { element: make("div", {}, head, make("ul", { "aria-labelledby": head.id }, ...items.map(({ element }) => element))), items };
  });
  const none = make("p", { class: "none", role: "status" });
  field.addEventListener("input", () => {
    const wanted = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const { element, items } of groups) {
      for (const item of items) item.element.hidden = !wanted.every((word) => item.text.includes(word));
      const visible = items.filter((item) => !item.element.hidden).length;
      element.hidden = visible === 0;
      shown += visible;
    }
    none.textContent = shown ? "" : "No question has these words.";
  });
  const details = make("details", { class: "questions" },
    make("summary", {}, `${questions.length} saved questions`),
    make("label", { for: id }, "Narrow the list"), field, none,
    make("div", { class: "question-groups", tabindex: 0, role: "region", "aria-label": "Saved questions" }, ...groups.map(({ element }) => element)),
  );
  const wide = matchMedia(WIDE);
  details.open = wide.matches || !location.hash;
  wide.addEventListener("change", () => (details.open = wide.matches));
  details.addEventListener("click", (event) => {
    if (!wide.matches && event.target instanceof HTMLAnchorElement) details.open = false;
  });
  return details;
}
