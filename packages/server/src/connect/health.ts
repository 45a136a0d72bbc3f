/** Whether services are there, by the protocol of gRPC health checks, version 1. */
import { StageError } from "@iftk/core";
import { buildFiles } from "@iftk/protobuf";
import type { DescFile, Message } from "@bufbuild/protobuf";
import { type HandlerContext } from "@connectrpc/connect";
import type { ConnectService } from "./connect-service.js";
import { toConnectError } from "./connect-error.js";

const file = buildFiles([
  {
    path: "grpc/health/v1/health.proto",
    package: "grpc.health.v1",
    messages: [
      { name: "HealthCheckRequest", fields: [{ name: "service", number: 1, type: "string" }] },
      {
        name: "HealthCheckResponse",
        fields: [{ name: "status", number: 1, type: { enum: "grpc.health.v1.HealthCheckResponse.ServingStatus" } }],
        enums: [{ name: "ServingStatus", values: ["UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"] }],
      },
    ],
    services: [
      {
        name: "Health",
        methods: [
          { name: "Check", input: "grpc.health.v1.HealthCheckRequest", output: "grpc.health.v1.HealthCheckResponse" },
          { name: "Watch", input: "grpc.health.v1.HealthCheckRequest", output: "grpc.health.v1.HealthCheckResponse", givesStream: true },
        ],
      },
    ],
  },
])[0] as DescFile;

const status = { serving: 1, notServing: 2, unknown: 3 };

type HealthRequest = Message & { readonly service: string };

/** A health service for the services of these names, and for the server as a whole under the empty name. After `draining` fires nothing serves, and who watches is told so and let go. */
export function healthService(names: readonly string[], draining: AbortSignal): ConnectService {
  const known = new Set(["", ...names]);
  const statusOf = (service: string): number => (!known.has(service) ? status.unknown : draining.aborted ? status.notServing : status.serving);
  const answer = (service: string): object => ({ status: statusOf(service) });

  function check({ service }: HealthRequest): object {
    if (known.has(service)) return answer(service);
    throw toConnectError(new StageError("not_found", `There is no service ${JSON.stringify(service.slice(0, 256))} here.`));
  }
  async function* watch({ service }: HealthRequest, { signal }: HandlerContext): AsyncGenerator<object> {
    yield answer(service);
    if (draining.aborted) return;
    await firstOf(draining, signal);
    signal.throwIfAborted();
    yield answer(service);
  }
  return { desc: file.services[0] as ConnectService["desc"], implementation: { check, watch } };
}

/** Resolves when one of the signals fires, and leaves no listener on either. */
function firstOf(...signals: readonly AbortSignal[]): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      for (const signal of signals) signal.removeEventListener("abort", done);
      resolve();
    };
    for (const signal of signals) signal.addEventListener("abort", done);
    if (signals.some(({ aborted }) => aborted)) done();
  });
}
