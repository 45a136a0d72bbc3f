/** What the options of every stage have in common. */
import { z } from "zod";

/** The fields by which options name a model; the API is the only one there is. */
export const modelFields = <Api extends string>(api: Api) => ({ model: z.string().min(1), api: z.literal(api).optional(), raw: z.record(z.string(), z.unknown()).optional() });
