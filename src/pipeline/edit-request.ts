// What goes on to a target without Weir's key: the query. Everything else stays byte for byte.

/** Parameters that carry a credential, in lower case; `x-amz-*` are parts of an AWS signature. */
const CREDENTIALS: ReadonlySet<string> = new Set(['key', 'api_key', 'api-key', 'access_token']);

/** The query without credentials: all of them, or only those that hold a Weir key. Null where nothing is left. */
export function withoutKeys(query: string | null, all: boolean): string | null {
  if (query === null || !mayHoldKey(query)) return query;
  const kept = query.split('&').filter(pair => {
    const equals = pair.indexOf('=');
    const name = decodeForm(equals < 0 ? pair : pair.slice(0, equals)).toLowerCase();
    const value = equals < 0 ? '' : decodeForm(pair.slice(equals + 1));
    if (value.startsWith('weir_') || name.startsWith('weir_')) return false;
    return !(all && (CREDENTIALS.has(name) || name.startsWith('x-amz-')));
  });
  return kept.length === 0 ? null : kept.join('&');
}

/** Cheap test before the split: a name or an escape that may spell one. */
const MAY_HOLD_KEY = /key|token|weir_|x-amz-|%/i;

const mayHoldKey = (query: string): boolean => MAY_HOLD_KEY.test(query);

const decodeForm = (text: string): string => decode(text.replaceAll('+', ' '), text);

/** What is not UTF-8 spells neither a key nor a name: `otherwise` stands for it. */
function decode(text: string, otherwise = text): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return otherwise;
  }
}
