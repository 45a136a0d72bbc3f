/** Values and messages of one type, each made of the other. */
import type { DescMessage, Message } from "@bufbuild/protobuf";

/** Makes messages of values, and values of messages. Both throw StageError `invalid_argument` for what does not fit, with the field's name. */
export interface MessageCodec {
  readonly desc: DescMessage;
  toMessage(value: unknown): Message;
  fromMessage(message: Message): unknown;
}

/** What a call of a task says; it has the fields of a request on every wire but the model, which travels beside the messages. */
export interface RequestFields {
  readonly input?: unknown;
  readonly parameters?: unknown;
}

/** The same for requests. Of a stream, the first message may lack an input. */
export interface RequestCodec {
  readonly desc: DescMessage;
  toMessage(request: RequestFields): Message;
  fromMessage(message: Message, isFirst: boolean): RequestFields;
}
