/** Texts into tokens and back. */
import { type BackendCheck, demand, demandRefusal, demandSame } from "./backend-trial.js";

const texts = ["Hello, world!", "  two  spaces\n\nand\tlines\r\n", "naïve 日本語 👩‍👩‍👧 ½", "a\0b", "x".repeat(300), "12345 + 67890 = 80235", "it's ISN'T we'll", "\ud800 alone"];

const roundTrip: BackendCheck = {
  sentence: "the bytes of the tokens of a text make up the text",
  async holds({ backend }) {
    for (const text of texts) {
      for (const special of [false, true]) {
        const bytes = [...backend.tokenize(text, { special })].flatMap((token) => [...backend.tokenBytes(token, { special: true })]);
        demandSame(new TextDecoder().decode(Uint8Array.from(bytes)), text.toWellFormed(), "the text");
      }
    }
    demandSame(backend.tokenize("").length, 0, "the number of tokens of an empty text");
  },
};

const control: BackendCheck = {
  sentence: "a control token in a text is one, and has bytes, only when that is asked for",
  hindrance: ({ backend }) => (backend.specialTokens.end === "" ? "it has no token that ends a turn" : undefined),
  async holds({ backend }) {
    const { end } = backend.specialTokens;
    const tokens = backend.tokenize(end, { special: true });
    const token = tokens[0] as number;
    demandSame(tokens.length, 1, `the number of tokens of ${end}`);
    demand(backend.isEndOfGeneration(token), `${end} to end a generation`, "it does not");
    demandSame(backend.tokenBytes(token).length, 0, `the bytes of ${end} as text`);
    demandSame(new TextDecoder().decode(backend.tokenBytes(token, { special: true })), end, "its text");
    demand(!backend.tokenize(end).includes(token), `${end} to be plain text unless control tokens are asked for`, "it became the control token");
  },
};

const foreign: BackendCheck = {
  sentence: "what is no token is refused",
  async holds({ backend }) {
    for (const token of [-1, backend.vocabularySize, 1.5, NaN]) {
      await demandRefusal(() => backend.tokenBytes(token), "invalid_argument", `the bytes of ${token}`);
      await demandRefusal(() => backend.isEndOfGeneration(token), "invalid_argument", `whether ${token} ends a generation`);
    }
  },
};

export const checksOfTokens: readonly BackendCheck[] = [roundTrip, control, foreign];
