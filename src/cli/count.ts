// `weir count [FILE…]`: how many tokens a text is, for a model or by an encoding. Nothing is sent anywhere.
import { readFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { ENCODINGS, type EncodingName, TokenKernel } from '../kernel/tokens.js';
import { loadVocabulary } from '../kernel/vocabulary.js';
import { encodingOf } from '../tokens/encodings.js';
import type { FactorTable } from '../tokens/factors.js';
import { learnedFactors } from './learned-factors.js';
import { jsonText, scrub } from './terminal.js';

interface CountOptions {
  readonly model?: string;
  readonly encoding?: EncodingName;
  readonly config?: string;
  readonly json?: boolean;
}

export interface TextCount {
  /** For the model: the count, times its factor where the tokenizer is not the model's own. */
  readonly tokens: number;
  readonly counted: number;
  readonly encoding: EncodingName;
  readonly exact: boolean;
  readonly factor: number | null;
  /** Share of the factor. */
  readonly spread: number | null;
  /** Answers that the factor was learned from; 0: it is the shipped one. */
  readonly samples: number;
}

export function registerCount(program: Command): void {
  program
    .command('count')
    .description('count the tokens of files or standard input')
    .argument('[files...]', 'texts; standard input where there is none, or for "-"', ['-'])
    .option('--model <name>', 'for this model; without one the count is that of o200k_base')
    .addOption(new Option('--encoding <name>', 'by this encoding').choices(ENCODINGS))
    .option(
      '--config <file>',
      'take what was learned from its data_dir (default: weir.yaml where there is one)',
    )
    .option('--json', 'print the numbers as JSON')
    .action((files: readonly string[], options: CountOptions, command: Command) => {
      const { writeOut, writeErr } = command.configureOutput();
      let at = '';
      try {
        const { table, warning } = learnedFactors(options.config ?? null);
        if (warning !== null) writeErr?.(`weir count: ${scrub(warning)}\n`);
        const kernel = TokenKernel.load(loadVocabulary(1), 0);
        const counts = files.map(file => {
          at = file === '-' ? 'standard input: ' : `${file}: `;
          return countText(kernel, table, readFileSync(file === '-' ? 0 : file), options);
        });
        writeOut?.(options.json === true ? `${jsonText(asJson(files, counts))}\n` : asText(files, counts));
      } catch (error) {
        writeErr?.(`weir count: ${scrub(at + (error instanceof Error ? error.message : String(error)))}\n`);
        process.exitCode = 1;
      }
    });
}

/** Without a model, or with an encoding that is asked for by name and is the model's own or all that is asked, the count itself. */
export function countText(
  kernel: TokenKernel,
  factors: FactorTable,
  text: Uint8Array,
  {
    model = null,
    encoding: asked = null,
  }: { readonly model?: string | null; readonly encoding?: EncodingName | null },
): TextCount {
  const own = encodingOf(model);
  const encoding = asked ?? own.encoding;
  const counted = kernel.countBytes(encoding, text);
  const base = { counted, encoding };
  if (model === null || (own.exact && own.encoding === encoding) || own.encoding !== encoding)
    return { ...base, tokens: counted, exact: true, factor: null, spread: null, samples: 0 };
  const { factor, spread, samples } = factors.of(model, 'input');
  return { ...base, tokens: Math.round(counted * factor), exact: false, factor, spread, samples };
}

/** CONTRACT.md §1 for one text; several are summed up, with each beside. */
function asJson(files: readonly string[], counts: readonly TextCount[]): unknown {
  const shown = counts.map(({ tokens, encoding, exact, factor, spread }) => ({
    tokens,
    encoding,
    exact,
    factor,
    spread,
  }));
  const [first] = shown;
  if (first === undefined || shown.length === 1) return first;
  const sum = shown.reduce((all, { tokens }) => all + tokens, 0);
  return { ...first, tokens: sum, files: shown.map((one, i) => ({ file: files[i], ...one })) };
}

function asText(files: readonly string[], counts: readonly TextCount[]): string {
  if (counts.length === 1) return counts.map(one => `${countLine(one)}\n`).join('');
  const lines = counts.map((one, i) => `${countLine(one)}  ${scrub(files[i] ?? '')}\n`);
  const sum = counts.reduce((all, { tokens }) => all + tokens, 0);
  return `${lines.join('')}${number(sum)} tokens in all\n`;
}

function countLine({ tokens, counted, encoding, exact, factor, spread, samples }: TextCount): string {
  if (exact || factor === null || spread === null)
    return `${number(tokens)} ${tokens === 1 ? 'token' : 'tokens'} (${encoding}, exact)`;
  const requests = Math.round(samples);
  const source =
    requests === 0
      ? 'not learned yet'
      : `learned from ${number(requests)} ${requests === 1 ? 'request' : 'requests'}`;
  const by = `${number(counted)} × ${number(Math.round(factor * 100) / 100)} ± ${Math.round(spread * 100)} %`;
  return `${number(tokens)} ± ${number(Math.round(tokens * spread))} tokens (${encoding} ${by}, ${source})`;
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}
