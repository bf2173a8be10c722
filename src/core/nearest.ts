// "Did you mean …?": the known name nearest to an unknown one, so that an error message carries its mending.

/** The nearest of `known` within a third of the name's length (at least one edit), or null. Case, `-` and `_` do not count. */
export function nearest(name: string, known: Iterable<string>): string | null {
  const asked = fold(name);
  let best: string | null = null;
  let bestEdits = Math.max(1, Math.floor(asked.length / 3)) + 1;
  for (const candidate of known) {
    const edits = editDistance(asked, fold(candidate), bestEdits);
    if (edits < bestEdits) {
      best = candidate;
      bestEdits = edits;
    }
  }
  return best;
}

function fold(name: string): string {
  // Names are short; a long unknown key is cut so that the table below stays small.
  return name.slice(0, 64).toLowerCase().replaceAll('-', '_');
}

/** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment); at least `limit` means "too far". */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let edits = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1));
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) edits = Math.min(edits, (before[j - 2] ?? 0) + 1);
      row.push(edits);
    }
    before = last;
    last = row;
  }
  return last[b.length] ?? limit;
}
