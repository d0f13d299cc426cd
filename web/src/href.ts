// Where each thing has its page, and back: the rules of exograph/addresses.py.

export const BASE = "https://w3id.org/exograph/";
const EXOG = `${BASE}ontology#`;
const QUERIES = `${BASE}query/`;
const CLASS = "-class";
const ODD = /[^A-Za-z0-9._/-]|(?:^|(?<=\/))[./]/gu;

export type Prefixes = Record<string, string>;

/** A name with each sign that may mean something in an address replaced by its number. */
export function slug(name: string): string {
  return name.replace(ODD, (odd) => `_${odd.codePointAt(0)?.toString(16)}_`);
}

function unslug(name: string): string {
  return name.replace(/_([0-9a-f]{2,6})_/g, (_, code: string) => String.fromCodePoint(Number.parseInt(code, 16)));
}

/** The CURIE of an IRI by its longest namespace, or the IRI itself. */
export function contract(iri: string, prefixes: Prefixes): string {
  let found = "";
  for (const [prefix, namespace] of Object.entries(prefixes))
    if (iri.length > namespace.length && iri.startsWith(namespace) && namespace.length > (prefixes[found]?.length ?? 0)) found = prefix;
  return found ? `${found}:${iri.slice(prefixes[found]?.length)}` : iri;
}

/** The IRI of a CURIE or of an IRI with or without angle brackets; null for anything else. */
export function expand(written: string, prefixes: Prefixes): string | null {
  const bare = written.trim().replace(/^<(.*)>$/, "$1");
  if (!bare || /[\s<>"{}|\\^`\p{C}]/u.test(bare)) return null;
  if (/^https?:\/\//.test(bare)) return bare;
  const colon = bare.indexOf(":");
  const namespace = colon > 0 ? prefixes[bare.slice(0, colon)] : undefined;
  return namespace === undefined ? null : namespace + bare.slice(colon + 1);
}

/** The path of the page of a thing from the root of the site; null where its IRI has none. */
export function href(iri: string, prefixes: Prefixes): string | null {
  if (iri.startsWith(EXOG)) {
    const name = iri.slice(EXOG.length);
    return name ? `ontology/${slug(name)}${/^\p{Lu}/u.test(name) ? CLASS : ""}.html` : null;
  }
  if (iri === `${BASE}ontology`) return "ontology/index.html";
  if (iri.startsWith(QUERIES)) return `questions/${slug(iri.slice(QUERIES.length))}.html`;
  if (iri.startsWith(BASE)) return iri.includes("#") ? null : `${slug(iri.slice(BASE.length))}.html`;
  const curie = contract(iri, prefixes);
  const colon = curie.indexOf(":");
  const [prefix, local] = [curie.slice(0, colon), curie.slice(colon + 1)];
  return curie !== iri && local ? `term/${slug(prefix)}/${slug(local)}.html` : null;
}

/** The IRI of the thing whose page has a path; null for pages of no thing. */
export function thing(path: string, prefixes: Prefixes): string | null {
  const stem = path.replace(/\.html$/, "");
  const [folder = "", ...rest] = stem.split("/");
  const name = rest.join("/");
  if (folder === "compare" || name === "index" || !name) return null;
  if (folder === "ontology") return EXOG + unslug(name.endsWith(CLASS) ? name.slice(0, -CLASS.length) : name);
  if (folder === "questions") return QUERIES + unslug(name);
  if (folder !== "term") return BASE + unslug(stem);
  const namespace = prefixes[unslug(rest[0] ?? "")];
  return namespace === undefined ? null : namespace + unslug(rest.slice(1).join("/"));
}
