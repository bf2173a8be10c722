// `by:` of a limit or budget: what its buckets are told apart by.
import { nearest } from '../core/nearest.js';
import { CREDENTIAL_HEADERS } from '../when/resolve.js';
import { type Dimension, PLAIN_DIMENSIONS } from './config.js';
import type { Findings } from './findings.js';
import type { Path } from './problem.js';
import { HEADER_NAME, isFraming } from './provider-headers.js';

const ALLOWED = `${PLAIN_DIMENSIONS.join(', ')}, tag.<name>, header.<name>`;

/** `consumer`, `tag.project`, `header.x-team`. */
export function dimensionText(dimension: Dimension): string {
  return 'name' in dimension ? `${dimension.kind}.${dimension.name}` : dimension.kind;
}

/** Those that are right; the findings say what is wrong with the others. */
export function resolveDimensions(
  by: readonly unknown[],
  path: Path,
  knownTags: ReadonlySet<string>,
  findings: Findings,
): readonly Dimension[] {
  const dimensions: Dimension[] = [];
  const seen = new Set<string>();
  by.forEach((written, i) => {
    const place = [...path, i];
    const dimension =
      typeof written === 'string' ? resolveDimension(written, place, knownTags, findings) : null;
    if (dimension === null) return;
    const text = dimensionText(dimension);
    if (seen.has(text)) findings.refuse(place, text, 'each dimension once', 'it stands here a second time;');
    else dimensions.push(dimension);
    seen.add(text);
  });
  return dimensions;
}

function resolveDimension(
  written: string,
  place: Path,
  knownTags: ReadonlySet<string>,
  findings: Findings,
): Dimension | null {
  const plain = PLAIN_DIMENSIONS.find(known => known === written);
  if (plain !== undefined) return { kind: plain };
  const [kind, name] = written.includes('.') ? splitOnce(written) : ['', written];
  if (kind === 'tag') return tagDimension(name, place, knownTags, findings);
  if (kind === 'header') return headerDimension(name.toLowerCase(), place, findings);
  // Schema messages tell of empty and unprintable texts.
  if (written.trim() !== '') {
    const near = nearest(written, [...PLAIN_DIMENSIONS, 'tag.', 'header.']);
    const mend = knownTags.has(written)
      ? `did you mean tag.${written}?`
      : near === null
        ? ''
        : `did you mean ${near}?`;
    findings.refuse(place, written, ALLOWED, mend);
  }
  return null;
}

function tagDimension(
  name: string,
  place: Path,
  knownTags: ReadonlySet<string>,
  findings: Findings,
): Dimension | null {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name)) {
    findings.refuse(place, `tag.${name}`, 'tag. and a name of letters, digits, "-", "_" and "."');
    return null;
  }
  if (!knownTags.has(name)) {
    const near = nearest(name, knownTags);
    const mend = near === null ? '' : ` (did you mean tag.${near}?)`;
    findings.warning(
      place,
      `is tag.${name}, which neither tags: nor any consumer has${mend}: all requests share (none)`,
    );
  }
  return { kind: 'tag', name };
}

function headerDimension(name: string, place: Path, findings: Findings): Dimension | null {
  if (!HEADER_NAME.test(name)) {
    findings.refuse(place, `header.${name}`, 'header. and the name of a header');
    return null;
  }
  if (CREDENTIAL_HEADERS.has(name))
    findings.error(place, `is header.${name}, which carries a credential; allowed: consumer or key`);
  else if (isFraming(name))
    findings.error(place, `is header.${name}, which belongs to one connection; allowed: end-to-end headers`);
  else if (name.startsWith('x-weir-tag-'))
    findings.error(
      place,
      `is header.${name}; allowed: tag.${name.slice('x-weir-tag-'.length)}, with the name under tags:`,
    );
  else if (name.startsWith('x-weir-')) findings.error(place, `is header.${name}, one of Weir’s own headers`);
  else return { kind: 'header', name };
  return null;
}

function splitOnce(text: string): [string, string] {
  const dot = text.indexOf('.');
  return [text.slice(0, dot), text.slice(dot + 1)];
}
