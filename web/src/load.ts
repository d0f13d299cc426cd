// What a page loads when it is needed: data and heavy parts, each by a script element, as a page opened by a double click may load
// nothing else. All scripts of a page share one shelf, so that none is loaded twice.
import type { Chart } from "./chart";
import type { Editor } from "./editor";
import type { Graph } from "./graph";

export type Label = [href: string, label: string, kind: string, names: string[]];
export interface Parameter {
  name: string;
  type: string;
  about: string;
  default: string | null;
  options: [curie: string, label: string][];
}
export interface Question {
  name: string;
  question: string;
  topic: string;
  parameters: Parameter[];
  cases: Record<string, Record<string, string>>;
  columns: Record<string, string>;
  sparql: string;
}
interface Parts {
  labels: Label[];
  questions: Question[];
  prefixes: Record<string, string>;
  dataset: string;
  engine: { worker: string; wasm: string };
  editor: Editor;
  chart: Chart;
  graph: Graph;
}
type Name = keyof Parts;

const FOLDERS: Record<Name, string> = {
  labels: "data",
  questions: "data",
  prefixes: "data",
  dataset: "data",
  engine: "assets",
  editor: "assets",
  chart: "assets",
  graph: "assets",
};

type Shelf = { [name in Name]: (value: Parts[name]) => void } & {
  held: Map<Name, unknown>;
  awaited: Map<Name, Promise<unknown>>;
};
declare global {
  interface Window {
    exograph?: Shelf;
  }
}

/** The relative address of the root of the site. */
export const root = document.documentElement.dataset["root"] ?? "./";

function made(): Shelf {
  const held = new Map<Name, unknown>();
  const receivers = Object.keys(FOLDERS).map((name) => [name, (value: unknown) => held.set(name as Name, value)]);
  return { ...Object.fromEntries(receivers), held, awaited: new Map() } as Shelf;
}

const shelf: Shelf = (window.exograph ??= made());

/** Hand a part to whoever waits for it. */
export function offer<N extends Name>(name: N, value: Parts[N]): void {
  (shelf[name] as (value: Parts[N]) => void)(value);
}

/** A part of the site, loaded the first time that it is asked for. Rejects in plain words where it cannot be had. */
export function need<N extends Name>(name: N): Promise<Parts[N]> {
  const known = shelf.awaited.get(name) as Promise<Parts[N]> | undefined;
  if (known) return known;
  const awaited = inserted(`${root}${FOLDERS[name]}/${name}.js`).then(() => {
    if (!shelf.held.has(name)) throw new Error(`${FOLDERS[name]}/${name}.js is not what it should be: get the site anew`);
    return shelf.held.get(name) as Parts[N];
  });
  awaited.catch(() => shelf.awaited.delete(name));
  shelf.awaited.set(name, awaited);
  return awaited;
}

function inserted(address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = address;
    script.onload = () => resolve();
    script.onerror = () => {
      script.remove();
      reject(new Error(`${script.src.replace(/.*\/(?=[^/]+\/[^/]+$)/, "")} cannot be loaded: is the folder of the site complete?`));
    };
    document.head.append(script);
  });
}
