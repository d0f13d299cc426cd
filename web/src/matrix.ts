// The matrix of a comparison: its data, which rows and columns a choice leaves, and the table made to show them.
import { type Choice, type Only, SILENT } from "./choice";

export interface Claim {
  id: string;
  level: string;
  levelLabel: string;
  shape?: string;
  framing?: string; // a CURIE
}
export interface Named {
  id: string;
  label: string;
}
export interface Data {
  topic: string;
  title: string;
  criteria: Named[];
  members: Named[];
  cells: { member: string; criterion: string; claims: Claim[] }[];
  labels: Record<string, string>; // of framings and the like, by CURIE
  signs: Record<string, string>; // of framings
}

export class Matrix {
  private readonly claimed = new Map<string, Claim[]>();
  private readonly rank = new Map<string, number>(); // the page lists the claims of each criterion from its good end

  constructor(
    readonly data: Data,
    readonly table: HTMLTableElement,
  ) {
    for (const { member, criterion, claims } of data.cells) this.claimed.set(`${member} ${criterion}`, claims);
    for (const [at, place] of [...document.querySelectorAll(".cell-claims[id]")].entries()) this.rank.set(place.id, at);
  }

  claims(member: string, criterion: string): Claim[] {
    return this.claimed.get(`${member} ${criterion}`) ?? [];
  }

  /** The levels that are stated on a criterion, by CURIE, and silence where there is any. */
  levels(criterion: string): [level: string, label: string][] {
    const all = this.data.members.flatMap(({ id }) => this.claims(id, criterion));
    const found = new Map(all.map(({ level, levelLabel }) => [level, levelLabel]));
    const silent = this.data.members.some(({ id }) => this.claims(id, criterion).length === 0);
    return [...[...found].sort((a, b) => a[1].localeCompare(b[1])), ...(silent ? [[SILENT, "not stated"] as [string, string]] : [])];
  }

  private fits(member: string, { criterion, level }: Only): boolean {
    const claims = this.claims(member, criterion);
    return level === SILENT ? claims.length === 0 : claims.some((claim) => claim.level === level);
  }

  /** The members that a choice leaves, in its order. */
  rows({ only, sort }: Choice): Named[] {
    const left = this.data.members.filter(({ id }) => only.every((one) => this.fits(id, one)));
    const place = ({ id }: Named): number => this.rank.get(`cell-${id}-${sort}`) ?? Number.MAX_SAFE_INTEGER;
    return sort ? [...left].sort((a, b) => place(a) - place(b)) : left;
  }

  /** The criteria that a choice leaves; without “not stated”, those on which something is stated of the members left. */
  columns(choice: Choice): Named[] {
    const rows = this.rows(choice);
    const wanted = this.data.criteria.filter(({ id }) => choice.columns === null || choice.columns.includes(id));
    return choice.silent ? wanted : wanted.filter(({ id }) => rows.some((row) => this.claims(row.id, id).length > 0));
  }

  /** Make the table show a choice. */
  show(choice: Choice): void {
    const columns = new Set(this.columns(choice).map(({ id }) => id));
    const rows = this.rows(choice).map(({ id }) => id);
    const body = this.table.tBodies[0];
    const lines = new Map([...(body?.rows ?? [])].map((row) => [row.dataset["member"] ?? "", row]));
    for (const [id, row] of lines) row.hidden = !rows.includes(id);
    body?.append(...[...rows, ...[...lines.keys()].filter((id) => !rows.includes(id))].flatMap((id) => lines.get(id) ?? []));
    for (const cell of this.table.querySelectorAll<HTMLElement>("[data-criterion]")) {
      const criterion = cell.dataset["criterion"] ?? "";
      cell.hidden = !columns.has(criterion);
      if (cell.tagName !== "TH") continue;
      if (criterion === choice.sort) cell.setAttribute("aria-sort", "other");
      else cell.removeAttribute("aria-sort");
    }
    this.table.classList.toggle("without-silence", !choice.silent);
  }
}
