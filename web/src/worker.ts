// The worker: Oxigraph over the dataset, one query at a time.
import init, { Store } from "oxigraph";
import type { Answer, Term } from "./answer";
import type { Form } from "./sparql";

export interface Start {
  wasm: string;
  dataset: string;
}
export interface Ask {
  query: string;
  form: Form;
  union: boolean;
}
export type Reply = { kind: "ready"; size: number } | { kind: "answer"; answer: Omit<Answer, "ms"> } | { kind: "error"; words: string; trap: boolean };

const ROWS = 20_000;
let store: Store;

async function unpacked(base64: string): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

async function start({ wasm, dataset }: Start): Promise<Reply> {
  const [engine, quads] = await Promise.all([unpacked(wasm), unpacked(dataset)]);
  await init({ module_or_path: engine });
  store = new Store();
  store.load(quads, { format: "application/n-quads", no_transaction: true, lenient: true });
  return { kind: "ready", size: store.size };
}

interface Written {
  head: { vars?: string[] };
  boolean?: boolean;
  results?: { bindings: Record<string, Term>[] };
}

function listed(columns: string[], rows: (Term | null)[][]): Reply {
  return { kind: "answer", answer: { columns, rows: rows.slice(0, ROWS), more: rows.length > ROWS } };
}

function ask({ query, form, union }: Ask): Reply {
  const options = { use_default_graph_as_union: union };
  if (form === "graph") {
    const quads = store.query(query, options) as { subject: Rdf; predicate: Rdf; object: Rdf }[];
    const rows = quads.slice(0, ROWS + 1).map((quad) => [term(quad.subject), term(quad.predicate), term(quad.object)]);
    return listed(["subject", "predicate", "object"], rows);
  }
  const found = JSON.parse(store.query(query, { ...options, results_format: "json" }) as string) as Written;
  if (found.boolean !== undefined) return listed(["answer"], [[{ type: "literal", value: found.boolean ? "yes" : "no" }]]);
  const columns = found.head.vars ?? [];
  return listed(columns, (found.results?.bindings ?? []).map((row) => columns.map((name) => row[name] ?? null)));
}

interface Rdf {
  termType: string;
  value: string;
  datatype?: { value: string };
}

function term(from: Rdf): Term {
  const type = from.termType === "NamedNode" ? "uri" : from.termType === "BlankNode" ? "bnode" : "literal";
  return from.datatype ? { type, value: from.value, datatype: from.datatype.value } : { type, value: from.value };
}

self.onmessage = async ({ data }: MessageEvent<Start | Ask>) => {
  let reply: Reply;
  try {
    reply = "wasm" in data ? await start(data) : ask(data);
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    reply = { kind: "error", words, trap: !/^error at \d+:\d+/.test(words) };
  }
  self.postMessage(reply);
};
