/** The runtime of the program that runs now. */
import { currentSession } from "../session/current-session.js";
import type { Runtime } from "../session/runtime.js";
import { inProgram } from "./in-program.js";

const current = (): Runtime => currentSession().runtime;

/**
 * The runtime that spawned the program which uses it.
 *
 * Each use of it fails with StageError `failed_precondition` outside of programs, in one that runs as a plain stage, and in browsers.
 */
export const runtime: Runtime = {
  get version() {
    return current().version;
  },
  get instanceId() {
    return current().instanceId;
  },
  get user() {
    return current().user;
  },
  models: () => current().models(),
  model: (name) => current().model(name),
  backend: (name) => inProgram((session) => session.runtime.backend(name)),
  get messaging() {
    return current().messaging;
  },
  get mcp() {
    return current().mcp;
  },
  spawn: (name, args, options) => inProgram((session) => session.runtime.spawn(name, args, options)),
  spawnStage: (name, args, options) => current().spawnStage(name, args, options),
};
