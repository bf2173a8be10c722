// The upstream alone, without any gateway: what the load and the provider cost by themselves.
export const upstream = {
  name: 'upstream',
  title: 'the upstream alone',
  missing: () => null,
  /** Null: the load goes to the upstream itself, which takes the gateway's core. */
  start: () => null,
};
