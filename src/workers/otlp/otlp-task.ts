// What the ledger's thread needs to tell of requests over OTLP.
import type { Config } from '../../config/config.js';
import type { OtlpTask } from '../ledger-protocol.js';

export function otlpTask({ otlp, providers }: Config): OtlpTask | null {
  if (otlp === null) return null;
  return { config: otlp, kinds: Object.fromEntries(providers.map(({ name, kind }) => [name, kind])) };
}
