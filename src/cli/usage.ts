// `weir usage`: requests, tokens and cost by dimension, as a table that reconciles, as CSV or JSON.
import { type Command, InvalidArgumentError, Option } from 'commander';
import { OUTCOMES } from '../ledger/query.js';
import type { UsageReport } from '../ledger/usage-query.js';
import { type AdminOptions, askAdmin, askAdminText, failWith, withAdminOptions } from './admin-client.js';
import { type FilterOptions, paramsOf, withTags, withTimes } from './filters.js';
import { jsonText } from './terminal.js';
import { usageText } from './usage-text.js';

interface UsageOptions extends AdminOptions, FilterOptions {
  readonly by: string;
  readonly top?: number;
  readonly csv?: boolean;
  readonly json?: boolean;
}

const FILTERS = ['consumer', 'key', 'end_user', 'provider', 'model', 'model_served', 'api', 'outcome'];
const SINCE = '24h';

export function registerUsage(program: Command): void {
  const command = program
    .command('usage')
    .description('sum up requests, tokens and cost, by consumer, model or whatever else')
    .option(
      '--by <dimensions>',
      'consumer, key, end_user, provider, model, model_served, api, outcome, minute, hour, day, month, tag.<name>; several with commas',
      'model',
    );
  withTimes(command, SINCE)
    .option('--consumer <name>', 'only of this consumer; "" for those of none')
    .option('--key <name>', 'only with this key of its')
    .option('--end-user <name>', 'only of this end user')
    .option('--provider <name>', 'only of this provider')
    .option('--model <name>', 'only of this model, as it was asked for')
    .option('--model-served <name>', 'only of this model, as it was served')
    .option('--api <name>', 'only of this api, such as openai.chat')
    .addOption(
      new Option('--outcome <outcome>', 'only those that ended so').choices(
        OUTCOMES.filter(outcome => outcome !== 'running'),
      ),
    );
  withTags(command)
    .addOption(new Option('--top <n>', 'show so many lines, and the rest as one').argParser(lines))
    .addOption(new Option('--csv', 'print CSV for a spreadsheet').conflicts(['json', 'top']))
    .addOption(new Option('--json', 'print JSON').conflicts('top'));
  withAdminOptions(command).action(async (options: UsageOptions) => {
    try {
      command.configureOutput().writeOut?.(await usage(options));
    } catch (error) {
      failWith(command, error);
    }
  });
}

function lines(text: string): number {
  if (/^\d{1,6}$/.test(text) && Number(text) >= 1) return Number(text);
  throw new InvalidArgumentError('It must be a number of at least 1.');
}

async function usage(options: UsageOptions): Promise<string> {
  const params = paramsOf(options, ['by', ...FILTERS, 'since', 'until']);
  const path = `/api/usage?${params}`;
  if (options.csv) return (await askAdminText(options, path, 'text/csv')).text;
  const report = (await askAdmin(options, path)) as UsageReport;
  if (options.json) return `${jsonText(report, 2)}\n`;
  const filters = [...params].filter(([name]) => FILTERS.includes(name) || name.startsWith('tag.'));
  const by = options.by.split(',').flatMap(name => (name.trim() === '' ? [] : [name.trim()]));
  return usageText(report, by, filters, options.top ?? null);
}
