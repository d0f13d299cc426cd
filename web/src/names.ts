// What things are called: the labels of the site by the path of the page, found by the IRI.
import { contract, expand, href, type Prefixes, thing } from "./href";
import { type Label, need, root } from "./load";

export class Names {
  private readonly byPath = new Map<string, Label>();

  constructor(
    readonly labels: Label[],
    readonly prefixes: Prefixes,
  ) {
    for (const label of labels) this.byPath.set(label[0], label);
  }

  /** The label, the address from this page and the kind of a thing; an address only where the site has a page of it. */
  about(iri: string): { label: string; href: string | null; kind: string } {
    const path = href(iri, this.prefixes);
    const known = path ? this.byPath.get(path) : undefined;
    return { label: known?.[1] ?? this.curie(iri), href: known ? root + known[0] : null, kind: known?.[2] ?? "" };
  }

  curie(iri: string): string {
    return contract(iri, this.prefixes);
  }

  iri(written: string): string | null {
    return expand(written, this.prefixes);
  }

  /** The IRI of the thing that a label of the site belongs to. */
  of(label: Label): string | null {
    return thing(label[0], this.prefixes);
  }

  /** The IRI of the only thing that is called so. */
  called(name: string): string | null {
    const wanted = name.trim().toLowerCase();
    const found = this.labels.filter(([, label]) => label.toLowerCase() === wanted).map((label) => this.of(label));
    const [iri, ...others] = found.filter((one) => one !== null);
    return iri && others.length === 0 ? iri : null;
  }
}

let known: Promise<Names> | undefined;
/** The names of all things, loaded once. */
export function names(): Promise<Names> {
  known ??= Promise.all([need("labels"), need("prefixes")]).then(([labels, prefixes]) => new Names(labels, prefixes));
  known.catch(() => (known = undefined));
  return known;
}
