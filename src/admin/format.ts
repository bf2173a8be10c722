// Which form an answer takes: `format=` says it, else the Accept header.

/** Form → the media types that ask for it; the first form is the one that anybody gets who asks for none. */
export type Forms = Readonly<Record<string, readonly string[]>>;

export function formOf(params: URLSearchParams, accept: string, forms: Forms): string | { problem: string } {
  const names = Object.keys(forms);
  const asked = params.get('format');
  if (asked !== null) {
    if (Object.hasOwn(forms, asked)) return asked;
    return { problem: `format is ${JSON.stringify(asked.slice(0, 40))}; must be one of ${names.join(', ')}` };
  }
  // In the order in which the asker gives them: weights are for those who have a doubt, and here nobody has.
  for (const range of accept.split(',')) {
    const type = range.split(';', 1)[0]?.trim().toLowerCase() ?? '';
    const found = names.find(name => forms[name]?.includes(type));
    if (found !== undefined) return found;
  }
  return names[0] ?? '';
}

export const JSON_OR_CSV: Forms = { json: ['application/json'], csv: ['text/csv'] };
