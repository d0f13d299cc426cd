// The table of an answer: labels that link to pages, columns that sort, rows shown by the hundred, downloads.
import { type Answer, csv, heading, numeric, plain, type Term, twin } from "./answer";
import { button, download, link, make } from "./dom";
import type { Names } from "./names";

const STEP = 200;

interface Column {
  at: number; // of the terms
  label: number; // of their labels; -1 where they have none
  name: string;
}

/** What people read of an answer: the column of labels stands for the things, which become links. */
export function columns(answer: Answer): Column[] {
  const labels = new Set(answer.columns.map((name) => twin(answer, name)).filter((at) => at >= 0));
  return answer.columns.map((name, at) => ({ at, label: twin(answer, name), name: heading(name) })).filter((column) => !labels.has(column.at));
}

/** The words of a cell. */
export function words(row: (Term | null)[], column: Column, names: Names): string {
  const term = row[column.at] ?? null;
  const label = column.label >= 0 ? row[column.label] : null;
  if (label) return label.value;
  return term?.type === "uri" ? names.about(term.value).label : plain(term, (iri) => names.curie(iri));
}

function cell(row: (Term | null)[], column: Column, names: Names): HTMLElement {
  const term = row[column.at] ?? null;
  const text = words(row, column, names);
  if (!term) return make("td", { class: "none" }, text || "—");
  if (term.type !== "uri") return make("td", { class: numeric(term) ? "number" : null }, text);
  const page = names.about(term.value).href ?? (/^https?:/.test(term.value) ? term.value : null);
  return make("td", {}, page ? link(page, text) : text);
}

/** The rows in the order of a column. */
export function sorted(answer: Answer, column: Column, down: boolean, names: Names): (Term | null)[][] {
  const collator = new Intl.Collator("en", { numeric: true });
  const keys = new Map(answer.rows.map((row) => [row, words(row, column, names)]));
  const compare = (a: (Term | null)[], b: (Term | null)[]): number => {
    const [left, right] = [a[column.at] ?? null, b[column.at] ?? null];
    if (numeric(left) && numeric(right)) return Number(left?.value) - Number(right?.value);
    return collator.compare(keys.get(a) ?? "", keys.get(b) ?? "");
  };
  const rows = [...answer.rows].sort(compare);
  return down ? rows.reverse() : rows;
}

/** A table that its heads sort. */
export function table(answer: Answer, names: Names, caption: string): HTMLElement {
  const shown = columns(answer);
  const body = make("tbody");
  const more = make("p", { class: "more" });
  let [rows, count] = [answer.rows, STEP];

  function fill(): void {
    body.replaceChildren(...rows.slice(0, count).map((row) => make("tr", {}, ...shown.map((column) => cell(row, column, names)))));
    const left = rows.length - count;
    more.replaceChildren(...(left > 0 ? [button(`Show ${Math.min(left, STEP)} more of ${left}`, () => ((count += STEP), fill()))] : []));
  }

  const heads = shown.map((column) => {
    const head = make("th", { scope: "col" });
    head.append(
      button(column.name, () => {
        const down = head.getAttribute("aria-sort") === "ascending";
        for (const other of heads) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        rows = sorted(answer, column, down, names);
        fill();
      }, { class: "sort" }),
    );
    return head;
  });
  fill();
  const grid = make("table", { class: "answer" }, make("caption", { class: "away" }, caption), make("thead", {}, make("tr", {}, ...heads)), body);
  return make("div", {}, make("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": caption }, grid), more);
}

/** The buttons that write an answer to a file. */
export function downloads(answer: Answer, names: Names, name: string): HTMLElement[] {
  const curie = (iri: string): string => names.curie(iri);
  return [
    button("CSV", () => download(`${name}.csv`, csv(answer, curie))),
    button("CSV for spreadsheets", () => download(`${name}.spreadsheet.csv`, csv(answer, curie, true))),
  ];
}
