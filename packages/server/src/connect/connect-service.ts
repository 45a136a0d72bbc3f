/** A service and what its methods do. */
import type { DescService } from "@bufbuild/protobuf";
import type { HandlerContext } from "@connectrpc/connect";

/** A service of any kind, with its methods by their names in camel case; messages are those of its descriptor. */
export interface ConnectService {
  readonly desc: DescService;
  readonly implementation: Readonly<Record<string, (request: never, context: HandlerContext) => unknown>>;
}
