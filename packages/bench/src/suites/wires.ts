/** What a message costs the server on each wire beside a server that is written by hand. */
import { once } from "node:events";
import type { AddressInfo, Server } from "node:net";
import { median } from "../measure.js";
import type { WireCost } from "../report.js";
import { startClients, type Clients } from "./wires-clients.js";
import type { Wire } from "./wires-drive.js";
import { grpc } from "./wires-grpc.js";
import { http } from "./wires-http.js";
import { socket } from "./wires-socket.js";
import type { Exchange, Suite } from "./wires-suite.js";

export interface WiresRequest {
  readonly wire: Wire;
  readonly implementation: string;
  /** Clients at one time. */
  readonly lanes: number;
  /** Messages of each in a round. */
  readonly messages: number;
  readonly rounds: number;
  /** Rounds before the first that counts; five unless told otherwise. */
  readonly warmUps?: number;
}

/** All wires. */
export const wires: Readonly<Record<Wire, Suite>> = { HTTP: http, WebSocket: socket, gRPC: grpc };

/** Measures an implementation beside the server by hand, in turns, with clients in another process: all exchanges in each round. */
export async function measureWires({ wire, implementation, lanes, messages, rounds, warmUps = 5 }: WiresRequest): Promise<readonly WireCost[] | undefined> {
  const { plain, implementations, exchanges } = wires[wire];
  const open = implementations[implementation];
  if (!open) return undefined;
  const ports = await Promise.all([plain.open(), open()].map(host));
  await using clients = await startClients();
  const plans = exchanges(messages).map((exchange) => ({ exchange, costs: ports.map((): number[] => []), roundTrips: ports.map((): number[] => []) }));
  for (let round = -warmUps; round < rounds; round++) {
    for (const { exchange, costs, roundTrips } of plans) {
      for (let turn = 0; turn < ports.length; turn++) {
        const at = (turn + round + warmUps) % ports.length;
        const port = ports[at] ?? 0;
        const cost = await timed(clients, exchange, port, lanes);
        const alone = await checked(clients, exchange, port, 1);
        if (round < 0) continue;
        costs[at]?.push(cost);
        roundTrips[at]?.push(alone);
      }
    }
  }
  return plans.map(({ exchange, costs: [byHand = [], own = []], roundTrips: [plainTrips = [], ownTrips = []] }) => ({
    wire,
    exchange: exchange.name,
    implementation,
    plain: plain.name,
    nsPerMessage: median(own),
    plainNsPerMessage: median(byHand),
    vsPlain: median(own.map((cost, round) => cost / (byHand[round] ?? Number.NaN))),
    roundTripMicroseconds: median(ownTrips),
    plainRoundTripMicroseconds: median(plainTrips),
  }));
}

/** CPU nanoseconds of this process for each message. */
async function timed(clients: Clients, exchange: Exchange, port: number, lanes: number): Promise<number> {
  const before = process.cpuUsage();
  await checked(clients, exchange, port, lanes);
  const { user, system } = process.cpuUsage(before);
  return ((user + system) * 1000) / (exchange.messages * lanes);
}

/** Does an exchange and gives the time to an answer. Throws Error for answers that are not the expected ones. */
async function checked(clients: Clients, { name, drive, answers: expected }: Exchange, port: number, lanes: number): Promise<number> {
  const { answers, roundTrip } = await clients.drive({ ...drive, port, lanes });
  const wrong = expected.findIndex((answer, index) => answers[index] !== answer);
  if (wrong >= 0 || answers.length !== expected.length) throw new Error(`${name}: answer ${wrong} of ${answers.length} was ${answers[wrong]} instead of ${expected[wrong]}, of ${expected.length}`);
  return roundTrip;
}

/** Has a server listen at a free port until the process ends. */
async function host(server: Server): Promise<number> {
  server.listen({ port: 0, host: "127.0.0.1", backlog: 1024 });
  await once(server, "listening");
  server.unref();
  return (server.address() as AddressInfo).port;
}
