import { expect, test } from "vitest";
import { answer } from "./child.js";
import { loadPeer, peerNames, type PeerName } from "./peers.js";
import { measureAll, suiteNames, type Extent } from "./suites.js";
import { sourceKinds, supply } from "./workload/sources.js";
import { expectedSum, shapes } from "./workload/steps.js";
import { makeTokens } from "./workload/tokens.js";

const smallShape = { name: "random-small", layers: 2, width: 64, heads: 4, keyHeads: 2, feedForward: 128, vocabularySize: 1000, contextLength: 1024 };

const tiny: Extent = {
  pipelines: { rounds: 1, milliseconds: 0.1, tokens: 96, warmUps: 1 },
  fork: { rounds: 1, milliseconds: 0.1, items: 50, warmUps: 1 },
  merge: { rounds: 1, milliseconds: 0.1, items: 300, warmUps: 1 },
  many: { rounds: 1, milliseconds: 0.1, pipelines: 5, warmUps: 1 },
  memory: { rounds: 1, pipelines: 20 },
  abort: { trials: 1 },
  generation: { rounds: 1 },
  serving: { rounds: 1, clients: 3, tokens: 24 },
  wires: { rounds: 1, lanes: 2, messages: 4, warmUps: 0 },
  written: { rounds: 1, milliseconds: 0.1, warmUps: 1, tokens: 96 },
  json: { rounds: 1, milliseconds: 0.1, characters: 600, warmUps: 1 },
  parsing: { rounds: 1, milliseconds: 0.1, chunks: 300, warmUps: 1 },
  inferlets: { embedded: { laps: 1, tokens: 16, slice: 8, rounds: 1 }, large: { laps: 1, tokens: 8, slice: 8, rounds: 1, shape: smallShape }, wear: 200 },
};

const run = (suites: readonly (typeof suiteNames)[number][], peers?: readonly PeerName[]) =>
  measureAll(new Set(suites), { extent: tiny, ask: answer, progress: () => {}, isQuick: true, ...(peers && { peers }) });

const tokens = makeTokens(70);

test.for(peerNames)("%s gives the expected sums for every kind of source and every pipeline it has", async (name) => {
  const peer = await loadPeer(name);
  const carried = peer?.carry ? tokens.map(peer.carry) : tokens;
  const sums = await Promise.all(sourceKinds.flatMap((kind) => shapes.map((shape) => peer?.pipeline?.(shape)(supply(carried as readonly string[]).open(kind)) ?? expectedSum(tokens, shape))));
  expect(sums).toEqual(await Promise.all(sourceKinds.flatMap(() => shapes.map((shape) => expectedSum(tokens, shape)))));
});

test.for(peerNames)("%s gives the sums again when a pipeline is run a second time", async (name) => {
  const peer = await loadPeer(name);
  const pipeline = peer?.pipeline?.(10);
  const carried = (peer?.carry ? tokens.map(peer.carry) : tokens) as readonly string[];
  const [first, second] = [await pipeline?.(supply(carried).open("N")), await pipeline?.(supply(carried).open("A"))];
  expect(second).toBe(first);
});

test("a report of all suites in miniature survives JSON and has a number for whatever was measured", async () => {
  const report = await run(suiteNames.filter((name) => name !== "memory" && name !== "sizes" && name !== "generation" && name !== "serving" && name !== "wires" && name !== "written" && name !== "json" && name !== "parsing" && name !== "inferlets"), ["floor", "iftk", "iftk for await", "async generators", "rxjs", "it-merge"]);
  expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  const names = ["floor", "iftk", "iftk for await", "async generators", "rxjs"];
  expect({
    cells: report.cells.map(({ source, stages, asyncStages, implementation }) => `${source}${stages}${asyncStages ?? ""} ${implementation}`).sort(),
    slopes: report.slopes.length,
    fork: report.fork.map(({ implementation }) => implementation),
    merge: report.merge.map(({ implementation }) => implementation),
    many: report.many.map(({ implementation }) => implementation),
    abort: report.abort.map(({ implementation }) => implementation),
    numbers: [...report.cells.flatMap((cell) => [cell.nsPerItem, cell.vsFloor]), ...[...report.fork, ...report.merge, ...report.many].flatMap((one) => [one.nsPerItem, one.vsFloor])].every((value) => value > 0),
    missing: report.targets.filter(({ name }) => name.includes("gzip") || name.includes("engine")),
  }).toEqual({
    cells: sourceKinds.flatMap((source) => ["1", "2", "5", "10", "51"].flatMap((stages) => names.map((name) => `${source}${stages} ${name}`))).sort(),
    slopes: 3 * names.length,
    fork: ["floor", "iftk", "iftk for await", "rxjs"],
    merge: ["floor", "iftk", "iftk for await", "rxjs", "it-merge"],
    many: names,
    abort: ["iftk", "iftk for await", "async generators"],
    numbers: true,
    missing: [],
  });
});

test("an implementation that fails is told in the report, and the others are measured all the same", async () => {
  const ask = ((question) => ("peer" in question && question.peer === "rxjs" ? Promise.reject(new Error("it fell")) : answer(question))) as typeof answer;
  const report = await measureAll(new Set(["merge"]), { extent: tiny, ask, progress: () => {}, isQuick: true, peers: ["rxjs", "it-merge"] });
  expect([report.failed, report.merge.map(({ implementation }) => implementation)]).toEqual([["merge: rxjs: it fell"], ["it-merge"]]);
});

test("the heap of idle pipelines is found, and its target with it", async () => {
  const { memory, targets } = await run(["memory"], ["iftk"]);
  expect([memory.map(({ implementation, bytesPerPipeline }) => [implementation, Number.isFinite(bytesPerPipeline)]), targets.map(({ name }) => name)]).toEqual([[["iftk", true]], ["heap of an idle pipeline of five stages"]]);
});

test("every bundle is built and weighs something", async () => {
  const { sizes, targets } = await run(["sizes"], []);
  expect(sizes.filter(({ gzipBytes, minifiedBytes }) => !(gzipBytes > 100 && minifiedBytes > gzipBytes))).toEqual([]);
  expect(targets.map(({ name }) => name)).toEqual(["core whole, gzip", "a pipe of two stages, gzip", "the browser client beside core, gzip"]);
});

test("pipelines that are written give the sums of those in code, and what they cost has its targets", async () => {
  const { written, targets, failed } = await run(["written"], []);
  const ways = ["in code", "as a stage", "as a run", "as a run that is watched"];
  expect({ failed, costs: written.map(({ pipeline, source, way }) => `${pipeline}, ${source}, ${way}`), numbers: written.every(({ vsCode }) => Number.isFinite(vsCode)), targets: targets.length }).toEqual({
    failed: [],
    costs: ["five stages", "a tee and a join"].flatMap((pipeline) => sourceKinds.flatMap((source) => ways.map((way) => `${pipeline}, ${source}, ${way}`))),
    numbers: true,
    targets: 6,
  });
});

test("every server serves the same text to all its clients, and each number has its target", async () => {
  const { serving, servingMemory, failed, targets } = await run(["serving"]);
  const names = ["node:http, writes of a turn as one", "iftk", "async generators, a write a token", "web stream as body", "AI SDK UI message stream"];
  expect({
    failed,
    serving: serving.map(({ implementation, pattern, clients }) => `${implementation}, ${pattern}, ${clients}`),
    memory: servingMemory.map(({ implementation }) => implementation),
    numbers: [...serving.flatMap((one) => [one.nsPerToken, one.vsNodeHttp]), ...servingMemory.map((one) => one.aboveNodeHttp)].every(Number.isFinite),
    targets: targets.map(({ name, atLeast, target }) => `${name} ${atLeast ? ">" : "<"} ${target}`),
  }).toEqual({
    failed: [],
    serving: names.flatMap((name) => ["bursts of 8", "no wait"].map((pattern) => `${name}, ${pattern}, 3`)),
    memory: names,
    numbers: true,
    targets: [
      ...["bursts of 8", "no wait"].flatMap((pattern) => [
        `serving tokens, ${pattern}: over node:http < 1`,
        `serving tokens, ${pattern}: cheaper than a web stream > 4`,
        `serving tokens, ${pattern}: cheaper than the AI SDK > 10`,
      ]),
      "heap of an open, idle stream above node:http < 2048",
    ],
  });
});

test("every server by the library answers as the one by hand does on every wire, and each number has its target", async () => {
  const { wires, failed, targets } = await run(["wires"]);
  const streams = ["bidi, one by one", "bidi, bursts of 32"];
  const rows = [
    ...["stage", "task"].map((implementation) => ["HTTP", "unary", implementation, "node:http"]),
    ...["stage", "task"].flatMap((implementation) => streams.map((exchange) => ["WebSocket", exchange, implementation, "ws"])),
    ...["unary", "server-streaming", "client-streaming", ...streams].map((exchange) => ["gRPC", exchange, "task", "connect-node"]),
  ];
  expect({
    failed,
    wires: wires.map(({ wire, exchange, implementation, plain }) => [wire, exchange, implementation, plain]),
    numbers: wires.flatMap((one) => [one.nsPerMessage, one.plainNsPerMessage, one.vsPlain, one.roundTripMicroseconds, one.plainRoundTripMicroseconds]).every((value) => value > 0),
    targets: targets.map(({ name, target }) => `${name} < ${target}`),
  }).toEqual({
    failed: [],
    wires: rows,
    numbers: true,
    targets: rows.map(([wire, exchange, implementation, plain]) => `${wire}, ${exchange}, a ${implementation}: over ${plain} < 1.2`),
  });
});

test("every way to read a JSON text in pieces comes to the whole value, and each number has its target", async () => {
  const { json, failed, targets } = await run(["json"]);
  const own = ["iftk jsonReader", "iftk partialJson"];
  expect({
    failed,
    json: json.map(({ implementation, characters, twiceTheLength }) => [implementation, characters >= 600 && characters < 1000, twiceTheLength === null]),
    numbers: json.flatMap((one) => [one.milliseconds, one.vsAiSdk, one.twiceTheLength ?? 1]).every((value) => value > 0),
    targets: targets.map(({ name, atLeast, target }) => `${name.replace(/\d+/u, "n")} ${atLeast ? ">" : "<"} ${target}`),
  }).toEqual({
    failed: [],
    json: [["AI SDK parsePartialJson", true, true], ...own.map((name) => [name, true, false])],
    numbers: true,
    targets: own.flatMap((name) => [`partial JSON of n characters, ${name}: cheaper than the AI SDK > 50`, `partial JSON of n characters, ${name}: twice the length < 2.2`]),
  });
});

test("the engine and the official SDK read the same text of every recorded stream, and each number has its target", async () => {
  const { parsing, failed, targets } = await run(["parsing"]);
  const streams = ["chat-completions", "responses", "messages"].flatMap((api) => ["an event a read", "16 KiB a read"].map((reads) => `${api}, ${reads}`));
  const own = ["iftk for await", "iftk"];
  expect({
    failed,
    parsing: parsing.map(({ api, reads, implementation }) => `${api}, ${reads}, ${implementation}`),
    numbers: parsing.flatMap((one) => [one.nsPerChunk, one.vsSdk]).every((value) => value > 0),
    targets: targets.map(({ name, target }) => `${name} < ${target}`),
  }).toEqual({
    failed: [],
    parsing: streams.flatMap((stream) => ["official SDK", ...own].map((name) => `${stream}, ${name}`)),
    numbers: true,
    targets: streams.flatMap((stream) => own.map((name) => `parsing ${stream}, ${name}: over the official SDK < 1.1`)),
  });
});

test("generation token by token is measured on both models, and the numbers of the issue have their targets", async () => {
  const { inferlets, inferletFigures, failed, targets } = await run(["inferlets"]);
  const ways = ["to events, greedy", "context to events, greedy", "to events, top-p", "to events, JSON schema, each token decoded", "to events, JSON schema"];
  const limits = { "embedded model": [1.1, 1.1, 1.15, 1.35, 1.35], "random-small": [1.03, 1.03, 1.05, 1.05, 1.05] };
  expect({
    failed,
    models: [...new Set(inferlets.map(({ model, way }) => (ways.includes(way) ? model : "")))].filter(Boolean),
    numbers: [...inferlets.flatMap((one) => [one.microseconds, one.ratio]), ...inferletFigures.map(({ value }) => value)].every(Number.isFinite),
    targets: targets.filter(({ name }) => name.endsWith("over decode and argmax")).map(({ name, target }) => `${name} < ${target}`),
    others: targets.filter(({ name }) => !name.endsWith("over decode and argmax")).map(({ name, atLeast, target }) => `${name} ${atLeast ? ">" : "<"} ${target}`),
    lost: inferletFigures.find(({ name }) => name.endsWith("sequences left open"))?.value,
  }).toEqual({
    failed: [],
    models: Object.keys(limits),
    numbers: true,
    targets: Object.entries(limits).flatMap(([model, targetsOf]) => ways.map((way, index) => `${model}, ${way}: over decode and argmax < ${targetsOf[index]}`)),
    others: [
      ...Object.keys(limits).flatMap((model) => [
        `${model}, 8 forks of 512 tokens, in decode steps < 1`,
        ...(model === "random-small" ? [`${model}, 8 generations at once, tokens a second over one > 2.5`] : []),
        `${model}, 8 generations at once, tokens a second over those by hand > 0.95`,
      ]),
      ...["heap grown in the second half < 1", "memory outside the heap grown in the second half < 8", "sequences left open < 0"].map((ending) => `embedded model, 200 tokens: ${ending}`),
    ],
    lost: 0,
  });
});
