// Elements made from words: whatever comes from data enters a page as text or as an attribute, never as markup.

type Child = Node | string | null | undefined | false;
type Value = string | number | boolean | null | undefined | ((event: Event) => void);

/** An element with its attributes, listeners (``onclick: …``) and children. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, Value> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.filter((child): child is Node | string => child !== null && child !== undefined && child !== false));
  return element;
}

/** A button that does something. */
export function button(words: string, act: () => void, attributes: Record<string, Value> = {}): HTMLButtonElement {
  return make("button", { type: "button", onclick: act, ...attributes }, words);
}

/** A link; an address that is none of the web stays text. */
export function link(address: string, words: string, attributes: Record<string, Value> = {}): HTMLElement {
  const scheme = /^\s*([a-z][a-z0-9+.-]*):/i.exec(address)?.[1]?.toLowerCase();
  if (scheme && !["http", "https", "mailto", "file", "blob"].includes(scheme)) return make("span", {}, words);
  const outside = scheme === "http" || scheme === "https";
  return make("a", { href: address, rel: outside ? "noopener" : null, ...attributes }, words);
}

/** A line that is read out whenever its words change. */
export function status(attributes: Record<string, Value> = {}): HTMLElement {
  return make("p", { role: "status", class: "status", ...attributes });
}

/** Put a text into the hands of the reader as a file. */
export function download(name: string, content: string | Blob, type = "text/csv;charset=utf-8"): void {
  const address = URL.createObjectURL(typeof content === "string" ? new Blob([content], { type }) : content);
  const anchor = make("a", { href: address, download: name, hidden: true });
  document.body.append(anchor);
  anchor.click();
  anchor.remove();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

/** The JSON that stands in the page under an id; null where there is none. */
export function embedded<T>(id: string): T | null {
  const text = document.getElementById(id)?.textContent;
  return text ? (JSON.parse(text) as T) : null;
}

/** What an error says, in one line. */
export function told(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The value of a variable of the style sheet. */
export function colour(name: string, otherwise: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim() || otherwise;
}

let count = 0;
/** An id that nothing else in the page has. */
export function fresh(stem: string): string {
  count += 1;
  return `${stem}-${count}`;
}

/** Copy a text, or, where the browser does not let us, show it selected. */
export async function copied(text: string, beside: HTMLElement): Promise<string> {
  try {
    await navigator.clipboard.writeText(text);
    return "The link is copied.";
  } catch {
    const field = make("input", { readonly: true, value: text, "aria-label": "The link", class: "link-field" });
    beside.after(field);
    field.select();
    return "The link is selected: copy it from here.";
  }
}
