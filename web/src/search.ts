// The search box in the head of every page.
import { combobox } from "./combobox";
import { find, type Found, ready } from "./finder";
import { root } from "./load";

const box = document.getElementById("search-box");
if (box) {
  const { element, field } = combobox<Found>("Search", find, ({ entry }) => location.assign(root + entry[0]));
  field.addEventListener("focus", () => void ready(), { once: true });
  box.setAttribute("role", "search");
  box.replaceChildren(element);
  box.hidden = false;
}
