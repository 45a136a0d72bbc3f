/** Lets Node read the TypeScript sources under the names that their builds will have: `--import` it. */
import { registerHooks } from "node:module";

registerHooks({
  resolve(specifier, context, next) {
    try {
      return next(specifier, context);
    } catch (error) {
      if (!/^\..*\.js$/.test(specifier)) throw error;
      return next(specifier.replace(/\.js$/, ".ts"), context);
    }
  },
});
