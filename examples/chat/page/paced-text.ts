/** Text that is revealed frame by frame, so that a fast model reads as calmly as a slow one. */

/** The share of what waits that is shown in one frame: half a second empties any backlog. */
const sharePerFrame = 1 / 7;
const leastPerFrame = 2;

/**
 * Appends text to an element, once per animation frame.
 *
 * Only text nodes are ever made: nothing in the text can become markup. What was shown before is
 * not touched again, so a reply costs as much as it is long.
 */
export class PacedText {
  readonly #element: Element;
  readonly #onShown: () => void;
  #waiting = "";
  #shown = "";
  #frame: number | undefined;
  #settle: (() => void)[] = [];

  constructor(element: Element, onShown: () => void) {
    this.#element = element;
    this.#onShown = onShown;
  }

  /** The text shown so far. */
  get shown(): string {
    return this.#shown;
  }

  append(text: string): void {
    this.#waiting += text;
    if (document.hidden) this.flush();
    else this.#frame ??= requestAnimationFrame(this.#reveal);
  }

  /** Shows at once what still waits. */
  flush(): void {
    this.#show(this.#waiting.length);
    this.#rest();
  }

  /** Forgets what still waits; what is shown stays. */
  cut(): void {
    this.#waiting = "";
    this.#rest();
  }

  /** Resolves when nothing waits any more. */
  settled(): Promise<void> {
    if (!this.#waiting) return Promise.resolve();
    return new Promise((resolve) => void this.#settle.push(resolve));
  }

  readonly #reveal = (): void => {
    this.#frame = undefined;
    this.#show(Math.max(leastPerFrame, Math.ceil(this.#waiting.length * sharePerFrame)));
    if (this.#waiting) this.#frame = requestAnimationFrame(this.#reveal);
    else this.#rest();
  };

  #show(length: number): void {
    const end = isHighSurrogate(this.#waiting.charCodeAt(length - 1)) ? length + 1 : length;
    const text = this.#waiting.slice(0, end);
    if (!text) return;
    this.#waiting = this.#waiting.slice(end);
    this.#shown += text;
    this.#element.append(text);
    this.#onShown();
  }

  #rest(): void {
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
    this.#frame = undefined;
    this.#element.normalize();
    for (const resolve of this.#settle.splice(0)) resolve();
  }
}

const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff;
