// Answers of queries: columns and rows of terms, and how they are written.

export interface Term {
  type: "uri" | "literal" | "bnode" | "triple";
  value: string;
  datatype?: string;
}
export interface Answer {
  columns: string[];
  rows: (Term | null)[][];
  more: boolean; // whether rows were left out
  ms: number;
}

const XSD = "http://www.w3.org/2001/XMLSchema#";
const NUMBERS = new Set(["integer", "decimal", "double", "float", "int", "long", "short", "nonNegativeInteger", "positiveInteger", "gYear"]);

/** Whether a term is a number. */
export function numeric(term: Term | null): boolean {
  return term?.type === "literal" && !!term.datatype?.startsWith(XSD) && NUMBERS.has(term.datatype.slice(XSD.length));
}

/** The answer with these columns only, as far as it has them. */
export function select(answer: Answer, columns: string[]): Answer {
  const kept = columns.map((name) => answer.columns.indexOf(name)).filter((at) => at >= 0);
  return { ...answer, columns: kept.map((at) => answer.columns[at] ?? ""), rows: answer.rows.map((row) => kept.map((at) => row[at] ?? null)) };
}

/** The place among the columns of the one that holds the labels of the things in another; -1 where there is none. */
export function twin(answer: Answer, column: string): number {
  return answer.columns.indexOf(`${column}Label`);
}

/** The heading of a column in words. */
export function heading(column: string): string {
  return column.replace(/(?<=.)Label$/, "").replace(/(?<=[a-z]{2})[A-Z](?=[a-z])/g, (hump) => ` ${hump.toLowerCase()}`);
}

/** A term as a plain text: an IRI as its CURIE, a literal as it is written. */
export function plain(term: Term | null, curie: (iri: string) => string): string {
  if (!term) return "";
  return term.type === "uri" ? curie(term.value) : term.type === "bnode" ? `_:${term.value}` : term.value;
}

const RISKY = /^[=+\-@\t\r\0]/;

/** The answer as CSV; ``safe`` puts an apostrophe before texts that a spreadsheet would take for a formula. */
export function csv(answer: Answer, curie: (iri: string) => string, safe = false): string {
  const quoted = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const cell = (term: Term | null): string => {
    const text = plain(term, curie);
    return quoted(safe && !numeric(term) && RISKY.test(text) ? `'${text}` : text);
  };
  const line = (cells: string[]): string => (cells.length === 1 && cells[0] === "" ? '""' : cells.join(","));
  return [line(answer.columns.map(quoted)), ...answer.rows.map((row) => line(row.map(cell)))].join("\n") + "\n";
}
