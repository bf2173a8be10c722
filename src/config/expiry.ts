// When a key ends: a day or a time, as `weir.yaml`, the admin API and `weir key new` take it.

/** ms since the epoch; a bare date is 00:00 UTC. Undefined where it is no date of the calendar. */
export function parseExpiry(text: string): number | undefined {
  const match = /^(\d{4}-\d{2}-\d{2})(?:[Tt ]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:[Zz]|[+-]\d{2}:\d{2}))?$/.exec(
    text,
  );
  const day = Date.parse(`${match?.[1]}T00:00:00Z`);
  // Date.parse takes 31 February for 3 March: the day must come back as it went in.
  if (Number.isNaN(day) || new Date(day).toISOString().slice(0, 10) !== match?.[1]) return undefined;
  const time = text.length === 10 ? day : Date.parse(text.replace(' ', 'T').toUpperCase());
  return Number.isNaN(time) ? undefined : time;
}
