/** What clients in a process of their own are asked to do. */

interface Lanes {
  readonly port: number;
  readonly path: string;
  /** Clients at one time, each with what it says once; they keep their connections for the next time. */
  readonly lanes: number;
}

/** Calls with POST, one after another on each connection. */
export interface HttpDrive extends Lanes {
  readonly wire: "HTTP";
  readonly bodies: readonly string[];
}

/** Values in frames over a socket on which a run was opened, so many at a time; the next are sent when as many answers came. */
export interface SocketDrive extends Lanes {
  readonly wire: "WebSocket";
  readonly protocol: string;
  /** The values as JSON. */
  readonly values: readonly string[];
  readonly burst: number;
  /** The frame that opens the run on a new socket, as JSON. */
  readonly opening: string;
  /** What goes before all values as soon as it may be sent, and is not answered. */
  readonly head: string;
}

/** Calls of gRPC, one after another. */
export interface GrpcDrive extends Lanes {
  readonly wire: "gRPC";
  /** Each call as its messages in base64. */
  readonly calls: readonly (readonly string[])[];
  /** Messages that are sent at a time; the next are sent when as many answers came. */
  readonly burst: number;
  /** Answers that a call brings. */
  readonly answers: number;
}

export type Drive = HttpDrive | SocketDrive | GrpcDrive;
export type Wire = Drive["wire"];

/** What became of it. */
export interface Driven {
  /** What the first lane got, one after another: JSON, or messages in base64. */
  readonly answers: readonly string[];
  /** Microseconds from saying something to its whole answer, in the middle over all. */
  readonly roundTrip: number;
}

/** One client, which keeps its connection: it says all that it has to say. */
export interface Lane<D extends Drive> {
  run(drive: D, heard: Heard): Promise<void>;
}

/** What a lane tells while it runs. */
export interface Heard {
  answer(text: string): void;
  roundTrip(milliseconds: number): void;
}
