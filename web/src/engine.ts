// The life of the worker: started when first needed, stopped when a query runs too long, started anew after that and after any fault.
import type { Answer } from "./answer";
import { need } from "./load";
import { form, namesGraphs, refusal } from "./sparql";
import type { Ask, Reply, Start } from "./worker";

export const LIMIT = 5_000; // milliseconds for a query

export class Stopped extends Error {}

interface Running {
  worker: Worker;
  took: number;
}

export class Engine {
  private running: Promise<Running> | undefined;
  private queue: Promise<unknown> = Promise.resolve();
  private abort: ((why: string) => void) | undefined;

  /** ``say`` is told in words what the engine does. */
  constructor(private readonly say: (words: string) => void) {}

  /** Start the engine, unless it runs. Rejects in plain words where it cannot. */
  start(): Promise<Running> {
    this.running ??= this.started();
    this.running.catch(() => (this.running = undefined));
    return this.running;
  }

  /** The answer of a query. Rejects with Stopped where it was stopped, and with the words of the engine where it cannot be run. */
  query(text: string): Promise<Answer> {
    const turn = this.queue.then(() => this.put(text));
    this.queue = turn.catch(() => undefined);
    return turn;
  }

  /** Stop what runs. */
  stop(): void {
    this.abort?.("Stopped.");
  }

  private async started(): Promise<Running> {
    this.say("The engine is loading …");
    const [{ worker: source, wasm }, dataset] = await Promise.all([need("engine"), need("dataset")]);
    this.say("The engine is starting …");
    const before = performance.now();
    const address = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    const worker = new Worker(address);
    URL.revokeObjectURL(address);
    const reply = await exchange(worker, { wasm, dataset } satisfies Start);
    if (reply.kind !== "ready") throw new Error(`The engine does not start: ${reply.kind === "error" ? reply.words : "it says nothing"}.`);
    const took = Math.round(performance.now() - before);
    this.say(`The engine is ready: ${reply.size.toLocaleString("en")} statements in ${took} ms.`);
    return { worker, took };
  }

  private async put(text: string): Promise<Answer> {
    const refused = refusal(text);
    if (refused) throw new Error(refused);
    const { worker } = await this.start();
    this.say("The query is running …");
    const before = performance.now();
    const cut = new Promise<never>((_, reject) => {
      this.abort = (why) => reject(new Stopped(why));
    });
    const timer = setTimeout(() => this.abort?.(`The query was stopped after ${LIMIT / 1000} seconds: make it narrower, or add LIMIT.`), LIMIT);
    try {
      const reply = await Promise.race([exchange(worker, { query: text, form: form(text), union: !namesGraphs(text) } satisfies Ask), cut]);
      if (reply.kind === "answer") return { ...reply.answer, ms: Math.round(performance.now() - before) };
      if (reply.kind === "error" && reply.trap) this.restart(worker);
      throw new Error(reply.kind === "error" ? plain(reply.words) : "The engine said nothing.");
    } catch (error) {
      if (error instanceof Stopped) this.restart(worker);
      throw error;
    } finally {
      clearTimeout(timer);
      this.abort = undefined;
    }
  }

  private restart(worker: Worker): void {
    worker.terminate();
    this.running = undefined;
    this.start().catch(() => undefined); // the next query tells what is wrong
  }
}

function exchange(worker: Worker, message: Start | Ask): Promise<Reply> {
  return new Promise((resolve) => {
    worker.onmessage = ({ data }: MessageEvent<Reply>) => resolve(data);
    worker.onerror = (event) => {
      event.preventDefault();
      resolve({ kind: "error", words: event.message || "the worker failed", trap: true });
    };
    worker.postMessage(message);
  });
}

function plain(words: string): string {
  const place = /^error at (\d+):(\d+)(?::\s*)?(.*)/s.exec(words);
  if (place) return `The query cannot be read at line ${place[1]}, column ${place[2]}: ${place[3]}`;
  if (/service/i.test(words)) return "The query asks another server by SERVICE, which a page does not do: use exograph sparql --federate.";
  if (/memory|unreachable|stack|recursion/i.test(words)) return "The query needs more memory than the page has: make it narrower, or add LIMIT.";
  return `The query cannot be run: ${words}`;
}
