/** The routes of a fake provider. */
import type { FakeReply } from "./fake-reply.js";
import type { FakeRequest } from "./fake-request.js";

/** Answers a request; `turn` counts the requests of its route from 0. */
export type FakeHandler = (request: FakeRequest, turn: number) => FakeReply | Promise<FakeReply>;

/** Handlers by "METHOD /path". A segment `:name` of the path stands for one segment, `*` for one or more; the first route that fits is taken. */
export type FakeRoutes = Readonly<Record<string, FakeHandler>>;

/** A route that a request fits. */
export interface FoundRoute {
  readonly route: string;
  readonly handler: FakeHandler;
  readonly params: Readonly<Record<string, string>>;
}

/** Gives the function that finds the route of a request. Throws TypeError for a route that is not written "METHOD /path". */
export function routeFinder(routes: FakeRoutes): (method: string, path: string) => FoundRoute | undefined {
  const patterns = Object.entries(routes).map(([route, handler]) => ({ route, handler, ...patternOf(route) }));
  return (method, path) => {
    for (const { route, handler, method: wanted, names, expression } of patterns) {
      const found = method === wanted ? expression.exec(path) : null;
      if (found) return { route, handler, params: Object.fromEntries(names.map((name, index) => [name, decodeURIComponent(found[index + 1] ?? "")])) };
    }
    return undefined;
  };
}

function patternOf(route: string): { readonly method: string; readonly names: readonly string[]; readonly expression: RegExp } {
  const [method, path, ...rest] = route.split(" ");
  if (method === undefined || path === undefined || rest.length > 0 || !path.startsWith("/")) throw new TypeError(`The route ${JSON.stringify(route)} is not written "METHOD /path".`);
  const names: string[] = [];
  const segments = path.split("/").map((segment) => {
    if (segment !== "*" && !segment.startsWith(":")) return segment.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
    names.push(segment === "*" ? "*" : segment.slice(1));
    return segment === "*" ? "(.+)" : "([^/]+)";
  });
  return { method, names, expression: new RegExp(`^${segments.join("/")}$`) };
}
