// A field with a list of suggestions, by the pattern of the ARIA practices: focus stays in the field, arrows choose, Enter takes.
import { fresh, make } from "./dom";

export interface Choice {
  label: string;
  hint: string;
}
export interface Combobox {
  element: HTMLElement;
  field: HTMLInputElement;
}

/** ``find`` gives the suggestions for what is written, ``take`` is told which one is chosen. */
export function combobox<C extends Choice>(label: string, find: (written: string) => Promise<C[]>, take: (choice: C) => void): Combobox {
  const [id, name] = [fresh("list"), fresh("field")];
  const list = make("ul", { id, role: "listbox", "aria-label": "Suggestions", hidden: true });
  const field = make("input", {
    id: name, type: "search", role: "combobox", autocomplete: "off", spellcheck: "false", placeholder: label,
    "aria-label": label, "aria-expanded": "false", "aria-controls": id, "aria-autocomplete": "list",
  });
  const said = make("span", { class: "away", role: "status" });
  let choices: C[] = [];
  let active = -1;
  let turn = 0;

  function close(): void {
    list.hidden = true;
    active = -1;
    field.setAttribute("aria-expanded", "false");
    field.removeAttribute("aria-activedescendant");
  }
  function point(at: number): void {
    active = (at + choices.length) % choices.length;
    for (const [index, option] of [...list.children].entries()) {
      option.setAttribute("aria-selected", String(index === active));
      if (index !== active) continue;
      field.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    }
  }
  function choose(at: number): void {
    const choice = choices[at];
    close();
    if (choice) take(choice);
  }
  function show(): void {
    list.replaceChildren(
      ...choices.map((choice, at) => {
        const option = make("li", { id: `${id}-${at}`, role: "option", "aria-selected": "false" }, make("span", {}, choice.label), " ", make("small", {}, choice.hint));
        option.addEventListener("pointerdown", (event) => event.preventDefault()); // the field keeps the focus
        option.addEventListener("click", () => choose(at));
        return option;
      }),
    );
    list.hidden = choices.length === 0;
    field.setAttribute("aria-expanded", String(choices.length > 0));
  }
  async function look(): Promise<void> {
    const mine = ++turn;
    active = -1;
    field.removeAttribute("aria-activedescendant");
    const written = field.value.trim();
    try {
      const found = written ? await find(written) : [];
      if (mine !== turn) return;
      choices = found;
      show();
      said.textContent = written ? (found.length ? `${found.length} suggestions` : "Nothing is called so.") : "";
    } catch (error) {
      said.textContent = error instanceof Error ? error.message : String(error);
    }
  }
  async function enter(): Promise<void> {
    if (list.hidden) await look();
    choose(Math.max(active, 0));
  }
  field.addEventListener("input", () => void look());
  field.addEventListener("blur", close);
  field.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Enter") void enter();
    else if (event.key === "Escape" && !list.hidden) close();
    else if (event.key === "ArrowDown" && list.hidden) void look();
    else if (event.key === "ArrowDown") point(active + 1);
    else if (event.key === "ArrowUp" && !list.hidden) point(active < 0 ? choices.length - 1 : active - 1);
    else return;
    event.preventDefault();
  });
  return { element: make("div", { class: "combobox" }, field, list, said), field };
}
