// Puts the rewriter between libraries and the engine: while it is in place, every module that is compiled is metered first.
import { LEFT_EXPORT } from '../../../../src/plugin/wasm/exports.js';
import { meterModule } from '../../../../src/plugin/wasm/meter.js';

interface Exports {
  readonly [LEFT_EXPORT]: () => number;
}
interface Instance {
  readonly exports: Exports;
}
interface Engine {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports?: object) => Instance;
  compile: (bytes: Uint8Array) => Promise<object>;
  instantiate: (source: object, imports?: object) => Promise<unknown>;
}
const engine = (globalThis as unknown as { readonly WebAssembly: Engine }).WebAssembly;
const own: Engine = { ...methods() };

function methods(): Engine {
  const { Module, Instance, compile, instantiate } = engine;
  return { Module, Instance, compile, instantiate };
}

/** More than any of the workloads needs; a double holds it exactly. */
const FUEL = 1e15;
const LIMITS = { memoryBytes: 256 * 1024 * 1024, startFuel: FUEL };

const bytesOf = (source: unknown): Uint8Array =>
  source instanceof Uint8Array ? source : new Uint8Array(source as ArrayBuffer);
const metered = (source: unknown): object => new own.Module(meterModule(bytesOf(source), LIMITS));

export interface Run<T> {
  readonly result: T;
  /** Of all instances that were made. */
  readonly fuel: number;
}

/** What `work` gives where each module it compiles is metered, and the fuel of it all. */
export async function runMetered<T>(work: () => Promise<T>): Promise<Run<T>> {
  const instances: Instance[] = [];
  const start = (module: object, imports?: object): Instance => {
    const instance = new own.Instance(module, imports);
    instances.push(instance);
    return instance;
  };
  engine.Module = function Module(bytes: Uint8Array) {
    return metered(bytes);
  } as unknown as Engine['Module'];
  engine.Instance = function Instance(module: object, imports?: object) {
    return start(module, imports);
  } as unknown as Engine['Instance'];
  // Libraries ask by instanceof.
  Object.assign(engine.Instance, { prototype: own.Instance.prototype });
  engine.compile = async bytes => metered(bytes);
  engine.instantiate = async (source, imports) => {
    if (source instanceof own.Module) return start(source, imports);
    return { instance: start(metered(source), imports) };
  };
  try {
    const result = await work();
    const fuel = instances.reduce((sum, { exports }) => sum + FUEL - exports[LEFT_EXPORT](), 0);
    return { result, fuel };
  } finally {
    Object.assign(engine, own);
  }
}
