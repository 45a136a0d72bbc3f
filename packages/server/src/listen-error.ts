/** Why a server cannot listen, and what to do about it. */
import { StageError } from "@iftk/core";

interface Place {
  readonly host: string;
  readonly port: number | undefined;
  readonly path: string | undefined;
}

/** What an error of the system means to who wanted to listen. */
export function listenError(error: NodeJS.ErrnoException, { host, port = 0, path }: Place): StageError {
  const options = { reason: "port-taken", cause: error };
  if (path !== undefined) {
    if (error.code === "EADDRINUSE") return new StageError("failed_precondition", `There is a socket at ${path} already. Choose another path, or delete it if no program listens there.`, options);
    return new StageError("unavailable", `The server cannot listen at ${path}.`, { reason: error.code, cause: error });
  }
  if (error.code === "EADDRINUSE") {
    const other = port < 65_535 ? port + 1 : port - 1;
    return new StageError("failed_precondition", `Port ${port} on ${host} is taken by another program. Choose another port, such as PORT=${other}, or PORT=0 for any that is free.`, options);
  }
  if (error.code === "EACCES") {
    return new StageError("permission_denied", `Port ${port} on ${host} needs rights that this program lacks. Choose a port above 1023, such as PORT=3000.`, { cause: error });
  }
  return new StageError("unavailable", `The server cannot listen on ${host}:${port}.`, { reason: error.code, cause: error });
}
