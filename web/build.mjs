// Writes the scripts of the pages to exograph/assets; the same sources and lock file give the same bytes.
import { readFile, writeFile, readdir, mkdir } from "node:fs/promises";
import { build } from "esbuild";
import { gzipSync } from "fflate"; // and not node:zlib, whose bytes differ from machine to machine

const target = new URL("../exograph/assets/", import.meta.url);
const common = {
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2022",
  charset: "utf8",
  legalComments: "none", // LICENSES.txt holds them all
  loader: { ".rq": "text" },
  define: { "process.env.NODE_ENV": '"production"', "import.meta.url": '""' },
  metafile: true,
  write: false,
  logLevel: "warning",
};
const FIRST = ["search", "compare", "ask", "explore"];
const ON_DEMAND = ["editor", "chart", "graph"];

/** The text of a bundle, and the packages that went into it. */
async function bundle(entry, more = {}) {
  const made = await build({ ...common, entryPoints: [new URL(`src/${entry}.ts`, import.meta.url).pathname], ...more });
  for (const input of Object.keys(made.metafile.inputs)) {
    const found = /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input);
    if (found) packages.add(found[1]);
  }
  return made.outputFiles[0].text;
}

const here = (path) => new URL(path, import.meta.url);
const packed = (bytes) => Buffer.from(gzipSync(bytes, { level: 9, mtime: 0 })).toString("base64");

/** The licence of a package: the file that it brings along, or, where it brings none, ours in licences/. */
async function licence(name) {
  const about = JSON.parse(await readFile(here(`node_modules/${name}/package.json`), "utf8"));
  const files = await readdir(here(`node_modules/${name}`));
  const file = files.find((one) => /^licen[cs]e/i.test(one));
  const place = file ? here(`node_modules/${name}/${file}`) : here(`licences/${name.replace("/", "__")}.txt`);
  const text = (await readFile(place, "utf8")).replaceAll("\r\n", "\n").trim();
  const told = typeof about.license === "string" ? about.license : about.license?.type;
  return `${name} ${about.version} (${told})\n\n${text}\n`;
}

const packages = new Set();
await mkdir(target, { recursive: true });
for (const name of [...FIRST, ...ON_DEMAND]) await writeFile(new URL(`${name}.js`, target), await bundle(name));
const worker = await bundle("worker");
const wasm = packed(await readFile(here("node_modules/oxigraph/web_bg.wasm")));
await writeFile(new URL("engine.js", target), `exograph.engine(${JSON.stringify({ worker, wasm })});\n`);
const styles = await build({ bundle: true, minify: true, write: false, entryPoints: [here("src/interactive.css").pathname] });
await writeFile(new URL("interactive.css", target), styles.outputFiles[0].text);
const licences = await Promise.all([...packages].sort().map(licence));
const line = `\n${"-".repeat(78)}\n\n`;
await writeFile(new URL("LICENSES.txt", target), `The scripts beside this file hold parts of these packages.\n${line}${licences.join(line)}`);
