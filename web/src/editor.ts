// The editor of queries: CodeMirror with SPARQL, and completion by what things are called.
import { autocompletion, type Completion, type CompletionContext, type CompletionResult, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { bracketMatching, HighlightStyle, syntaxHighlighting, syntaxTree } from "@codemirror/language";
import { EditorState, Prec } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers, tooltips } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { sparql } from "codemirror-lang-sparql";
import { offer } from "./load";

export interface Entry {
  curie: string;
  label: string;
  kind: string;
}
export interface Writing {
  text(): string;
  set(text: string): void;
  focus(): void;
}
export interface Editor {
  /** An editor in a place; ``run`` is told of Ctrl-Enter, ``entries`` are the terms to complete by label. */
  open(place: HTMLElement, text: string, label: string, entries: Entry[], run: () => void): Writing;
}

const SHOWN = 40; // completions
const WORDS = 5; // of a label, before the cursor

const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword], color: "var(--accent)", fontWeight: "600" },
  { tag: [tags.string, tags.number, tags.bool], color: "var(--good)" },
  { tag: tags.variableName, color: "var(--bad)" },
  { tag: tags.comment, color: "var(--muted)", fontStyle: "italic" },
]);
const theme = EditorView.theme({
  "&": { color: "var(--fg)", backgroundColor: "var(--bg)", border: "1px solid var(--line)", borderRadius: "6px", fontSize: "14px" },
  "&.cm-focused": { outline: "2px solid var(--accent)", outlineOffset: "1px" },
  ".cm-content": { fontFamily: "ui-monospace, monospace", minHeight: "12em", caretColor: "var(--fg)" },
  ".cm-scroller": { maxHeight: "60vh", overflow: "auto" },
  ".cm-gutters": { backgroundColor: "transparent", color: "var(--muted)", border: "0" },
  ".cm-activeLine": { backgroundColor: "color-mix(in srgb, var(--accent) 8%, transparent)" },
  ".cm-cursor": { borderLeftColor: "var(--fg)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "color-mix(in srgb, var(--accent) 25%, transparent)",
  },
  ".cm-tooltip": { backgroundColor: "var(--bg)", color: "var(--fg)", border: "1px solid var(--line)" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { backgroundColor: "var(--accent)", color: "var(--bg)" },
});

/** Where the last words of a text begin, the longest run of them first, as a label may have several. */
function starts(text: string): number[] {
  return [...text.matchAll(/(?<![\p{L}\d_-])[\p{L}\d_-]/gu)].map(({ index }) => index).slice(-WORDS);
}

function completions(entries: Entry[]): (context: CompletionContext) => CompletionResult | null {
  const options: Completion[] = entries.map(({ curie, label, kind }) => ({ label, detail: `${kind} ${curie}`, apply: curie, boost: /^exog:/.test(curie) ? 500 : 0 }));
  return (context) => {
    const words = context.matchBefore(/[\p{L}\d_ -]+/u);
    const last = context.matchBefore(/[?$:<@"\p{L}][\p{L}\d_-]*/u);
    if (!words || !last || /^[?$:<@"]/.test(last.text) || (last.text.length < 3 && words.text.trim() === last.text && !context.explicit)) return null;
    if (syntaxTree(context.state).resolveInner(context.pos, -1).name.includes("omment")) return null;
    for (const at of starts(words.text)) {
      const wanted = words.text.slice(at).toLowerCase();
      if (wanted.length < 3 && !context.explicit) break;
      const found = options.filter(({ label }) => label.toLowerCase().includes(wanted));
      const place = ({ label, boost = 0 }: Completion): number => label.length + (label.toLowerCase().startsWith(wanted) ? 0 : 1000) - boost;
      if (found.length) return { from: words.from + at, options: found.sort((a, b) => place(a) - place(b)).slice(0, SHOWN), filter: false };
    }
    return null;
  };
}

// Where a selection is typed over, Chromium would keep its look by an inline style, which the policy of the page forbids and reports.
const typedOver = EditorView.domEventHandlers({
  beforeinput(event, view) {
    if (event.inputType !== "insertText" || !event.data || view.state.selection.main.empty || view.composing) return false;
    event.preventDefault();
    view.dispatch(view.state.update(view.state.replaceSelection(event.data), { userEvent: "input.type", scrollIntoView: true }));
    return true;
  },
});

function open(place: HTMLElement, text: string, label: string, entries: Entry[], run: () => void): Writing {
  // the styles of CodeMirror may enter a shadow root as objects; in the page they would be inline, which its policy forbids
  const root = place.shadowRoot ?? place.attachShadow({ mode: "open" });
  const inner = document.createElement("div");
  root.replaceChildren(inner);
  const go = { key: "Mod-Enter", run: () => (run(), true) };
  const view = new EditorView({
    root,
    parent: inner,
    state: EditorState.create({
      doc: text,
      extensions: [
        lineNumbers(), history(), drawSelection(), bracketMatching(), highlightActiveLine(), EditorView.lineWrapping, sparql(), theme,
        syntaxHighlighting(colours), typedOver, autocompletion({ override: [completions(entries)], icons: false }), tooltips({ parent: inner }),
        EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0", autocapitalize: "off" }),
        Prec.highest(keymap.of([go])), keymap.of([...completionKeymap, ...defaultKeymap, ...historyKeymap]),
      ],
    }),
  });
  return {
    text: () => view.state.doc.toString(),
    set: (words) => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: words } }),
    focus: () => view.focus(),
  };
}

offer("editor", { open });
