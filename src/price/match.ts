// Which entry of the catalogue a model's name means, by the catalogue's own rules: the first entry of the provider whose rule
// holds, else of its fallbacks, else the same with a date written `2025-05-14` for `20250514`.
import type { Catalogue, CatalogueModel, CatalogueProvider, MatchRule } from './catalogue.js';

export interface Match {
  /** The provider whose entry it is: `openai` for an Azure deployment that serves gpt-4o. */
  readonly owner: string;
  readonly model: CatalogueModel;
}

/** `name` in lower case without blanks around it. */
export function matchModel(catalogue: Catalogue, provider: CatalogueProvider, name: string): Match | null {
  const found = matchIn(catalogue, provider, name);
  if (found !== null) return found;
  const dated = withDashedDates(name);
  return dated === name ? null : matchIn(catalogue, provider, dated);
}

function matchIn(catalogue: Catalogue, provider: CatalogueProvider, name: string): Match | null {
  // A fine-tune carries words of its owner's choice: only a rule about fine-tunes from their first letter on may price it.
  const fineTune = name.startsWith('ft:');
  const model = provider.models.find(each => holds(each.match, name, fineTune));
  if (model !== undefined) return { owner: provider.id, model };
  for (const id of provider.fallback) {
    const fallback = catalogue.providers.find(each => each.id === id);
    const found = fallback === undefined ? null : matchIn(catalogue, { ...fallback, fallback: [] }, name);
    if (found !== null) return found;
  }
  return null;
}

function holds(rule: MatchRule, name: string, anchoredOnly: boolean): boolean {
  if ('or' in rule) return rule.or.some(each => holds(each, name, anchoredOnly));
  if ('and' in rule) return rule.and.every(each => holds(each, name, anchoredOnly));
  if ('equals' in rule) return name === rule.equals.toLowerCase();
  if ('starts_with' in rule) return name.startsWith(rule.starts_with.toLowerCase());
  if (anchoredOnly) return false;
  if ('ends_with' in rule) return name.endsWith(rule.ends_with.toLowerCase());
  if ('contains' in rule) return name.includes(rule.contains.toLowerCase());
  return new RegExp(rule.regex).test(name);
}

function withDashedDates(name: string): string {
  return name.replace(
    /(-)(20\d{2})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?=-|:|$)/g,
    (text, dash: string, year: string, month: string, day: string) => {
      const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
      return date.getUTCDate() === Number(day) ? `${dash}${year}-${month}-${day}` : text;
    },
  );
}
