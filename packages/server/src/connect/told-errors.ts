/** Services whose errors are told as those of tasks are. */
import type { HandlerContext } from "@connectrpc/connect";
import { toConnectError } from "./connect-error.js";
import type { ConnectService } from "./connect-service.js";

type Method = (request: never, context: HandlerContext) => unknown;

/** The same service, whose methods throw errors of Connect for whatever they throw. */
export function toldErrors({ desc, implementation }: ConnectService, onError: (error: unknown, method: string) => void): ConnectService {
  function tell(error: unknown, method: string, { signal }: HandlerContext): Error {
    if (!signal.aborted) onError(error, method);
    return toConnectError(error);
  }
  const wrapped = desc.methods.flatMap(({ localName, name, methodKind }): [string, Method][] => {
    const run = implementation[localName];
    if (!run) return [];
    if (methodKind === "unary" || methodKind === "client_streaming") {
      return [[localName, async (request, context) => {
        try {
          return await run(request, context);
        } catch (error) {
          throw tell(error, name, context);
        }
      }]];
    }
    return [[localName, async function* told(request, context) {
      try {
        yield* run(request, context) as AsyncIterable<unknown>;
      } catch (error) {
        throw tell(error, name, context);
      }
    }]];
  });
  return { desc, implementation: Object.fromEntries(wrapped) };
}
