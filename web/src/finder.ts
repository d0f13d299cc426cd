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

/** What is called just so first, terms of the ontology before those of others, short names before sentences. */
function weight([path, label]: Label, written: string): number {
  const name = label.toLowerCase();
  const likeness = name === written ? 10 : name.startsWith(written) ? 4 : 1;
  const own = path.startsWith("ontology/") || path.startsWith("compare/") ? 3 : path.startsWith("term/") ? 1.5 : 1;
  return (likeness * own) / (1 + label.length / 15);
}

/** The things that are called so, the best first. */
export async function find(written: string): Promise<Found[]> {
  await ready();
  const { labels, search } = (await index) as { labels: Label[]; search: MiniSearch };
  const wanted = written.toLowerCase();
  const found = search.search(written, { boostDocument: (id) => weight(labels[id as number] as Label, wanted) });
  return found.slice(0, SHOWN).flatMap(({ id }) => {
    const entry = labels[id as number];
    return entry ? [{ entry, label: entry[1], hint: entry[2] }] : [];
  });
}
