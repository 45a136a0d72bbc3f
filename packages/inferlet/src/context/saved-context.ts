/** Contexts as bytes. */
import { StageError } from "@iftk/core";
import type { Model } from "../model/model.js";
import type { ConversationState } from "./conversation.js";

/** What is written down of a context. */
export interface SavedContext {
  readonly tokens: readonly number[];
  readonly conversation: ConversationState;
  /** What the backend gave for the sequence; empty where nothing is computed. */
  readonly state: Uint8Array;
}

const magic = "IFTKCTX1";
const checksumBytes = 32;
const headStart = magic.length + checksumBytes + 4;

/** The bytes: a mark, a checksum and the length of a head, the head as JSON, and the state. */
export async function writeSavedContext({ name }: Model, { tokens, conversation, state }: SavedContext): Promise<Uint8Array> {
  const head = new TextEncoder().encode(JSON.stringify({ model: name, tokens, conversation, stateBytes: state.length }));
  const bytes = new Uint8Array(headStart + head.length + state.length);
  bytes.set(new TextEncoder().encode(magic));
  bytes.set(await checksumOf(head), magic.length);
  new DataView(bytes.buffer).setUint32(headStart - 4, head.length, true);
  bytes.set(head, headStart);
  bytes.set(state, headStart + head.length);
  return bytes;
}

/**
 * What was written down, checked; the state is checked by the backend that takes it. The checksum tells damage, not who made the bytes.
 *
 * @throws StageError `invalid_argument`, reason `state`, for bytes that are damaged or of another model.
 */
export async function readSavedContext({ name, tokenizer }: Model, bytes: Uint8Array): Promise<SavedContext> {
  if (bytes.length < headStart || new TextDecoder().decode(bytes.subarray(0, magic.length)) !== magic) throw refusal("it is no saved context");
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(headStart - 4, true);
  if (headStart + length > bytes.length) throw refusal("it is cut short");
  const written = bytes.slice(headStart, headStart + length);
  const checksum = await checksumOf(written);
  if (!checksum.every((byte, index) => byte === bytes[magic.length + index])) throw refusal("it is damaged");
  let head: { model?: unknown; tokens?: unknown; conversation?: unknown; stateBytes?: unknown };
  try {
    head = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(written)) as typeof head;
  } catch {
    throw refusal("it is damaged");
  }
  if (head?.model !== name) throw refusal(`it is of the model ${JSON.stringify(head?.model)}, not of ${JSON.stringify(name)}`);
  const { tokens, conversation } = head;
  const state = bytes.subarray(headStart + length);
  if (head.stateBytes !== state.length) throw refusal("it is cut short");
  if (!Array.isArray(tokens) || !tokens.every((token) => tokenizer.has(token)) || !isConversation(conversation, tokens.length)) throw refusal("it is damaged");
  return { tokens, conversation, state };
}

const roles: readonly unknown[] = ["system", "user", "assistant", "tool"];

function isConversation(value: unknown, length: number): value is ConversationState {
  if (!isObject(value)) return false;
  const { told, tools, replyStart, cue } = value;
  const isPlace = (place: unknown): boolean => Number.isInteger(place) && (place as number) >= 0 && (place as number) <= length;
  const isCall = (call: unknown): boolean => isObject(call) && typeof call.id === "string" && typeof call.name === "string" && isObject(call.arguments);
  const isText = (text: unknown): boolean => text === undefined || typeof text === "string";
  const isTurn = (turn: unknown): boolean =>
    isObject(turn) && roles.includes(turn.role) && typeof turn.content === "string" && isText(turn.name) && isText(turn.toolCallId) && (turn.toolCalls === undefined || (Array.isArray(turn.toolCalls) && turn.toolCalls.every(isCall)));
  const isTool = (tool: unknown): boolean => isObject(tool) && typeof tool.name === "string" && isText(tool.description) && isObject(tool.parameters);
  return (
    Array.isArray(told) && told.every((one) => isObject(one) && isPlace(one.end) && (one.start === undefined || isPlace(one.start)) && isTurn(one.turn)) && Array.isArray(tools) && tools.every(isTool) && (replyStart === undefined || isPlace(replyStart)) && typeof cue === "string"
  );
}

async function checksumOf(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

function refusal(why: string): StageError {
  return new StageError("invalid_argument", `context: it cannot be restored: ${why}; save it anew`, { reason: "state" });
}
