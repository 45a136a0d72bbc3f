/** The stages that are served to the other end of a port, by name. */
import { deaf, deafLetters, join, letters, shout, words } from "./words.js";

export const served = { shout, letters, join, words, deaf, deafLetters };
