// The build of Oxigraph for browsers; the package names its types only for Node.

export default function init(options: { module_or_path: BufferSource }): Promise<unknown>;
export class Store {
  readonly size: number;
  load(input: Uint8Array, options: { format: string; no_transaction?: boolean; lenient?: boolean }): void;
  query(query: string, options: { results_format?: string; use_default_graph_as_union?: boolean }): unknown;
}
