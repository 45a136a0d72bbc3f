/** The MCP servers of the program that runs now. */
import { currentSession } from "../session/current-session.js";
import type { Mcp } from "../session/mcp.js";
import { inProgram } from "./in-program.js";

/**
 * The MCP servers that the program which uses it may connect to; what it leaves open is closed at its end.
 *
 * Each use of it fails with StageError `failed_precondition` outside of programs, in one that runs as a plain stage, and in browsers.
 */
export const mcp: Mcp = {
  availableServers: () => currentSession().runtime.mcp.availableServers(),
  connect: (name, options) => inProgram(({ runtime }) => runtime.mcp.connect(name, options)),
};
