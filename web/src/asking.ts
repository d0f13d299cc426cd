// What a link to the page of questions carries: a question with its parameters, or a query.

export interface Asked {
  question: string | null;
  values: Record<string, string>;
  query: string | null;
}

/** What an address asks, by its fragment or, where it has none, by its query part. */
export function asked(place: { hash: string; search: string }): Asked {
  const from = new URLSearchParams(place.hash.length > 1 && place.hash.includes("=") ? place.hash.slice(1) : place.search);
  const { question = null, query = null, ...values } = Object.fromEntries(from);
  return { question, query, values };
}

/** The fragment that carries it. */
export function fragment({ question, values, query }: Asked): string {
  return `#${new URLSearchParams(query === null ? { ...(question === null ? {} : { question }), ...values } : { query })}`;
}
