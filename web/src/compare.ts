// Comparison pages: the matrix narrowed and ordered as the reader likes, its cells opened, its picture drawn.
import { type Choice, read, write } from "./choice";
import { Claims } from "./claims";
import { button, copied, download, embedded, make, status, told } from "./dom";
import { heatmap } from "./heatmap";
import { need } from "./load";
import { type Data, Matrix } from "./matrix";
import { toolbar } from "./toolbar";

const [data, table, tools] = [embedded<Data>("matrix-data"), document.querySelector<HTMLTableElement>("#matrix"), document.getElementById("matrix-tools")];

function start(matrix: Matrix, place: HTMLElement): void {
  const said = status();
  const picture = make("div", { class: "picture" });
  const claims = new Claims();
  let choice = read(location.hash);
  const draw = button("Picture", () => void drawn(matrix, choice, picture).catch((error) => (said.textContent = told(error))), { "aria-expanded": "false" });
  const share = button("Copy link", async () => (said.textContent = await copied(location.href, said)));
  const show = toolbar(matrix, place, [draw, share], (wish) => {
    history.replaceState(null, "", write(wish) || location.pathname + location.search);
    apply(wish);
  });

  function apply(wish: Choice): void {
    choice = wish;
    matrix.show(wish);
    show(wish);
    const [rows, columns] = [matrix.rows(wish).length, matrix.columns(wish).length];
    said.textContent = `${rows} of ${matrix.data.members.length} rows, ${columns} of ${matrix.data.criteria.length} criteria${rows ? "" : ": nothing fits all filters"}.`;
    if (picture.hasChildNodes()) void drawn(matrix, choice, picture);
  }

  place.append(said, picture);
  apply(choice);
  addEventListener("hashchange", () => location.hash.includes("=") && apply(read(location.hash)));
  matrix.table.addEventListener("click", (event) => {
    const cell = event.target instanceof Element ? event.target.closest<HTMLAnchorElement>("a.cell") : null;
    if (!cell || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const at = cell.closest("td")?.dataset ?? {};
    const named = (list: { id: string; label: string }[], id: string | undefined): string => list.find((one) => one.id === id)?.label ?? "";
    const title = `${named(matrix.data.members, at["member"])}: ${named(matrix.data.criteria, at["criterion"])}`;
    if (claims.show(cell.hash.slice(1), title)) event.preventDefault();
  });
}

async function drawn(matrix: Matrix, choice: Choice, place: HTMLElement): Promise<void> {
  const chart = await need("chart");
  const [rows, columns] = [matrix.rows(choice), matrix.columns(choice)];
  if (!rows.length || !columns.length) return place.replaceChildren();
  const words = `Picture of the comparison: ${rows.length} rows by ${columns.length} criteria. The table below holds the same.`;
  await chart.draw(place, heatmap(matrix, rows, columns), words);
  const save = (kind: "png" | "svg"): HTMLElement =>
    button(kind.toUpperCase(), async () => download(`${matrix.data.topic}.${kind}`, await chart.file(place, kind)), { "aria-label": `Download the picture as ${kind.toUpperCase()}` });
  place.append(make("p", { class: "actions" }, save("png"), save("svg"), button("Close the picture", () => place.replaceChildren())));
}

if (data && table && tools) start(new Matrix(data, table), tools);
