// Builds build/prices/catalogue.json, the prices of the models that Weir can meet, from @pydantic/genai-prices. Rates become
// integers (pico-dollars per token, per request, per search) here, once; a price whose meaning we do not know fails the
// build. Importing the package costs a thread 80-100 ms of CPU and 16 MB; reading this file costs 10 ms and 2 MB.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findProvider } from '@pydantic/genai-prices';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const out = join(root, 'build', 'prices');

/** The catalogue's providers that src/price/names.ts can ask for, and those that they fall back to. */
const PROVIDERS =
  `openai azure anthropic google aws mistral cohere groq deepseek x-ai openrouter together fireworks perplexity
  cerebras zai moonshotai voyageai huggingface_cerebras huggingface_fireworks-ai huggingface_groq huggingface_hyperbolic
  huggingface_nebius huggingface_novita huggingface_nscale huggingface_ovhcloud huggingface_publicai
  huggingface_sambanova huggingface_together`.split(/\s+/);

/** Per million tokens in dollars is per token in millionths of a dollar: times 1e6 in pico-dollars. */
const PER_MILLION = 1e6;
/** Per thousand requests in dollars: 1e12 pico-dollars a dollar, a thousandth of it each. */
const PER_THOUSAND = 1e9;

const RATES = {
  input_mtok: ['input', PER_MILLION],
  cache_read_mtok: ['cachedInput', PER_MILLION],
  cache_write_mtok: ['cacheWrite', PER_MILLION],
  cache_write_1h_mtok: ['cacheWrite1h', PER_MILLION],
  input_audio_mtok: ['audioInput', PER_MILLION],
  cache_audio_read_mtok: ['cachedAudioInput', PER_MILLION],
  input_image_mtok: ['imageInput', PER_MILLION],
  cache_image_read_mtok: ['cachedImageInput', PER_MILLION],
  input_video_mtok: ['videoInput', PER_MILLION],
  output_mtok: ['output', PER_MILLION],
  output_reasoning_mtok: ['reasoning', PER_MILLION],
  output_audio_mtok: ['audioOutput', PER_MILLION],
  output_image_mtok: ['imageOutput', PER_MILLION],
  output_video_mtok: ['videoOutput', PER_MILLION],
  requests_kcount: ['perRequest', PER_THOUSAND],
  web_searches_kcount: ['perWebSearch', PER_THOUSAND],
};

/** Units whose amounts no usage of ours carries. A model priced in nothing else cannot be priced. */
const UNMEASURED = new Set([
  'audio_hours',
  'input_audio_hours',
  'input_document_kpages',
  'input_annotated_document_kpages',
  'input_text_messages_kcount',
  'storage_searches_kcount',
  'output_citation_mtok',
]);

function integer(dollars, scale, where) {
  const rate = Math.round(dollars * scale);
  if (!Number.isSafeInteger(rate) || rate < 0)
    throw new Error(`${where}: ${dollars} is no price that fits in pico-dollars`);
  return rate;
}

/** The bands of a price, cheapest context first: { above, rates }, for requests with more input tokens than `above`. */
function bandsOf(prices, where) {
  const starts = new Set([-1]);
  for (const price of Object.values(prices)) for (const tier of price.tiers ?? []) starts.add(tier.start);
  return [...starts].sort((a, b) => a - b).map(above => ({ above, rates: ratesAt(prices, above, where) }));
}

function ratesAt(prices, above, where) {
  const rates = {};
  for (const [key, price] of Object.entries(prices)) {
    if (UNMEASURED.has(key)) continue;
    const known = RATES[key];
    if (known === undefined)
      throw new Error(`${where}: price ${key} is unknown; teach scripts/build-prices.js`);
    const tiers = (price.tiers ?? []).filter(tier => tier.start <= above).sort((a, b) => a.start - b.start);
    const dollars = typeof price === 'number' ? price : (tiers.at(-1)?.price ?? price.base);
    rates[known[0]] = integer(dollars, known[1], where);
  }
  return rates;
}

function dailySecond(text, where) {
  const match = /^([01]\d|2[0-3]):([0-5]\d):([0-5]\d)Z$/.exec(text);
  if (match === null) throw new Error(`${where}: time of day ${text} is not hh:mm:ssZ`);
  return Number(match[1]) * 3600 + Number(match[2]) * 60 + Number(match[3]);
}

function plan({ constraint, prices }, where) {
  const bands = bandsOf(prices, where);
  const measured = Object.keys(prices).length === 0 || Object.keys(bands[0].rates).some(isTokens);
  const own = { bands: measured ? bands : null };
  if (constraint === undefined) return own;
  if (constraint.type === 'start_date') return { sinceMs: Date.parse(constraint.start_date), ...own };
  if (constraint.type !== 'time_of_date')
    throw new Error(`${where}: constraint ${constraint.type} is unknown`);
  const { start_time: from, end_time: to } = constraint;
  return { fromSecond: dailySecond(from, where), toSecond: dailySecond(to, where), ...own };
}

const isTokens = rate => rate === 'input' || rate === 'output';

function model({ id, match, prices }, provider) {
  const plans = Array.isArray(prices) ? prices : [{ prices }];
  return { id, match, plans: plans.map(each => plan(each, `${provider}/${id}`)) };
}

const { version } = createRequire(import.meta.url)(
  join(root, 'node_modules/@pydantic/genai-prices/package.json'),
);
const providers = PROVIDERS.map(id => {
  const provider = findProvider({ providerId: id });
  if (provider?.id !== id) throw new Error(`the catalogue has no provider ${id}`);
  const fallback = (provider.fallback_model_providers ?? []).filter(name => PROVIDERS.includes(name));
  return { id, fallback, models: provider.models.map(each => model(each, id)) };
});

mkdirSync(out, { recursive: true });
// By a rename, so that a gateway or a test that starts meanwhile never reads half a file.
const file = join(out, 'catalogue.json');
writeFileSync(`${file}.${process.pid}`, JSON.stringify({ version: `genai-prices ${version}`, providers }));
renameSync(`${file}.${process.pid}`, file);
console.log(`catalogue.json: ${readFileSync(file).length} bytes, ${providers.length} providers`);
