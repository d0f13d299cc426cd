// What must be known of a query before it runs, without parsing it whole.
import type { Prefixes } from "./href";

const LENGTH = 20_000;
const DEPTH = 100;
const OPAQUE =
  /#[^\n]*|<[^<>"{}|^`\\\s]*>|"""[\s\S]*?"""|'''[\s\S]*?'''|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/g;

export type Form = "select" | "ask" | "graph" | "unknown";

/** The query with comments, IRIs and texts blanked out, each sign at its place. */
export function bare(query: string): string {
  return query.replace(OPAQUE, (found) => found.replace(/[^\n]/g, " "));
}

/** Which kind of answer a query gives. */
export function form(query: string): Form {
  const word = /(?<![\w:?$-])(select|ask|construct|describe)(?![\w:-])/i.exec(bare(query))?.[1]?.toLowerCase();
  if (word === "select" || word === "ask") return word;
  return word ? "graph" : "unknown";
}

/** Whether a query says by FROM which graphs it is about. */
export function namesGraphs(query: string): boolean {
  return /(?<![\w:?$-])from(?![\w:-])/i.test(bare(query));
}

/** Why a query is not even tried; null where it is. */
export function refusal(query: string): string | null {
  if (query.length > LENGTH) return `The query has more than ${LENGTH.toLocaleString("en")} signs: make it shorter.`;
  let [depth, deepest] = [0, 0];
  for (const sign of bare(query)) {
    if ("{([".includes(sign)) deepest = Math.max(deepest, ++depth);
    else if ("})]".includes(sign)) depth -= 1;
  }
  return deepest > DEPTH ? `The query nests more than ${DEPTH} brackets: make it simpler.` : null;
}

/** The query with a PREFIX line for each known prefix that it uses and does not declare. */
export function completed(query: string, prefixes: Prefixes): string {
  const text = bare(query);
  const declared = new Set([...text.matchAll(/prefix\s+([\p{L}\w.-]*):/giu)].map((found) => found[1]));
  const used = new Set([...text.matchAll(/(?<![\p{L}\w:?$.-])(\p{L}[\w-]*(?:\.[\w-]+)*):(?!\/\/)/gu)].map((found) => found[1] ?? ""));
  const missing = [...used].filter((prefix) => prefix in prefixes && !declared.has(prefix)).sort();
  return missing.map((prefix) => `PREFIX ${prefix}: <${prefixes[prefix]}>\n`).join("") + query;
}

/** A saved question with variables bound to terms, written as SPARQL writes them, at the head of its pattern. */
export function bound(query: string, terms: Record<string, string>): string {
  const values = Object.entries(terms).map(([name, term]) => `\n  VALUES ?${name} { ${term} }`);
  if (values.length === 0) return query;
  const text = bare(query);
  const at = /\bwhere\s*\{/i.exec(text);
  if (!at) throw new Error("The question cannot be asked with parameters: its first brace does not follow WHERE.");
  const end = at.index + at[0].length;
  return query.slice(0, end) + values.join("") + query.slice(end);
}

/** A text as SPARQL writes it, with its datatype. */
export function literal(value: string, datatype: string): string {
  const escaped = value.replace(/[\\"]/g, "\\$&").replaceAll("\n", "\\n").replaceAll("\r", "\\r");
  return `"${escaped}"${datatype.endsWith("#string") ? "" : `^^<${datatype}>`}`;
}
