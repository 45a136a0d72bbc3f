/** Models that are loaded once, and channels over them that are opened many times. */
import { openThen, type Channel, type ChannelOptions } from "./channel.js";
import { StageError } from "./error.js";
import { unary, type AnyStage, type CallOptions, type InputOf, type OutputOf } from "./stage.js";
import { validate, type StandardSchema } from "./standard-schema.js";
import type { Call } from "./stream.js";

/** How a system loads its models and makes a stage of them. */
export interface SystemDefinition<Models, S extends AnyStage, Config, ConfigInput> {
  readonly name: string;
  /** Checks the configuration of each channel and fills in what it leaves out. */
  readonly config?: StandardSchema<ConfigInput, Config>;
  /** Loads what all channels share; the signal fires when nobody waits for it any more. */
  readonly load: (call: Pick<Call, "signal">) => Models | Promise<Models>;
  /** Gives the stage that one channel runs. */
  readonly channel: (models: Models, config: Config) => S;
  /** Frees the models; without it, their own `Symbol.asyncDispose` or `Symbol.dispose` does. */
  readonly unload?: (models: Models) => void | Promise<void>;
}

/** Opens channels over models that are there while a channel is open, or while they are held. */
export interface System<S extends AnyStage, Config> {
  readonly name: string;
  /**
   * Opens a channel, after the models are loaded. The last channel to be over unloads them.
   *
   * @throws StageError `invalid_argument` for a bad configuration; what loading fails with; the reason of the signal.
   */
  open(config: Config, options?: ChannelOptions<OutputOf<S>>): Promise<Channel<InputOf<S>, OutputOf<S>>>;
  /** Loads the models before a channel needs them and holds them until it is disposed of. */
  load(options?: CallOptions): Promise<AsyncDisposable>;
}

interface Loaded<Models> {
  readonly models: Promise<Models>;
  readonly stop: AbortController;
  users: number;
  isLoaded: boolean;
}

/** Declares a system; nothing is loaded before its first channel is opened. */
export function defineSystem<Models, S extends AnyStage, Config = void, ConfigInput = Config>(definition: SystemDefinition<Models, S, Config, ConfigInput>): System<S, ConfigInput> {
  const { name, config: schema } = definition;
  let current: Loaded<Models> | undefined;
  let unloaded: Promise<unknown> = Promise.resolve();

  /** One more user of the models, which are loaded for the first, after those before are unloaded. */
  const enter = (): Loaded<Models> => {
    const stop = new AbortController();
    const { signal } = stop;
    const load = async (): Promise<Models> => {
      await unloaded;
      signal.throwIfAborted();
      return definition.load({ signal });
    };
    const loaded = (current ??= { models: load(), stop, users: 0, isLoaded: false });
    if (loaded.users++ === 0) {
      loaded.models.then(
        () => (loaded.isLoaded = true),
        () => forget(loaded),
      );
    }
    return loaded;
  };

  const forget = (loaded: Loaded<Models>): void => {
    if (current === loaded) current = undefined;
  };

  const leave = async (loaded: Loaded<Models>): Promise<void> => {
    if (--loaded.users > 0) return;
    forget(loaded);
    const freed = loaded.models.then(
      (models) => (definition.unload ?? dispose)(models),
      () => {}, // who waited for them was told
    );
    // A load that does not hear must not hold up the next one.
    if (loaded.isLoaded) unloaded = freed.catch(() => {});
    else loaded.stop.abort(new StageError("canceled", `${name}: nobody waits for the models any more`));
    await freed;
  };

  const use = async <T>(options: CallOptions, withModels: (models: Models, end: () => Promise<void>) => T): Promise<T> => {
    const loaded = enter();
    try {
      return withModels(await unary(() => loaded.models)(undefined, options), () => leave(loaded));
    } catch (error) {
      void leave(loaded); // not awaited: a load may be deaf
      throw error;
    }
  };

  return {
    name,
    async open(config, options = {}) {
      options.signal?.throwIfAborted();
      const valid = schema ? await validate(schema, config, () => `${name}: bad configuration`) : (config as unknown as Config);
      return use(options, (models, end) => openThen(definition.channel(models, valid), options, end));
    },
    async load(options = {}) {
      return use(options, (_models, end) => {
        let done: Promise<void> | undefined;
        return { [Symbol.asyncDispose]: () => (done ??= end()) };
      });
    },
  };
}

async function dispose(models: unknown): Promise<void> {
  const disposable = Object(models) as Partial<AsyncDisposable & Disposable>;
  const later = disposable[Symbol.asyncDispose];
  if (later) await later.call(disposable as AsyncDisposable);
  else disposable[Symbol.dispose]?.();
}
