// Puts the rewriter between a process and the engine: from then on every module that is compiled is metered first, and has more fuel than it needs.
import { LEFT_EXPORT } from '../../dist/plugin/wasm/exports.js';
import { meterModule } from '../../dist/plugin/wasm/meter.js';

/** A double holds it exactly. */
const FUEL = 2 ** 52;
const LIMITS = { memoryBytes: 256 * 1024 * 1024, startFuel: FUEL };
const instances = [];

export function meterEverything() {
  const { Module, Instance } = WebAssembly;
  const bytesOf = source => (source instanceof Uint8Array ? source : new Uint8Array(source));
  const metered = source => new Module(meterModule(bytesOf(source), LIMITS));
  const start = (module, imports) => {
    const instance = new Instance(module, imports);
    instances.push(instance);
    return instance;
  };
  WebAssembly.Module = function MeteredModule(bytes) {
    return metered(bytes);
  };
  WebAssembly.Instance = function MeteredInstance(module, imports) {
    return start(module, imports);
  };
  // Libraries ask by instanceof.
  WebAssembly.Instance.prototype = Instance.prototype;
  WebAssembly.compile = async bytes => metered(bytes);
  WebAssembly.instantiate = async (source, imports) =>
    source instanceof Module ? start(source, imports) : { instance: start(metered(source), imports) };
}

/** By all instances so far. */
export const fuelUsed = () => instances.reduce((sum, { exports }) => sum + FUEL - exports[LEFT_EXPORT](), 0);
