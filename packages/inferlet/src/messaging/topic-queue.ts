/** The queue of one topic. */
import { StageError } from "@iftk/core";

interface Waiting<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}

interface Pushed<Message> extends Waiting<void> {
  readonly message: Message;
}

/** Pushes that may wait for room at once; one more is refused. */
const mostWaiting = 1024;

/** Holds messages up to its size, then those who push them; or those who pull, when it is empty. */
export class TopicQueue<Message> {
  readonly #topic: string;
  readonly #size: number;
  readonly #isRefusing: boolean;
  readonly #messages: Message[] = [];
  readonly #pushes = new Set<Pushed<Message>>();
  readonly #pulls = new Set<Waiting<Message>>();

  constructor(topic: string, size: number, isRefusing: boolean) {
    this.#topic = topic;
    this.#size = size;
    this.#isRefusing = isRefusing;
  }

  /** Whether nothing is kept and nobody waits. */
  get isIdle(): boolean {
    return this.#messages.length === 0 && this.#pulls.size === 0 && this.#pushes.size === 0;
  }

  push(message: Message, signal: AbortSignal | undefined): Promise<void> {
    const pull = first(this.#pulls);
    if (pull) pull.resolve(message);
    else if (this.#messages.length < this.#size) this.#messages.push(message);
    else if (this.#isRefusing || this.#pushes.size >= mostWaiting) {
      const held = this.#isRefusing ? `${this.#size} messages` : `${this.#size} messages and ${mostWaiting} pushes`;
      return Promise.reject(new StageError("resource_exhausted", `messaging: ${held} wait in ${this.#topic}; pull them first`));
    } else return wait(this.#pushes, signal, (settle: Waiting<void>) => ({ ...settle, message }));
    return Promise.resolve();
  }

  pull(signal: AbortSignal | undefined): Promise<Message> {
    if (this.#messages.length === 0) return wait(this.#pulls, signal, (settle: Waiting<Message>) => settle);
    const message = this.#messages.shift() as Message;
    const pushed = first(this.#pushes);
    if (pushed) {
      this.#messages.push(pushed.message);
      pushed.resolve();
    }
    return Promise.resolve(message);
  }

  /** Drops the messages and refuses all who wait. */
  close(error: StageError): void {
    this.#messages.length = 0;
    for (const { reject } of [...this.#pushes, ...this.#pulls]) reject(error);
  }
}

function first<T>(of: ReadonlySet<T>): T | undefined {
  for (const one of of) return one;
  return undefined;
}

/** Waits among others until it is settled, or its signal fires. */
function wait<T, Entry extends Waiting<T>>(among: Set<Entry>, signal: AbortSignal | undefined, entryOf: (settle: Waiting<T>) => Entry): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const leave = (): void => {
      among.delete(entry);
      signal?.removeEventListener("abort", onAbort);
    };
    const onAbort = (): void => entry.reject(signal?.reason);
    const entry: Entry = entryOf({
      resolve: (value) => {
        leave();
        resolve(value);
      },
      reject: (error) => {
        leave();
        reject(error);
      },
    });
    signal?.addEventListener("abort", onAbort, { once: true });
    among.add(entry);
  });
}
