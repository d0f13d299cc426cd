// What a reader has chosen of a comparison, carried by the fragment of the address.

export interface Only {
  criterion: string;
  level: string; // a CURIE, or SILENT
}
export interface Choice {
  columns: string[] | null; // null: all
  only: Only[];
  sort: string | null;
  silent: boolean; // whether “not stated” is shown
}
export const SILENT = "-";
export const ALL: Choice = { columns: null, only: [], sort: null, silent: true };

/** The choice that a fragment carries; a fragment that is an anchor carries none. */
export function read(hash: string): Choice {
  if (!hash.includes("=")) return ALL;
  const from = new URLSearchParams(hash.slice(1));
  const only = from.getAll("only").map((one) => {
    const at = one.indexOf("~");
    return { criterion: one.slice(0, at), level: one.slice(at + 1) };
  });
  return { columns: from.get("columns")?.split(" ") ?? null, only, sort: from.get("sort"), silent: from.get("silent") !== "no" };
}

/** The fragment that carries a choice; empty for the whole comparison. */
export function write({ columns, only, sort, silent }: Choice): string {
  const to = new URLSearchParams();
  if (columns) to.set("columns", columns.join(" "));
  for (const { criterion, level } of only) to.append("only", `${criterion}~${level}`);
  if (sort) to.set("sort", sort);
  if (!silent) to.set("silent", "no");
  const text = to.toString();
  return text && `#${text}`;
}
