// model-tiers: which consumer may use which models. A consumer belongs to a tier, by a table, by name, or by default; a tier is a list of
// model patterns. README.md has the settings.
import { ByteView, config, deny, evidence, GO_ON, lookup, Setting } from '../sdk';
import { globMatches, globOf, Globs } from '../sdk/glob';
import { evidence_str, field_str } from '../sdk/weir';

// Asked of every request: no string is made where nothing is refused.
class Tier {
  readonly shown: ByteView;
  /** By pattern, what the evidence says of a request that it let pass: one line, since each costs a call. */
  readonly lets: ByteView[] = [];

  constructor(
    readonly name: string,
    readonly models: Globs,
  ) {
    this.shown = ByteView.of(name);
    for (let i = 0; i < models.patterns.length; i++)
      this.lets.push(ByteView.of(`${name}: ${models.patterns[i]}`));
  }
}

const MESSAGE_MODELS_MAX = 600;
const NAME_MAX = 128;

const tiers: Tier[] = [];
/** Patterns of consumers' names, and the tier of each. */
const consumers: ByteView[] = [];
const consumerTiers: Tier[] = [];
let defaultTier: Tier | null = null;
let table: string = '';
const TIER = ByteView.of('tier');
const ALLOWED_BY = ByteView.of('allowed_by');

/** Names of the request; longer ones are read from the heap. */
const NAME_BYTES = 256;
const CONSUMER_FIELD = 5;
const MODEL_FIELD = 3;
const consumerAt = memory.data(256);
const modelAt = memory.data(256);

let status: i32 = 403;
let suggests: bool = true;

export function configure(): i32 {
  readTiers();
  readConsumers();
  const byDefault = config.at('default_tier');
  if (!byDefault.absent) defaultTier = tierOf(byDefault);
  table = config.string('table');
  status = <i32>config.integer('status', 403, 400, 599);
  suggests = config.bool('suggest', true);
  return config.check();
}

function readTiers(): void {
  const given = config.at('tiers');
  const names = given.keys();
  for (let i = 0; i < names.length; i++) {
    const models = given.get(names[i]);
    if (models.absent) models.wrong('a list of model patterns');
    tiers.push(new Tier(names[i], new Globs(models.strings())));
  }
  if (tiers.length == 0) config.problem('config.tiers must name at least one tier with its models');
}

function readConsumers(): void {
  const given = config.at('consumers');
  const names = given.keys();
  for (let i = 0; i < names.length; i++) {
    const tier = tierOf(given.get(names[i]));
    if (tier === null) continue;
    consumers.push(globOf(names[i]));
    consumerTiers.push(tier);
  }
}

function tierOf(setting: Setting): Tier | null {
  const tier = find(setting.string());
  if (tier === null) setting.wrong('one of the tiers');
  return tier;
}

function find(name: string): Tier | null {
  for (let i = 0; i < tiers.length; i++) if (tiers[i].name == name) return tiers[i];
  return null;
}

export function on_request(): i32 {
  const consumer = field(CONSUMER_FIELD, consumerAt);
  const model = field(MODEL_FIELD, modelAt);
  // A table's row decides, even where it names a tier that there is not: then nothing is allowed.
  let named: string | null = null;
  if (table != '') named = lookup(table, consumer.toString());
  const tier = named !== null ? find(named) : tierByName(consumer);
  if (tier === null) return withoutTier(consumer.toString(), named);
  const at = tier.models.indexOf(model);
  if (at < 0) return notAllowed(model.toString(), tier);
  show(ALLOWED_BY, unchecked(tier.lets[at]));
  return GO_ON;
}

/** Empty where it is absent. */
function field(id: i32, buffer: usize): ByteView {
  const length = field_str(id, buffer, NAME_BYTES);
  if (length <= NAME_BYTES) return new ByteView(buffer, max(length, 0));
  const ptr = heap.alloc(length);
  return new ByteView(ptr, field_str(id, ptr, length));
}

function show(key: ByteView, value: ByteView): void {
  evidence_str(key.ptr, key.length, value.ptr, value.length);
}

function tierByName(consumer: ByteView): Tier | null {
  for (let i = 0; i < consumers.length; i++) {
    if (globMatches(unchecked(consumers[i]), consumer)) return unchecked(consumerTiers[i]);
  }
  return defaultTier;
}

function withoutTier(consumer: string, named: string | null): i32 {
  evidence.text('tier', named === null ? '(none)' : `(unknown) ${named}`);
  return deny(
    status,
    'no_model_tier',
    `no models are open to consumer "${consumer}": it belongs to no tier that is configured`,
  );
}

function notAllowed(model: string, tier: Tier): i32 {
  show(TIER, tier.shown);
  const asked = model == '' ? 'a request without a model' : `model "${model.slice(0, NAME_MAX)}"`;
  const allowed = tier.models.patterns.join(', ').slice(0, MESSAGE_MODELS_MAX);
  const hint = !suggests ? '' : allowed == '' ? '; no model is' : `; these are: ${allowed}`;
  return deny(status, 'model_not_allowed', `${asked} is not open to tier "${tier.name}"${hint}`);
}
