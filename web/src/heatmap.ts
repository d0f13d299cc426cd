// The picture of a comparison: a square a cell, told by shape, word and colour.
import { colour } from "./dom";
import type { Claim, Matrix, Named } from "./matrix";

const [GOOD, BAD] = ["exog:advantage", "exog:disadvantage"];
const NONE = "not stated";
const [CELL, LINE] = [124, 15]; // pixels: how wide a square is, how high a line

function framing(claims: Claim[]): string {
  const found = new Set(claims.map((claim) => claim.framing));
  if (claims.length === 0) return NONE;
  if (found.has(GOOD) && found.has(BAD)) return "both";
  return found.has(GOOD) ? "advantage" : found.has(BAD) ? "disadvantage" : "neither";
}

function words(claims: Claim[], signs: Record<string, string>): string[] {
  return [...new Set(claims.map(({ levelLabel, framing, shape }) => [shape, levelLabel, signs[framing ?? ""]].filter(Boolean).join(" ")))];
}

/** The specification, in Vega-Lite, of the picture of these rows and columns. */
export function heatmap(matrix: Matrix, rows: Named[], columns: Named[]): object {
  const values = rows.flatMap((row) =>
    columns.map((column) => {
      const claims = matrix.claims(row.id, column.id);
      const told = claims.length ? words(claims, matrix.data.signs) : [NONE];
      return { member: row.label, criterion: column.label, framing: framing(claims), text: told.length > 2 ? [told[0], `and ${told.length - 1} more`] : told };
    }),
  );
  const upright = columns.length > rows.length; // the longer side runs down the page
  const fills = { advantage: colour("--good-bg", "#e4f3e9"), disadvantage: colour("--bad-bg", "#fbe9e6"), both: colour("--accent-bg", "#e2f0f1"), neither: colour("--neutral-bg", "#eceff0"), [NONE]: colour("--bg", "#fff") };
  const axis = { labelLimit: 190, domain: false, ticks: false, title: null, labelPadding: 6 };
  const ink = { condition: { test: `datum.framing == "${NONE}"`, value: colour("--muted", "#595959") }, value: colour("--fg", "#1a1a1a") };
  return {
    data: { values },
    width: { step: CELL },
    height: { step: 38 },
    encoding: {
      x: { field: upright ? "member" : "criterion", type: "nominal", sort: null, axis: { ...axis, orient: "top", labelAngle: 0, labelLimit: CELL - 6 } },
      y: { field: upright ? "criterion" : "member", type: "nominal", sort: null, axis },
    },
    layer: [
      {
        mark: { type: "rect", stroke: colour("--line", "#ccc"), strokeWidth: 1 },
        encoding: { color: { field: "framing", type: "nominal", scale: { domain: Object.keys(fills), range: Object.values(fills) }, legend: { title: "told as", orient: "bottom", symbolType: "square", symbolStrokeColor: colour("--line", "#ccc") } } },
      },
      ...[1, 2].map((lines) => ({
        transform: [{ filter: `length(datum.text) == ${lines}` }],
        mark: { type: "text", fontSize: 12, limit: CELL - 8, lineHeight: LINE, baseline: "middle", dy: ((1 - lines) * LINE) / 2 },
        encoding: { text: { field: "text" }, color: ink },
      })),
    ],
  };
}
