import { status, type Client, type ClientReadableStream, type ServiceError } from "@grpc/grpc-js";
import { expect, it } from "vitest";
import { clientOf, definitionIn } from "./fixtures/grpc-client.js";
import { serveConnect } from "./fixtures/serve-connect.js";

interface HealthClient extends Client {
  Check(request: object, done: (error: ServiceError | null, answer?: { readonly status: string }) => void): unknown;
  Watch(request: object): ClientReadableStream<{ readonly status: string }>;
}

const definition = definitionIn("grpc-health-check/proto/health/v1/health.proto");
const serviceName = "caikit.runtime.Test.TestService";

/** A client that knows the protocol of health checks from elsewhere. */
async function withHealth(work: (client: HealthClient, server: Awaited<ReturnType<typeof serveConnect>>) => Promise<void>): Promise<void> {
  await using server = await serveConnect({ tokens: ["right"] });
  const client = clientOf<HealthClient>(definition, "grpc.health.v1.Health", server.authority);
  await work(client, server).finally(() => client.close());
}
const check = (client: HealthClient, service: string) => new Promise<unknown>((resolve) => client.Check({ service }, (error, answer) => resolve(error ? status[error.code] : answer?.status)));

it("health of the server and of each service is told to anyone, and changes when the server drains", async () => {
  await withHealth(async (client, server) => {
    const names = ["", serviceName, "other"];
    const before = await Promise.all(names.map((name) => check(client, name)));
    server.routes.drain();
    expect([before, await Promise.all(names.map((name) => check(client, name)))]).toEqual([
      ["SERVING", "SERVING", "NOT_FOUND"],
      ["NOT_SERVING", "NOT_SERVING", "NOT_FOUND"],
    ]);
  });
});

it("who watches is told of the change, and let go", async () => {
  await withHealth(async (client, server) => {
    const told = await Promise.all(
      [serviceName, "other"].map(async (service) => {
        const statuses: string[] = [];
        for await (const answer of client.Watch({ service })) {
          statuses.push((answer as { readonly status: string }).status);
          server.routes.drain();
        }
        return statuses;
      }),
    );
    expect(told).toEqual([
      ["SERVING", "NOT_SERVING"],
      ["SERVICE_UNKNOWN", "SERVICE_UNKNOWN"],
    ]);
  });
});

it("who leaves a watch is forgotten", async () => {
  await withHealth(async (client) => {
    const watch = client.Watch({ service: "" });
    const codes = await new Promise((resolve) => {
      watch.on("data", () => watch.cancel());
      watch.on("error", (error: ServiceError) => resolve(status[error.code]));
    });
    expect([codes, await check(client, "")]).toEqual(["CANCELLED", "SERVING"]);
  });
});
