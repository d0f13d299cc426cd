// The neighbourhood of a thing: what it points to and what points to it, by property.
import type { Answer } from "./answer";
import type { Names } from "./names";
import text from "./neighbours.rq";
import { bound } from "./sparql";

export interface Group {
  property: string;
  inwards: boolean;
  others: { iri: string; label: string }[];
}

/** The query for the neighbours of a thing. */
export function query(iri: string): string {
  return bound(text, { thing: `<${iri}>` });
}

/** The neighbours, grouped; a thing of the site has the name that the site gives it. */
export function groups(answer: Answer, names: Names): Group[] {
  const found = new Map<string, Group>();
  const seen = new Set<string>();
  const at = (name: string): number => answer.columns.indexOf(name);
  const [way, property, propertyLabel, other, otherLabel] = [at("way"), at("property"), at("propertyLabel"), at("other"), at("otherLabel")];
  for (const row of answer.rows) {
    const [iri, by] = [row[other]?.value, row[property]?.value];
    const inwards = row[way]?.value === "in";
    if (!iri || !by || seen.has(`${inwards} ${by} ${iri}`)) continue; // a thing with two labels comes twice
    seen.add(`${inwards} ${by} ${iri}`);
    const key = `${inwards} ${by}`;
    const group = found.get(key) ?? { property: (row[propertyLabel]?.value ?? names.curie(by)).replace("rdf:type", "is a"), inwards, others: [] };
    const known = names.about(iri);
    group.others.push({ iri, label: known.href ? known.label : (row[otherLabel]?.value ?? known.label) });
    found.set(key, group);
  }
  return [...found.values()];
}
