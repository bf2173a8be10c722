// `weir limits`: the state of every limit and budget, the fullest buckets first.
import { type Command, InvalidArgumentError, Option } from 'commander';
import { LIMITS_PER_PAGE_MAX, type LimitsPage } from '../policy/limits-view.js';
import { type AdminOptions, askAdmin, failWith, withAdminOptions } from './admin-client.js';
import { limitsText } from './limits-text.js';
import { jsonText } from './terminal.js';

interface LimitsOptions extends AdminOptions {
  readonly policy?: string;
  readonly top?: string;
  readonly limit?: string;
  readonly cursor?: string;
  readonly json?: boolean;
}

const FILTERS = ['policy', 'top', 'limit', 'cursor'] as const;
/** Of each policy, unless something else is asked for. */
const TOP = '5';
const TOP_MAX = 100;

export function registerLimits(program: Command): void {
  const command = program
    .command('limits')
    .description('show the state of every limit and budget, the fullest first')
    .option('--policy <name>', 'only of this policy')
    .addOption(
      new Option('--top <n>', `the fullest of each policy, 1 to ${TOP_MAX} (default: ${TOP})`)
        .argParser(numberUpTo(TOP_MAX))
        .conflicts(['limit', 'cursor']),
    )
    .addOption(
      new Option(
        '--limit <n>',
        `instead: so many of all policies together, 1 to ${LIMITS_PER_PAGE_MAX}`,
      ).argParser(numberUpTo(LIMITS_PER_PAGE_MAX)),
    )
    .option('--cursor <text>', 'go on after this one: "next" of the list before')
    .option('--json', 'print JSON');
  withAdminOptions(command).action(async (options: LimitsOptions) => {
    try {
      command.configureOutput().writeOut?.(await limits(options));
    } catch (error) {
      failWith(command, error);
    }
  });
}

async function limits(options: LimitsOptions): Promise<string> {
  const params = new URLSearchParams();
  for (const name of FILTERS) {
    const value = options[name];
    if (value !== undefined) params.set(name, value);
  }
  if (!['top', 'limit', 'cursor'].some(name => params.has(name))) params.set('top', TOP);
  const page = (await askAdmin(options, `/api/limits?${params}`)) as LimitsPage;
  return options.json ? `${jsonText(page, 2)}\n` : limitsText(page, options.policy ?? null);
}

function numberUpTo(max: number): (value: string) => string {
  return value => {
    if (/^\d{1,4}$/.test(value) && +value >= 1 && +value <= max) return value;
    throw new InvalidArgumentError(`It must be a number from 1 to ${max}.`);
  };
}
