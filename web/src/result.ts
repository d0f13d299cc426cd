// The answer below a question or a query: how many rows, the table, a chart where two columns allow it, downloads, a link.
import { type Answer, heading, numeric } from "./answer";
import { button, colour, copied, download, make, status, told } from "./dom";
import { need } from "./load";
import type { Names } from "./names";
import { columns, downloads, table, words } from "./table";

const BARS = 40;

/** What is shown of an answer; ``name`` is that of its files. */
export function result(answer: Answer, names: Names, name: string, title: string): HTMLElement {
  const count = answer.rows.length;
  const note = status();
  const share = button("Copy link", async () => (note.textContent = await copied(location.href, note)));
  const picture = make("div", { class: "picture" });
  const bars = chartable(answer);
  const draw = bars && button("Bar chart", () => void bar(answer, names, bars, title, name, picture).catch((error) => (note.textContent = told(error))));
  return make(
    "div",
    { class: "result" },
    make("p", { class: "actions" }, ...(count ? downloads(answer, names, name) : []), draw || null, share),
    note,
    picture,
    count ? table(answer, names, title) : make("p", { class: "none" }, "Nothing is stated that answers this. That is no “no”."),
  );
}

/** How much was found, and how fast. */
export function summary({ rows, more, ms }: Answer): string {
  const count = rows.length === 1 ? "1 row" : `${rows.length.toLocaleString("en")} rows`;
  return `${more ? `The first ${count}` : count} in ${ms} ms.`;
}

/** The places of the one text column and the one number column, where an answer has just these. */
function chartable(answer: Answer): [number, number] | null {
  if (answer.rows.length < 2) return null;
  const shown = columns(answer);
  const numbers = shown.filter(({ at }) => answer.rows.every((row) => numeric(row[at] ?? null)));
  const texts = shown.filter((column) => !numbers.includes(column));
  const [number, text] = [numbers[0], texts[0]];
  return numbers.length === 1 && texts.length === 1 && number && text ? [shown.indexOf(text), shown.indexOf(number)] : null;
}

async function bar(answer: Answer, names: Names, [text, number]: [number, number], title: string, name: string, place: HTMLElement): Promise<void> {
  const shown = columns(answer);
  const [label, value] = [shown[text], shown[number]];
  if (!label || !value) return;
  const values = answer.rows.slice(0, BARS).map((row) => ({ label: words(row, label, names), value: Number(row[value.at]?.value) }));
  const spec = {
    data: { values },
    mark: { type: "bar", color: colour("--accent", "#0b5cad") },
    encoding: {
      y: { field: "label", type: "nominal", sort: "-x", title: heading(label.name), axis: { labelLimit: 260 } },
      x: { field: "value", type: "quantitative", title: heading(value.name) },
    },
    width: Math.max(160, Math.min(560, place.clientWidth - 280)),
    height: { step: 22 },
  };
  const chart = await need("chart");
  const told = `Bar chart of ${heading(value.name)} by ${heading(label.name)}: ${title} The table below holds the same data.`;
  await chart.draw(place, spec, told);
  place.append(make("p", { class: "actions" }, ...(["png", "svg"] as const).map((kind) => button(kind.toUpperCase(), async () => download(`${name}.${kind}`, await chart.file(place, kind))))));
}
