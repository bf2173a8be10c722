// Hot path: per request. Finds the price of a model at a provider and remembers what it found: a bounded number of names in two
// generations, so that a flood of made-up names can neither grow it nor flush what is in use at once.
import { type Catalogue, type CatalogueModel, loadCatalogue, type Plan } from './catalogue.js';
import { matchModel } from './match.js';
import { catalogueName, isFree, NAME_MAX } from './names.js';
import { overrideIndex, type PriceOverride } from './overrides.js';
import { BandedPrice, fixedPrice, type Price } from './price.js';
import { billedUnits, readerFor } from './raw-extras.js';

/** Names remembered per provider and generation. Real configurations serve tens. */
const NAMES_MAX = 1024;
const PROVIDERS_MAX = 256;
const DAY_MS = 86_400_000;

interface PricedPlan extends Pick<Plan, 'sinceMs' | 'fromSecond' | 'toSecond'> {
  readonly price: Price | null;
}

interface Known {
  /** Where it is the same at all times. */
  readonly price: Price | null;
  /** Where it depends on the time, else null. */
  readonly plans: readonly PricedPlan[] | null;
  readonly catalogueModel: string | null;
}

interface Names {
  young: Map<string, Known>;
  old: Map<string, Known>;
}

/** What a request costs by: the model that served it, or, where that has no price, the one that was asked for. */
export interface FoundPrice {
  readonly price: Price;
  readonly exact: boolean;
}

const UNKNOWN: Known = Object.freeze({ price: null, plans: null, catalogueModel: null });

export class PriceBook {
  readonly #catalogue: Catalogue;
  readonly #overrides: readonly PriceOverride[];
  readonly #overridePrices: readonly Price[];
  readonly #kinds: ReadonlyMap<string, string>;
  readonly #names = new Map<string, Names>();
  #lastProvider: string | null = null;
  #lastNames: Names = { young: new Map(), old: new Map() };
  readonly #entries = new Map<string, readonly PricedPlan[]>();

  /** `kinds`: configured provider names to their kinds; a name that it lacks is taken for a kind. */
  constructor(
    overrides: readonly PriceOverride[] = [],
    options: { kinds?: ReadonlyMap<string, string>; catalogue?: Catalogue } = {},
  ) {
    this.#catalogue = options.catalogue ?? loadCatalogue();
    this.#overrides = overrides;
    this.#overridePrices = overrides.map(({ provider, model, rates }, index) =>
      fixedPrice(`prices[${index}] (${provider === null ? '' : `${provider}/`}${model})`, rates),
    );
    this.#kinds = options.kinds ?? new Map();
  }

  get catalogue(): string {
    return this.#catalogue.version;
  }

  /** The price of a model at a provider at a time (Unix ms); null where neither the configuration nor the catalogue has one. */
  find(provider: string, model: string, atMs: number): Price | null {
    const known = this.#known(provider, model);
    return known.plans === null ? known.price : (planAt(known.plans, atMs)?.price ?? null);
  }

  /**
   * The price of what served a request. Bedrock's answers leave out the region that the price depends on, so there the requested id
   * comes first; elsewhere the served model does, since a name such as `gpt-4o` or an Azure deployment may mean several.
   */
  findServed(
    provider: string,
    requested: string | null,
    served: string | null,
    atMs: number,
  ): FoundPrice | null {
    const byRequest = (this.#kinds.get(provider) ?? provider) === 'bedrock';
    const first = byRequest ? requested : served;
    const price = first === null ? null : this.find(provider, first, atMs);
    if (price !== null) return { price, exact: true };
    const second = byRequest ? served : requested;
    const other = second === null ? null : this.find(provider, second, atMs);
    return other === null ? null : { price: other, exact: first === null };
  }

  /** The catalogue's name of a model, without its provider; null where it has none. A name that an override spells out counts too. */
  catalogueModel(provider: string, model: string): string | null {
    return this.#known(provider, model).catalogueModel;
  }

  #known(provider: string, model: string): Known {
    const names = provider === this.#lastProvider ? this.#lastNames : this.#namesOf(provider);
    const young = names.young.get(model);
    if (young !== undefined) return young;
    const known = names.old.get(model) ?? this.#look(provider, model);
    if (model.length > NAME_MAX) return known;
    if (names.young.size >= NAMES_MAX) {
      names.old = names.young;
      names.young = new Map();
    }
    names.young.set(model, known);
    return known;
  }

  #namesOf(provider: string): Names {
    let names = this.#names.get(provider);
    if (names === undefined) {
      names = { young: new Map(), old: new Map() };
      // Providers come from the configuration, so there are few; a caller that makes names up only loses the memory.
      if (this.#names.size < PROVIDERS_MAX) this.#names.set(provider, names);
    }
    this.#lastProvider = provider;
    this.#lastNames = names;
    return names;
  }

  #look(provider: string, model: string): Known {
    const kind = this.#kinds.get(provider) ?? provider;
    const index = overrideIndex(this.#overrides, provider, kind, model);
    const override = this.#overridePrices[index] ?? null;
    const spelled = this.#overrides[index]?.model === model ? model : null;
    const name = catalogueName(kind, model);
    const home = this.#catalogue.providers.find(each => each.id === name?.provider);
    const match = name === null || home === undefined ? null : matchModel(this.#catalogue, home, name.model);
    if (match === null)
      return override === null ? UNKNOWN : { price: override, plans: null, catalogueModel: spelled };
    const catalogueModel = match.model.id;
    if (override !== null) return { price: override, plans: null, catalogueModel };
    const plans = this.#plans(kind, match.owner, match.model, isFree(kind, model));
    const only = plans.length === 1 ? plans[0] : undefined;
    return { price: only?.price ?? null, plans: only === undefined ? plans : null, catalogueModel };
  }

  #plans(kind: string, owner: string, model: CatalogueModel, free: boolean): readonly PricedPlan[] {
    const key = `${kind} ${free} ${owner}/${model.id}`;
    let plans = this.#entries.get(key);
    if (plans === undefined) {
      plans = model.plans.map(plan => ({
        ...plan,
        price: this.#price(kind, `${owner}/${model.id}`, plan, free),
      }));
      this.#entries.set(key, plans);
    }
    return plans;
  }

  #price(kind: string, name: string, plan: Plan, free: boolean): Price | null {
    const rates = plan.bands?.map(band => band.rates);
    if (plan.bands === null || rates === undefined) return null;
    if (!free && rates.every(each => Object.keys(each).length === 0)) return null;
    const readRaw = kind === 'cohere' ? billedUnits : readerFor(rates);
    return new BandedPrice(name, this.#catalogue.version, plan.bands, {
      anthropic: name.includes('claude'),
      readRaw,
    });
  }
}

/** The last that applies, else the first: the catalogue's order. */
function planAt(plans: readonly PricedPlan[], atMs: number): PricedPlan | null {
  for (let index = plans.length - 1; index >= 0; index--) {
    const plan = plans[index];
    if (plan !== undefined && applies(plan, atMs)) return plan;
  }
  return plans[0] ?? null;
}

function applies(plan: PricedPlan, atMs: number): boolean {
  if (plan.sinceMs !== undefined) return atMs >= plan.sinceMs;
  if (plan.fromSecond === undefined || plan.toSecond === undefined) return true;
  const second = (atMs - Math.floor(atMs / DAY_MS) * DAY_MS) / 1000;
  const after = second >= plan.fromSecond;
  const before = second < plan.toSecond;
  return plan.toSecond < plan.fromSecond ? after || before : after && before;
}
