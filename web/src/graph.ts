// The picture of a neighbourhood by Cytoscape: the thing in the middle, what it points to on the right, what points to it on the left.
import cytoscape from "cytoscape";
import { colour, make } from "./dom";
import { offer } from "./load";

export interface Spoke {
  property: string;
  inwards: boolean;
  more: number; // neighbours that are not drawn
  others: { iri: string; label: string }[];
}
export interface Graph {
  /** Draw the neighbourhood of a thing into a place; ``go`` is told where a click leads, ``told`` stands for the picture. */
  draw(place: HTMLElement, name: string, spokes: Spoke[], told: string, go: (iri: string) => void): void;
}

const ROW = 30; // pixels between neighbours
const GAP = 22; // and between properties
const HUB = 165;
const ARM = 270;
const CYTOSCAPE_STYLES = "__________cytoscape_stylesheet"; // it adds inline styles, which the policy forbids, unless something has this id

let drawn: cytoscape.Core | undefined;

function short(label: string, length = 42): string {
  return label.length > length ? `${label.slice(0, length - 1)}…` : label;
}

const pen = document.createElement("canvas").getContext("2d");
function width(label: string, size: number): number {
  if (!pen) return label.length * size * 0.6;
  pen.font = `bold ${size}px system-ui, sans-serif`;
  return pen.measureText(label).width;
}

/** The elements of one side, spread evenly about the middle. */
function side(spokes: Spoke[], sign: 1 | -1): cytoscape.ElementDefinition[] {
  const height = spokes.reduce((sum, spoke) => sum + (spoke.others.length + Number(spoke.more > 0)) * ROW + GAP, -GAP);
  let y = -height / 2;
  return spokes.flatMap((spoke, at) => {
    const hub = `${sign}-${at}`;
    const rest = spoke.more > 0 ? [{ iri: "", label: `and ${spoke.more} more` }] : [];
    const leaves = [...spoke.others, ...rest].flatMap((other, index) => {
      const id = `${hub}-${index}`;
      const node = { data: { id, iri: other.iri, label: short(other.label) }, position: { x: sign * ARM, y }, classes: other.iri ? (sign > 0 ? "right" : "left") : `rest ${sign > 0 ? "right" : "left"}` };
      y += ROW;
      return [node, { data: sign > 0 ? { source: hub, target: id } : { source: id, target: hub } }];
    });
    const middle = y - ((spoke.others.length + rest.length) * ROW) / 2 - ROW / 2;
    y += GAP;
    const own = { data: { id: hub, label: spoke.property, width: width(spoke.property, 11) + 14 }, position: { x: sign * HUB, y: middle }, classes: "hub" };
    return [own, { data: sign > 0 ? { source: "middle", target: hub } : { source: hub, target: "middle" }, classes: sign > 0 ? "" : "arrow" }, ...leaves];
  });
}

function style(): cytoscape.StylesheetJson {
  const [fg, bg, muted, line, accent] = [colour("--fg", "#1a1a1a"), colour("--bg", "#fff"), colour("--muted", "#595959"), colour("--line", "#ccc"), colour("--accent", "#0b5cad")];
  const text = { color: fg, "font-family": "system-ui, sans-serif", "font-size": 13 };
  return [
    { selector: "node", style: { ...text, label: "data(label)", width: 10, height: 10, "background-color": accent, "text-valign": "center" } },
    { selector: ".right", style: { "text-halign": "right", "text-margin-x": 6 } },
    { selector: ".left", style: { "text-halign": "left", "text-margin-x": -6 } },
    { selector: ".rest", style: { "background-color": line, color: muted } },
    { selector: ".hub", style: { color: muted, "font-size": 11, shape: "round-rectangle", width: "data(width)", height: 20, "background-color": bg, "border-width": 1, "border-color": line } as cytoscape.Css.Node },
    { selector: "#middle", style: { color: bg, "background-color": accent, shape: "round-rectangle", width: "data(width)", height: 34, "font-weight": "bold" } as cytoscape.Css.Node },
    { selector: "edge", style: { width: 1, "line-color": line, "curve-style": "straight", "target-arrow-color": line, "target-arrow-shape": "triangle", "arrow-scale": 0.7 } },
  ] as cytoscape.StylesheetJson;
}

function draw(place: HTMLElement, name: string, spokes: Spoke[], told: string, go: (iri: string) => void): void {
  if (!document.getElementById(CYTOSCAPE_STYLES)) document.head.append(make("meta", { id: CYTOSCAPE_STYLES }));
  drawn?.destroy();
  const canvas = make("div", { class: "graph", role: "img", "aria-label": told });
  place.replaceChildren(canvas);
  drawn = cytoscape({
    container: canvas,
    elements: [
      { data: { id: "middle", label: short(name, 28), width: width(short(name, 28), 14) + 24 }, position: { x: 0, y: 0 } },
      ...side(spokes.filter(({ inwards }) => !inwards), 1),
      ...side(spokes.filter(({ inwards }) => inwards), -1),
    ],
    style: style(),
    layout: { name: "preset", fit: true, padding: 16, animate: false },
    userZoomingEnabled: false, // wheel and finger scroll the page
    userPanningEnabled: false,
    autoungrabify: true,
    maxZoom: 1.2,
  });
  drawn.on("tap", "node[iri]", (event) => {
    const iri = (event.target as cytoscape.NodeSingular).data("iri") as string;
    if (iri) go(iri);
  });
}

offer("graph", { draw });
