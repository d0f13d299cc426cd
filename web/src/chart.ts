// Charts by Vega-Lite, whose expressions are interpreted, as the pages let no text become code.
import { parse, View } from "vega";
import { expressionInterpreter } from "vega-interpreter";
import { compile, type TopLevelSpec } from "vega-lite";
import { colour, make } from "./dom";
import { offer } from "./load";

export interface Chart {
  /** Draw a chart into a place, with the words that stand for it. */
  draw(place: HTMLElement, spec: object, told: string): Promise<void>;
  /** The chart of a place as a file. */
  file(place: HTMLElement, kind: "png" | "svg"): Promise<Blob>;
}

const views = new WeakMap<HTMLElement, View>();
const SANS = "system-ui, sans-serif";

function config(): object {
  const [fg, muted, line] = [colour("--fg", "#1a1a1a"), colour("--muted", "#595959"), colour("--line", "#ccc")];
  return {
    background: colour("--bg", "#fff"),
    font: SANS,
    view: { stroke: null },
    axis: { labelColor: fg, titleColor: muted, domainColor: line, tickColor: line, gridColor: line, labelFontSize: 12, titleFontSize: 12, titleFontWeight: "normal" },
    legend: { labelColor: fg, titleColor: muted, labelFontSize: 12, titleFontSize: 12, titleFontWeight: "normal" },
  };
}

async function draw(place: HTMLElement, spec: object, told: string): Promise<void> {
  views.get(place)?.finalize();
  const { spec: compiled } = compile(spec as TopLevelSpec, { config: config() });
  const view = new View(parse(compiled, undefined, { ast: true }), { renderer: "canvas", expr: expressionInterpreter } as ConstructorParameters<typeof View>[1]);
  const canvas = make("div"); // Vega gives it a role of its own
  const picture = make("div", { role: "img", "aria-label": told }, canvas);
  place.replaceChildren(make("div", { class: "chart", role: "region", tabindex: 0, "aria-label": "The picture, which may scroll" }, picture));
  views.set(place, view);
  await view.initialize(canvas).hover().runAsync();
}

async function file(place: HTMLElement, kind: "png" | "svg"): Promise<Blob> {
  const view = views.get(place);
  if (!view) throw new Error("There is no picture yet.");
  if (kind === "svg") return new Blob([await view.toSVG()], { type: "image/svg+xml" });
  const canvas = await view.toCanvas(2);
  return new Promise((resolve, reject) => canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("The picture cannot be written."))), "image/png"));
}

offer("chart", { draw, file });
