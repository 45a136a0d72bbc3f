export { messagesToObject } from "./messages-to-object.js";
export type { MessagesToObject, MessagesToObjectOptions } from "./messages-to-object.js";
export { object, objectReply } from "./object.js";
export type { ObjectReply } from "./object.js";
export type { DeepPartial, ObjectPart, ObjectPartial, WholeObject } from "./object-part.js";
export { partialOf } from "./partial-of.js";
