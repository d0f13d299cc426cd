// What stands above the matrix: which criteria, which methods, in which order.
import { ALL, type Choice, SILENT } from "./choice";
import { button, fresh, make } from "./dom";
import type { Matrix } from "./matrix";

const WIDE = "(min-width: 40rem)"; // below it the tools wait behind a word
const ORDER = "in the order of the text";

/** The tools of a matrix; ``change`` is told what the reader chooses. The function returned makes them show a choice. */
export function toolbar(matrix: Matrix, place: HTMLElement, actions: HTMLElement[], change: (choice: Choice) => void): (choice: Choice) => void {
  let now = ALL;
  const turn = (part: Partial<Choice>): void => change({ ...now, ...part });
  const [filter, chips] = filters(matrix, (only) => turn({ only: [...now.only.filter((one) => one.criterion !== only.criterion || one.level !== only.level), only] }));
  const sort = make("select", { id: fresh("sort") }, make("option", { value: "" }, ORDER), ...matrix.data.criteria.map(({ id, label }) => make("option", { value: id }, `best ${label} first`)));
  sort.addEventListener("change", () => turn({ sort: sort.value || null }));
  const silent = make("input", { type: "checkbox", id: fresh("silent") });
  silent.addEventListener("change", () => turn({ silent: !silent.checked }));
  const [criteria, boxes] = columns(matrix, (columns) => turn({ columns }));
  const reset = button("Reset", () => change(ALL));
  const wide = matchMedia(WIDE);
  const box = make("details", { class: "tool-box", open: wide.matches }, make("summary", {}, "Filter, order, choose"));
  wide.addEventListener("change", () => (box.open = wide.matches));
  box.append(
    make("div", { class: "tools" }, filter,
      make("div", { class: "field" }, make("label", { for: sort.id }, "Order"), sort),
      make("div", { class: "field check" }, silent, make("label", { for: silent.id }, "Leave out “not stated”")), criteria,
      make("div", { class: "buttons" }, ...actions, reset)),
  );
  place.replaceChildren(box, chips);
  return (choice) => {
    now = choice;
    sort.value = choice.sort ?? "";
    silent.checked = !choice.silent;
    for (const box of boxes) box.checked = choice.columns === null || choice.columns.includes(box.value);
    chips.replaceChildren(...choice.only.map((one) => {
      const words = `${matrix.data.criteria.find(({ id }) => id === one.criterion)?.label ?? one.criterion}: ${level(matrix, one.criterion, one.level)}`;
      return make("li", {}, button(`${words} ×`, () => turn({ only: now.only.filter((other) => other !== one) }), { "aria-label": `Remove the filter ${words}` }));
    }));
    reset.disabled = choice.columns === null && !choice.only.length && !choice.sort && choice.silent;
  };
}

/** The word for a level. */
export function level(matrix: Matrix, criterion: string, wanted: string): string {
  return matrix.levels(criterion).find(([one]) => one === wanted)?.[1] ?? (wanted === SILENT ? "not stated" : wanted);
}

function filters(matrix: Matrix, add: (only: { criterion: string; level: string }) => void): [HTMLElement, HTMLElement] {
  const [criterion, levels] = [make("select", { id: fresh("criterion") }), make("select", { id: fresh("level"), "aria-label": "its level" })];
  criterion.append(...matrix.data.criteria.map(({ id, label }) => make("option", { value: id }, label)));
  const fill = (): void => levels.replaceChildren(...matrix.levels(criterion.value).map(([value, label]) => make("option", { value }, label)));
  criterion.addEventListener("change", fill);
  fill();
  const form = make("form", { class: "field filter" }, make("label", { for: criterion.id }, "Only where"), criterion, make("span", {}, "is"), levels, make("button", { type: "submit" }, "Add"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    add({ criterion: criterion.value, level: levels.value });
  });
  return [form, make("ul", { class: "chips", "aria-label": "Filters" })];
}

function columns(matrix: Matrix, choose: (columns: string[] | null) => void): [HTMLElement, HTMLInputElement[]] {
  const boxes = matrix.data.criteria.map(({ id }) => make("input", { type: "checkbox", value: id, id: fresh("column"), checked: true }));
  const tell = (): void => {
    const chosen = boxes.filter((box) => box.checked).map((box) => box.value);
    choose(chosen.length === boxes.length ? null : chosen);
  };
  const set = (checked: boolean): void => {
    for (const box of boxes) box.checked = checked;
    tell();
  };
  const items = boxes.map((box, at) => {
    box.addEventListener("change", tell);
    return make("div", { class: "check" }, box, make("label", { for: box.id }, matrix.data.criteria[at]?.label ?? ""));
  });
  const all = make("p", { class: "actions" }, button("All", () => set(true)), button("None", () => set(false)));
  const group = make("fieldset", {}, make("legend", { class: "away" }, "Criteria shown"), all, make("div", { class: "boxes" }, ...items));
  return [make("details", { class: "field" }, make("summary", {}, "Criteria"), group), boxes];
}
