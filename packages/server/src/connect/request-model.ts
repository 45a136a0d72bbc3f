/** The model that a call names, which travels beside its messages. */
import type { TaskRequest } from "@iftk/wire";
import type { HandlerContext } from "@connectrpc/connect";

/** The header that names the model. */
const modelHeader = "mm-model-id";

/** The request with the model that its call names, as it is where that names none. */
export function withModel(request: TaskRequest, { requestHeader }: HandlerContext): TaskRequest {
  const model = requestHeader.get(modelHeader);
  return model === null ? request : { ...request, model };
}
