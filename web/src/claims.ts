// The claims of a cell in a dialog, taken from the section of the page that lists them.
import { button, make } from "./dom";

/** A dialog that shows sections of the page; the browser gives the focus back when it closes. */
export class Claims {
  private readonly head = make("h2", { id: "claims-head" });
  private readonly body = make("div");
  private readonly dialog = make("dialog", { class: "claims-dialog", "aria-labelledby": "claims-head" });

  constructor() {
    const close = button("Close", () => this.dialog.close());
    this.dialog.append(make("div", { class: "dialog-head" }, this.head, close), this.body);
    this.dialog.addEventListener("click", (event) => {
      if (event.target === this.dialog) this.dialog.close(); // the backdrop
    });
    document.body.append(this.dialog);
  }

  /** Show the section under an id; false where the page has none. */
  show(id: string, title: string): boolean {
    const list = document.getElementById(id)?.querySelector("ul");
    if (!list) return false;
    this.head.textContent = title;
    this.body.replaceChildren(list.cloneNode(true));
    this.dialog.showModal();
    return true;
  }
}
