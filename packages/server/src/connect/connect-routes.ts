/** Tasks in the protocols Connect, gRPC and gRPC-Web. */
import type { AnyTask, Model } from "@iftk/core/task";
import { describeJobs, describeTasks, errorDetailFile } from "@iftk/protobuf";
import { modelsOf, servedFlavour, type Models } from "@iftk/wire";
import type { DescFile, DescService } from "@bufbuild/protobuf";
import type { ConnectRouter, HandlerContext } from "@connectrpc/connect";
import { bearerCheck, bearerToken, type Tokens } from "../bearer-check.js";
import { drainingError } from "../draining-error.js";
import { RunLimit } from "../run-limit.js";
import { isAnswer } from "../tasks/job-routes.js";
import type { Jobs } from "../tasks/jobs.js";
import { toConnectError } from "./connect-error.js";
import type { ConnectService } from "./connect-service.js";
import { healthService } from "./health.js";
import { jobService } from "./job-service.js";
import { methodImplementation } from "./method-implementation.js";
import { reflectionServices } from "./reflection.js";
import { toldErrors } from "./told-errors.js";

export interface ConnectRoutesOptions {
  readonly tasks: readonly AnyTask[];
  /** The models that do them; of a list with one, that one is taken where a call names none. */
  readonly models: Models | readonly Model[];
  /** The kind of work that the tasks have in common, such as `Nlp`: it names the packages and the service. */
  readonly domain: string;
  /** Bytes that one message may have; 4 MiB without it. */
  readonly maxMessageBytes?: number;
  /** Runs at one time; 256 without it. One more is refused with `unavailable`. */
  readonly maxRuns?: number;
  /** Those who may call; everyone without it. Health is open to all. */
  readonly tokens?: Tokens;
  /** Jobs that may be started, asked about and cancelled, such as those of `createJobs`; without it there is no service for them. */
  readonly jobs?: Jobs;
  /** Services beside those of the tasks and jobs. What they throw is told as it is of tasks. */
  readonly services?: readonly ConnectService[];
  /** Hears the errors of stages with all that never crosses the wire; for logs. */
  readonly onError?: (error: unknown, method: string) => void;
}

/** Milliseconds that a timer can wait; one that is set for longer fires at once. */
const longestTimer = 2 ** 31 - 1;

/** The routes of services. */
export interface ServiceRoutes {
  (router: ConnectRouter): void;
  /** The service of the tasks. */
  readonly service: DescService;
  /** The files that declare it, and that of the jobs, each after those that it imports; `toProto` gives their text. */
  readonly files: readonly DescFile[];
}

/** The routes of services, for a router of Connect or for `connectListener`. */
export interface ConnectRoutes extends ServiceRoutes {
  /** From now on health says that nothing serves, and new calls are refused with `unavailable`; what runs goes on. */
  drain(): void;
}

/**
 * Serves every task in every mode: service `caikit.runtime.<Domain>.<Domain>Service`, with the methods `<Task>TaskPredict`,
 * `ServerStreaming<Task>TaskPredict`, `ClientStreaming<Task>TaskPredict` and `BidiStreaming<Task>TaskPredict`. Metadata `mm-model-id` names the model.
 * With jobs there is `<Domain>JobService` too, with `<Task>TaskStartPredictionJob`, `<Task>TaskGetPredictionJobStatus`, `<Task>TaskCancelPredictionJob`
 * and `<Task>TaskGetPredictionJobResult`. Beside them are `grpc.health.v1.Health` and reflection, by which clients learn the services.
 *
 * Throws StageError `invalid_argument` for what `describeTasks`, `modelsOf` and `bearerCheck` refuse.
 */
export function connectRoutes(options: ConnectRoutesOptions): ConnectRoutes {
  const draining = new AbortController();
  const routes = routesWithin({ runs: new RunLimit(options.maxRuns), draining: draining.signal }, options);
  return Object.assign(routes, { drain: () => draining.abort() });
}

/** What is one for all wires of a server. */
export interface ServerState {
  readonly runs: RunLimit;
  /** Fires when the server begins to go. */
  readonly draining: AbortSignal;
}

/** The routes of a server that has other wires too. */
export function routesWithin({ runs, draining }: ServerState, options: ConnectRoutesOptions): ServiceRoutes {
  const { tasks, domain, maxMessageBytes = 2 ** 22, tokens, jobs, services = [], onError = () => {} } = options;
  const models = modelsOf(options.models);
  const described = describeTasks(tasks, { domain });
  const describedJobs = jobs && describeJobs(described);

  function claim(): () => void {
    if (draining.aborted) throw drainingError();
    runs.claim();
    return () => runs.release();
  }

  const host = { maxMessageBytes, claim, onError };
  const flavours = described.methods.map((method) => {
    const stage = servedFlavour(method.task, method.mode, (id, call) => models.resolve(id, call));
    return [method.desc.localName, methodImplementation(method, stage, host)] as const;
  });
  const ofJobs = jobs && describedJobs ? [toldErrors(jobService(describedJobs, { models, jobs, draining }), (error, method) => isAnswer(error) || isJobResult(method) || onError(error, method))] : [];
  const others = [...ofJobs, ...services.map((service) => toldErrors(service, onError))];
  const offered = [{ desc: described.desc, implementation: Object.fromEntries(flavours) }, ...others];
  const health = healthService(offered.map((service) => service.desc.typeName), draining);
  const reflected = [...offered, health].map((service) => service.desc);
  const limits = { readMaxBytes: maxMessageBytes, maxTimeoutMs: longestTimer };
  const guarded = tokens === undefined ? limits : { ...limits, requestGate: gateOf(tokens) };

  function routes(router: ConnectRouter): void {
    for (const service of [...offered, ...reflectionServices(reflected, [errorDetailFile])]) router.service(service.desc, service.implementation as never, guarded);
    router.service(health.desc, health.implementation as never, limits);
  }
  return Object.assign(routes, { service: described.desc, files: [...described.files, ...(describedJobs?.files ?? []), errorDetailFile] });
}

/** Whether a method gives what a job came to: of a failure the log heard when the job failed. */
function isJobResult(method: string): boolean {
  return method.endsWith("GetPredictionJobResult");
}

/** Lets those through who present a token. */
function gateOf(tokens: Tokens): (context: HandlerContext) => Promise<void> {
  const check = bearerCheck(tokens);
  return async ({ requestHeader, requestMethod, url }) => {
    const header = (name: string): string | undefined => requestHeader.get(name) ?? undefined;
    try {
      await check(bearerToken(header("authorization")), { method: requestMethod, path: new URL(url).pathname, header });
    } catch (error) {
      throw toConnectError(error);
    }
  };
}
