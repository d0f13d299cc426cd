// The form of a saved question: a field for each parameter, and the terms that its values stand for.
import { fresh, make } from "./dom";
import type { Parameter, Question } from "./load";
import type { Names } from "./names";
import { literal } from "./sparql";

const CHOOSE = 40; // options up to which a list to choose from is better than a field with suggestions
const FREE = "any";

export interface Form {
  element: HTMLFormElement;
  values: () => Record<string, string>;
}

/** ``values`` are CURIEs or texts by parameter; an empty one leaves the parameter free. */
export function form(question: Question, values: Record<string, string>, ask: () => void): Form {
  const fields = question.parameters.map((parameter) => field(parameter, values[parameter.name] ?? parameter.default ?? ""));
  const element = make("form", { class: "parameters" }, ...fields.map((one) => one.element), make("button", { type: "submit", class: "primary" }, "Ask"));
  element.addEventListener("submit", (event) => {
    event.preventDefault();
    ask();
  });
  return { element, values: () => Object.fromEntries(fields.map((one) => [one.name, one.value()])) };
}

interface Field {
  name: string;
  element: HTMLElement;
  value: () => string;
}

function field(parameter: Parameter, value: string): Field {
  const id = fresh("parameter");
  const label = make("label", { for: id }, parameter.about.charAt(0).toUpperCase() + parameter.about.slice(1));
  const many = parameter.options.length > CHOOSE || parameter.options.length === 0;
  const [control, read] = many ? written(id, parameter, value) : chosen(id, parameter, value);
  return { name: parameter.name, element: make("div", { class: "field" }, label, ...control), value: read };
}

function chosen(id: string, parameter: Parameter, value: string): [HTMLElement[], () => string] {
  const options = parameter.options.map(([curie, label]) => make("option", { value: curie, selected: curie === value }, label));
  const control = make("select", { id }, make("option", { value: "", selected: !value }, FREE), ...options);
  return [[control], () => control.value];
}

function written(id: string, parameter: Parameter, value: string): [HTMLElement[], () => string] {
  const labels = new Map<string, string>(); // what is written in the field, and the CURIE it stands for
  for (const [curie, label] of parameter.options) labels.set(labels.has(label) ? `${label} (${curie})` : label, curie);
  const known = [...labels].find(([, curie]) => curie === value)?.[0] ?? value;
  const list = make("datalist", { id: `${id}-list` }, ...[...labels.keys()].map((label) => make("option", { value: label })));
  const number = /:(integer|gYear|decimal)$/.test(parameter.type);
  const control = make("input", {
    id, value: known, list: labels.size ? `${id}-list` : null, inputmode: number ? "numeric" : null, placeholder: FREE, autocomplete: "off",
  });
  return [[control, list], () => labels.get(control.value.trim()) ?? control.value.trim()];
}

/** The terms, written for SPARQL, that the values of a question stand for. Throws in plain words for one that stands for nothing. */
export function terms(question: Question, values: Record<string, string>, names: Names): Record<string, string> {
  const given = question.parameters.flatMap((parameter) => {
    const value = values[parameter.name] ?? parameter.default ?? "";
    return value ? [[parameter.name, shortened(term(parameter, value, names), question, names)]] : [];
  });
  return Object.fromEntries(given) as Record<string, string>;
}

/** An IRI as a CURIE where the question declares its prefix. */
function shortened(written: string, { sparql }: Question, names: Names): string {
  const curie = written.startsWith("<") ? names.curie(written.slice(1, -1)) : "";
  return /^[\w-]+:\w[\w-]*$/.test(curie) && sparql.includes(`PREFIX ${curie.replace(/:.*/, ":")} `) ? curie : written;
}

function term(parameter: Parameter, value: string, names: Names): string {
  const kind = names.iri(parameter.type) ?? parameter.type;
  if (kind.startsWith("http://www.w3.org/2001/XMLSchema#")) {
    if (kind.endsWith("#integer") && !/^[+-]?\d+$/.test(value)) throw new Error(`“${value}” is no whole number: ${parameter.about}.`);
    return literal(value, kind);
  }
  const option = parameter.options.find(([curie, label]) => curie === value || label.toLowerCase() === value.toLowerCase());
  const iri = names.iri(option?.[0] ?? value) ?? (parameter.options.length ? null : names.called(value));
  if (!iri) throw new Error(`Nothing is called “${value}”: choose ${parameter.about} from the list.`);
  return `<${iri}>`;
}

/** The columns of the answer: those of the question, after them none but the freed parameters. */
export function wanted(question: Question, values: Record<string, string>): string[] {
  const named = Object.keys(question.columns);
  const freed = question.parameters.filter(({ name, default: preset }) => preset && (values[name] ?? preset) === "" && !named.includes(name));
  return [...freed.map(({ name }) => name), ...named];
}
