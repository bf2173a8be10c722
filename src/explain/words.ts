// Numbers, times and foreign text as a colleague would write them.

/** 1234567 → `1,234,567`; fractions keep what matters. */
export function count(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 3 });
}

export function counted(value: number, one: string, many = `${one}s`): string {
  return `${value === 0 ? 'no' : count(value)} ${value === 1 ? one : many}`;
}

/** µs, ms, s, min, h or days, with about three digits; what would round up to the next unit is told in that. */
export function span(ms: number): string {
  if (ms < 0) return `${count(ms)} ms`;
  if (ms < 0.9995) return `${Math.round(ms * 1000)} µs`;
  if (ms < 9.995) return `${count(Math.round(ms * 100) / 100)} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 119_995) return `${count(Math.round(ms / 10) / 100)} s`;
  if (ms < 7_197_000) return `${count(Math.round(ms / 6000) / 10)} min`;
  return ms < 172_620_000
    ? `${count(Math.round(ms / 360_000) / 10)} h`
    : `${count(Math.round(ms / 8_640_000) / 10)} days`;
}

export function size(bytes: number): string {
  if (bytes < 1024) return counted(bytes, 'byte');
  if (bytes < 1024 * 1024) return `${count(Math.round(bytes / 102.4) / 10)} KiB`;
  return `${count(Math.round(bytes / 104_857.6) / 10)} MiB`;
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(parts: readonly string[]): string {
  const last = parts.at(-1) ?? '';
  return parts.length < 2 ? last : `${parts.slice(0, -1).join(', ')} and ${last}`;
}

/** Text from outside, cut: an explanation quotes to recognise, not to repeat. */
export function quoted(text: string, charsMax = 160): string {
  return text.length > charsMax ? `${text.slice(0, charsMax)}…` : text;
}

/** With a full stop, unless it ends one already. */
export function ended(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}
