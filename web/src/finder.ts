// Finding things by what they are called.
import MiniSearch from "minisearch";
import type { Choice } from "./combobox";
import { type Label, need } from "./load";

const SHOWN = 12;

export interface Found extends Choice {
  entry: Label;
}

let index: Promise<{ labels: Label[]; search: MiniSearch }> | undefined;

function made(labels: Label[]): { labels: Label[]; search: MiniSearch } {
  const search = new MiniSearch({ fields: ["label", "names"], searchOptions: { prefix: true, fuzzy: (term) => (term.length > 4 ? 0.2 : false), boost: { label: 2 }, combineWith: "AND" } });
  search.addAll(labels.map(([, label, , names], id) => ({ id, label, names: names.join(" ") })));
  return { labels, search };
}

/** Load what is needed to find anything. */
export function ready(): Promise<unknown> {
  index ??= need("labels").then(made);
  index.catch(() => (index = undefined));
  return index;
}

/** Short names first, then those that claims and long titles hold. */
const weight = (label: string, written: string): number =>
  (label.toLowerCase() === written ? 8 : label.toLowerCase().startsWith(written) ? 3 : 1) / (1 + label.length / 40);

/** The things that are called so, the best first. */
export async function find(written: string): Promise<Found[]> {
  await ready();
  const { labels, search } = (await index) as { labels: Label[]; search: MiniSearch };
  const wanted = written.toLowerCase();
  const found = search.search(written, { boostDocument: (id) => weight(labels[id as number]?.[1] ?? "", wanted) });
  return found.slice(0, SHOWN).flatMap(({ id }) => {
    const entry = labels[id as number];
    return entry ? [{ entry, label: entry[1], hint: entry[2] }] : [];
  });
}
