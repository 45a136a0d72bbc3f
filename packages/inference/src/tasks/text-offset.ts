/** Places in a text. */
import { z } from "zod";

/** An index into a text, counted in UTF-16 code units as the indices of a string are; caikit counts code points, which differ where a text has characters beyond U+FFFF. */
export const textOffset = z.int().nonnegative().describe("Counted in UTF-16 code units from the beginning of the whole text.");
