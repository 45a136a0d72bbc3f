/** Languages by their tags. */
import { z } from "zod";

/** A property that is a language tag (BCP 47). */
export const language = z.string().max(64).refine((tag) => {
  try {
    return Intl.getCanonicalLocales(tag).length === 1;
  } catch {
    return false;
  }
}, "expected a language tag such as en or pt-BR");
