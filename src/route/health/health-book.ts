// The health of all targets of one configuration on one thread. A reload takes over what is known of targets that it leaves as they are: a target that is
// down is not forgotten because somebody has edited a policy. Bounded by the configuration: what callers name has no entry of its own.
import { type Target, targetName } from '../router.js';
import { RefusedKeys } from './key-ring.js';
import { TargetHealth, type TargetSnapshot } from './target-health.js';

export interface HealthProvider {
  readonly name: string;
  /** What makes it the same as before: address and keys. */
  readonly identity: string;
  readonly keyNames: readonly string[];
}

interface Provider extends HealthProvider {
  readonly refused: RefusedKeys;
}

export class HealthBook {
  readonly #providers: ReadonlyMap<string, Provider>;
  /** By `provider` or `provider/model`. */
  readonly #targets = new Map<string, TargetHealth>();
  readonly #byTarget = new Map<Target, TargetHealth>();

  constructor(
    providers: readonly HealthProvider[],
    targets: readonly Target[],
    previous: HealthBook | null = null,
    random: () => number = Math.random,
  ) {
    this.#providers = new Map(providers.map(provider => [provider.name, takenOver(provider, previous)]));
    const all: readonly Target[] = [
      ...providers.map(({ name }) => ({ provider: name, model: null })),
      ...targets,
    ];
    for (const target of all) {
      const name = targetName(target);
      const provider = this.#providers.get(target.provider);
      if (provider === undefined) throw new Error(`no provider ${target.provider}`);
      let health = this.#targets.get(name);
      if (health === undefined) {
        const same = previous?.known(provider.name)?.refused === provider.refused;
        health =
          (same ? previous?.named(name) : undefined) ??
          new TargetHealth(name, provider.name, provider.refused, random);
        this.#targets.set(name, health);
      }
      this.#byTarget.set(target, health);
    }
  }

  /** Of a target of the configuration; a model that the caller named counts with its provider. */
  of(target: Target): TargetHealth {
    const known = this.#byTarget.get(target) ?? this.#targets.get(target.provider);
    if (target.model === null || this.#byTarget.has(target)) return known ?? this.#missing(target);
    return this.#targets.get(targetName(target)) ?? known ?? this.#missing(target);
  }

  snapshot(nowMs: number): TargetSnapshot[] {
    return [...this.#targets.values()].map(health =>
      health.snapshot(nowMs, this.#providers.get(health.provider)?.keyNames ?? []),
    );
  }

  /** For the book that follows this one. */
  known(provider: string): { readonly identity: string; readonly refused: RefusedKeys } | undefined {
    return this.#providers.get(provider);
  }

  named(target: string): TargetHealth | undefined {
    return this.#targets.get(target);
  }

  #missing({ provider }: Target): never {
    throw new Error(`no provider ${provider}`);
  }
}

function takenOver(provider: HealthProvider, previous: HealthBook | null): Provider {
  const before = previous?.known(provider.name);
  const same = before !== undefined && before.identity === provider.identity;
  return { ...provider, refused: same ? before.refused : new RefusedKeys(provider.keyNames.length) };
}
