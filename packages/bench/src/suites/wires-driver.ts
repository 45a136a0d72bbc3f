/** The program of the clients: for each line with what to do, it says in a line what became of it. */
import { createInterface } from "node:readline";
import { httpLane } from "./wires-drive-http.js";
import { grpcLanes } from "./wires-drive-grpc.js";
import { socketLane } from "./wires-drive-socket.js";
import type { Drive, Driven, Lane } from "./wires-drive.js";

const known = new Map<number, { readonly open: () => Lane<never>; readonly lanes: Lane<never>[] }>();

function lanesOf({ wire, port, lanes: count }: Drive): readonly Lane<never>[] {
  let found = known.get(port);
  if (!found) known.set(port, (found = { open: wire === "HTTP" ? () => httpLane(port) : wire === "WebSocket" ? () => socketLane(port) : grpcLanes(port), lanes: [] }));
  while (found.lanes.length < count) found.lanes.push(found.open());
  return found.lanes.slice(0, count);
}

async function drive(asked: Drive): Promise<Driven> {
  const answers: string[] = [];
  const times: number[] = [];
  const roundTrip = (milliseconds: number): void => void times.push(milliseconds * 1000);
  const first = { answer: (text: string): void => void answers.push(text), roundTrip };
  const other = { answer: (): void => {}, roundTrip };
  await Promise.all(lanesOf(asked).map((lane, index) => lane.run(asked as never, index === 0 ? first : other)));
  times.sort((a, b) => a - b);
  return { answers, roundTrip: times[times.length >> 1] ?? Number.NaN };
}

createInterface({ input: process.stdin })
  .on("line", (line) => {
    drive(JSON.parse(line) as Drive).then(
      (driven) => process.stdout.write(`${JSON.stringify(driven)}\n`),
      (error: unknown) => process.stdout.write(`${JSON.stringify({ failed: error instanceof Error ? error.message : String(error) })}\n`),
    );
  })
  .on("close", () => process.exit(0));
