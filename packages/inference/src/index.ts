export { chatRequest, message, role } from "./chat.js";
export type { ChatRequest, Finish, FinishReason, Message, Part, ReasoningDelta, Role, TextDelta, Usage, Warning } from "./chat.js";
export { invalidArgument, parseChatRequest } from "./chat-request.js";
export { reply, text } from "./text.js";
export type { Reply } from "./text.js";
