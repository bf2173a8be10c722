// How near are counted and estimated prompts to what providers reported? Per provider, on recorded traffic.
// Non-goals: speed, answers (but for their priors).
//
//   node bench/tokens/corpus-table.js [--corpus FOLDER] [--seeds 1,2,3,4,5] [--json] [--overheads] [--priors]
//
// FOLDER holds recorded traffic (INDEX.jsonl and bodies), by default ../shared/corpus beside the repository. Records with a request
// body and reported input tokens. Two questions:
//   exact   OpenAI's own models at OpenAI and Azure, of which everything was counted: how far is each count off?
//   learned everything else of which everything was counted: a random half (by seed) teaches a FactorTable, the other half is
//           estimated with it. Recordings of the same prompt (tests repeat themselves) go to the same half.
// `--overheads` prints each record's reported − counted beside what it holds; `--priors` the ratios that priors.ts ships (for answers:
// whole ones of text alone, without reasoning or calls, of 20 tokens or more).
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { ConversationKernel } from '../../dist/kernel/conversation.js';
import { TokenKernel } from '../../dist/kernel/tokens.js';
import { loadVocabulary } from '../../dist/kernel/vocabulary.js';
import { countPrompt } from '../../dist/tokens/count-prompt.js';
import { encodingOf } from '../../dist/tokens/encodings.js';
import { FactorTable } from '../../dist/tokens/factors.js';
import { modelName } from '../../dist/tokens/model-name.js';

const CORPUS = fileURLToPath(new URL('../../../shared/corpus', import.meta.url));
const OWN_HOSTS = new Set(['openai', 'azure-openai']);

const corpusRecords = folder =>
  readFileSync(join(folder, 'INDEX.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map(line => JSON.parse(line));

/** Every countable record: what was counted, what was reported, and whether the tokenizer is the model's own. */
export function countCorpus(folder) {
  const kernels = { tokens: TokenKernel.load(loadVocabulary(1), 0), conversation: ConversationKernel.load() };
  const untaught = new FactorTable();
  return corpusRecords(folder).flatMap(record => {
    const reported = record.expected?.input_tokens;
    if (
      !record.request_body_file ||
      typeof reported !== 'number' ||
      record.provider === 'none' ||
      record.error
    )
      return [];
    if (record.weir_api === null) return [];
    const body = readFileSync(join(folder, record.request_body_file));
    // The model that served: an Azure deployment's own name says nothing.
    const model = record.model ?? record.request_model;
    const count = countPrompt(kernels, untaught, { api: record.weir_api, model, body });
    if (count === null) return [];
    const { counted, exact, uncounted } = count;
    return [
      {
        id: record.id,
        provider: record.provider,
        api: record.weir_api,
        model,
        family: modelName(model).family,
        counted,
        reported,
        /** Counted with the model's own tokenizer: no factor is applied, whoever serves it. */
        ownTokenizer: exact,
        exact: exact && OWN_HOSTS.has(record.provider),
        uncounted,
        prompt: createHash('sha256').update(body).digest('hex'),
        source: record.source_path,
      },
    ];
  });
}

/** `mulberry32`: the same halves for the same seed on every machine. */
function random(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Relative errors of the half that was not learned from, of one seed: [{ provider, error }]. */
export function testHalf(records, seed) {
  const next = random(seed);
  const side = new Map();
  for (const { prompt } of records) if (!side.has(prompt)) side.set(prompt, next() < 0.5);
  const table = new FactorTable();
  for (const { prompt, model, counted, reported, ownTokenizer } of records)
    if (side.get(prompt) && !ownTokenizer) table.learn(model, 'input', counted, reported);
  return records
    .filter(({ prompt }) => !side.get(prompt))
    .map(({ id, provider, model, counted, reported, ownTokenizer }) => {
      const factor = ownTokenizer ? 1 : table.of(model, 'input').factor;
      return { id, provider, error: Math.abs(Math.round(counted * factor) / reported - 1) };
    });
}

const quantile = (sorted, q) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? null;

export function summary(errors) {
  const sorted = errors.map(({ error }) => error).sort((a, b) => a - b);
  return {
    n: sorted.length,
    median: quantile(sorted, 0.5),
    p90: quantile(sorted, 0.9),
    within15: sorted.filter(error => error <= 0.15).length / sorted.length,
  };
}

/** Rows by provider, the largest first, and `all`. */
export function byProvider(errors) {
  const groups = new Map();
  for (const error of errors) groups.set(error.provider, [...(groups.get(error.provider) ?? []), error]);
  const rows = [...groups].map(([provider, group]) => ({ provider, ...summary(group) }));
  return [...rows.sort((a, b) => b.n - a.n), { provider: 'all', ...summary(errors) }];
}

export function report(folder, seeds) {
  const records = countCorpus(folder);
  const whole = records.filter(({ uncounted, reported }) => uncounted.length === 0 && reported > 0);
  const exact = whole.filter(({ exact: own }) => own);
  const others = whole.filter(({ exact: own }) => !own);
  const perSeed = seeds.map(seed => testHalf(others, seed));
  return {
    records: records.length,
    uncounted: records.length - whole.length,
    exact,
    others,
    seeds: seeds.map((seed, i) => ({ seed, ...summary(perSeed[i]) })),
    table: byProvider(perSeed.flat()),
  };
}

const percent = value => `${(value * 100).toFixed(1)} %`;

function print({ records, uncounted, exact, others, seeds, table }) {
  const near = exact.filter(({ counted, reported }) => isNear(counted, reported));
  console.log(
    `${records} records; ${uncounted} hold what is not counted (images by URL, files, hosted tools, …)`,
  );
  console.log(`exact: ${near.length} of ${exact.length} within 1 % or 3 tokens; the others:`);
  for (const { id, api, model, counted, reported } of exact)
    if (!isNear(counted, reported))
      console.log(`  ${id} ${api} ${model}: counted ${counted}, reported ${reported}`);
  console.log(`learned: ${others.length} records, half of them teach, half are estimated`);
  for (const { seed, n, median, p90 } of seeds)
    console.log(`  seed ${seed}: n ${n}, median error ${percent(median)}, p90 ${percent(p90)}`);
  console.log('| provider | n | median error | p90 | within 15 % |\n|---|---|---|---|---|');
  for (const { provider, n, median, p90, within15 } of table)
    console.log(`| ${provider} | ${n} | ${percent(median)} | ${percent(p90)} | ${percent(within15)} |`);
}

export function isNear(counted, reported) {
  return Math.abs(counted - reported) <= Math.max(3, reported * 0.01);
}

/** The text of a whole answer that is nothing but text; null otherwise. */
function answerText(answer) {
  const message = answer.choices?.[0]?.message ?? answer.output?.message ?? answer.message ?? answer;
  if (answer.choices?.length > 1 || message.tool_calls || message.reasoning || message.reasoning_content)
    return null;
  const parts = message.content ?? answer.candidates?.[0]?.content?.parts;
  if (typeof parts === 'string') return parts;
  if (!Array.isArray(parts) || parts.some(part => typeof part.text !== 'string' || part.thought)) return null;
  return parts.map(part => part.text).join('');
}

function countAnswers(folder) {
  const kernel = TokenKernel.load(loadVocabulary(1), 0);
  return corpusRecords(folder).flatMap(record => {
    const reported = record.expected?.output_tokens;
    const thought = record.expected?.reasoning_tokens;
    if (
      typeof reported !== 'number' ||
      thought ||
      record.error ||
      !record.response_body_file?.endsWith('.json')
    )
      return [];
    const body = readFileSync(join(folder, record.response_body_file), 'utf8');
    const text = body.startsWith('{') ? answerText(JSON.parse(body)) : null;
    const counted = text === null ? 0 : kernel.countText('o200k_base', text);
    if (counted < 20 || encodingOf(record.model).exact) return [];
    return [{ family: modelName(record.model).family, counted, reported }];
  });
}

/** Median ratio and mean deviation from it, by family. */
function printPriors(side, records) {
  console.log(`${side}:`);
  const families = new Map();
  for (const { family, reported, counted } of records)
    families.set(family, [...(families.get(family) ?? []), reported / counted]);
  for (const [family, ratios] of [...families].sort()) {
    const sorted = ratios.sort((a, b) => a - b);
    const median = quantile(sorted, 0.5);
    const spread =
      sorted.reduce((sum, ratio) => sum + Math.min(1, Math.abs(ratio / median - 1)), 0) / sorted.length;
    console.log(
      `${family}: factor ${median.toFixed(2)}, spread ${spread.toFixed(2)}, samples ${sorted.length}`,
    );
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { values } = parseArgs({
    options: {
      corpus: { type: 'string', default: CORPUS },
      seeds: { type: 'string', default: '1,2,3,4,5' },
      json: { type: 'boolean', default: false },
      overheads: { type: 'boolean', default: false },
      priors: { type: 'boolean', default: false },
    },
  });
  if (!existsSync(join(values.corpus, 'INDEX.jsonl'))) {
    console.error(`no recorded traffic in ${values.corpus}: name its folder with --corpus`);
    process.exit(1);
  }
  if (values.priors) {
    const prompts = countCorpus(values.corpus);
    printPriors(
      'input',
      prompts.filter(p => p.uncounted.length === 0 && !p.ownTokenizer && p.reported > 0),
    );
    printPriors('output', countAnswers(values.corpus));
  } else if (values.overheads) {
    for (const { id, provider, api, model, counted, reported, uncounted } of countCorpus(values.corpus))
      console.log(
        [provider, api, model, id, counted, reported, reported - counted, uncounted.join('+')].join('\t'),
      );
  } else {
    const result = report(values.corpus, values.seeds.split(',').map(Number));
    if (values.json) console.log(JSON.stringify(result));
    else print(result);
  }
}
