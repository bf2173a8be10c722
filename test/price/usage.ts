// A short way to write a usage: `usageOf({ inputTokens: 10 })`; all else is unknown.
import { noUsage, type Usage } from '../../src/core/usage.js';

export function usageOf(parts: Partial<Usage>): Usage {
  return { ...noUsage(), source: 'provider', inputSource: 'provider', outputSource: 'provider', ...parts };
}

export function rawOf(value: unknown): Uint8Array[] {
  return [new TextEncoder().encode(JSON.stringify(value))];
}
