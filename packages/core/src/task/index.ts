export { defineTask } from "./define-task.js";
export { flavourOf } from "./flavour.js";
export { runWithin } from "./implemented.js";
export { implement } from "./implement.js";
export { defineModel } from "./model.js";
export type { ModelOptions } from "./model.js";
export type { AnyImplementation, AnyTask, Flavours, Implementation, ImplementationOf, Model, Task, TaskCall, TaskSide, TaskTypes } from "./task.js";
