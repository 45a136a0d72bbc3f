/** The tasks of a server in the protocols Connect, gRPC and gRPC-Web, at the port of its HTTP. */
import { StageError } from "@iftk/core";
import type { FrontListener } from "../listen.js";
import type { NodeListener } from "../node-listener.js";
import type { TaskServer } from "../tasks/serve-tasks.js";
import { taskHostOf } from "../tasks/task-host.js";
import { connectListener } from "./connect-listener.js";
import { routesWithin, type ConnectRoutesOptions, type ServiceRoutes } from "./connect-routes.js";

export interface ConnectFrontOptions extends Pick<ConnectRoutesOptions, "services"> {
  /** Bytes that one message may have; without it as many as a body or a message may have that the server takes over HTTP. */
  readonly maxMessageBytes?: number;
}

/** For `front` of `listen`: a listener of the calls, which leaves all else to the one that it is given. */
export interface ConnectFront extends Pick<ServiceRoutes, "service" | "files"> {
  (fallback: NodeListener): FrontListener;
}

/**
 * Serves the tasks and jobs of a server that `serveTasks` gave also as `connectRoutes` does. Its models, jobs, tokens, origins, limit of runs
 * and log are those of that server, its domain names the services, and both go together. What `protect` asks around that server is asked
 * over HTTP alone; `tokens` of `serveTasks` are asked on all wires.
 *
 * Throws StageError `invalid_argument` for another handler, and for what `connectRoutes` refuses.
 */
export function connectFront(server: TaskServer, { services, maxMessageBytes }: ConnectFrontOptions = {}): ConnectFront {
  const host = taskHostOf(server);
  if (!host) throw new StageError("invalid_argument", "connectFront: give the server that serveTasks gave.");
  const { tasks, models, jobs, domain, tokens, origins } = host;
  const routes = routesWithin(host, {
    tasks,
    models,
    domain,
    maxMessageBytes: maxMessageBytes ?? host.maxMessageBytes,
    onError: (error, method) => host.onError(error, { id: crypto.randomUUID(), route: method }),
    ...(jobs ? { jobs } : {}),
    ...(tokens ? { tokens } : {}),
    ...(services ? { services } : {}),
  });
  const front = (fallback: NodeListener): FrontListener => Object.assign(connectListener(routes, { fallback, origins }), { drain: () => server.drain() });
  return Object.assign(front, { service: routes.service, files: routes.files });
}
