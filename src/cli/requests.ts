// `weir requests`: list records, or follow them as they end.
import { setTimeout as wait } from 'node:timers/promises';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { OUTCOMES } from '../ledger/query.js';
import { RECORDS_PER_PAGE_MAX } from '../ledger/ring.js';
import { AdminError, askAdmin, failWith, withAdminOptions } from './admin-client.js';
import { type FilterOptions, paramsOf, withTags, withTimes } from './filters.js';
import { type Ask, Follower } from './follow.js';
import { type ListOptions, listRequests } from './request-list.js';
import { followHead, followLine } from './request-table.js';
import { jsonText } from './terminal.js';

interface RequestsOptions extends ListOptions, FilterOptions {
  readonly limit?: string;
  readonly follow?: boolean;
}

const FILTERS = [
  'outcome',
  'consumer',
  'key',
  'end_user',
  'model',
  'provider',
  'api',
  'status',
  'code',
  'policy',
  'min_cost',
  'since',
  'until',
  'cursor',
];
const POLL_MS = 1000;
const LISTED = 50;
const FOLLOWED_FROM = '10';

export function registerRequests(program: Command): void {
  const command = program
    .command('requests')
    .description('list requests, newest first')
    .addOption(new Option('--outcome <outcome>', 'only those that ended so').choices(OUTCOMES))
    .option('--consumer <name>', 'only of this consumer')
    .option('--key <name>', 'only with this key')
    .option('--end-user <name>', 'only for this user of the caller')
    .option('--model <name>', 'only of this model, asked for or served')
    .option('--provider <name>', 'only of this provider')
    .option('--api <name>', 'only of this api, such as openai.chat')
    .option('--status <n>', 'only those that were answered with this status')
    .option('--code <code>', 'only with this error, such as weir_budget_reached')
    .option('--policy <name>', 'only those that this policy refused or ended')
    .option('--min-cost <usd>', 'only those that cost at least that many dollars');
  withTimes(withTags(command))
    .addOption(
      new Option('--limit <n>', `how many, 1 to ${RECORDS_PER_PAGE_MAX} (default: ${LISTED})`).argParser(
        limit,
      ),
    )
    .option('--cursor <id>', 'go on after this one: "next" of the list before')
    .addOption(
      new Option('--all', 'list all that match, however many; JSON has one record a line').conflicts('limit'),
    )
    .addOption(
      new Option('--follow', 'print requests as they end, until interrupted').conflicts([
        'all',
        'csv',
        'until',
      ]),
    )
    .addOption(new Option('--csv', 'print CSV for a spreadsheet').conflicts('json'))
    .option('--json', 'print JSON; with --follow one record a line');
  withAdminOptions(command).action(async (options: RequestsOptions) => {
    const write = (text: string) => command.configureOutput().writeOut?.(text);
    try {
      const filters = paramsOf(options, FILTERS);
      if (options.follow) await follow(options, filters, write);
      else await listRequests(options, filters, Number(options.limit ?? LISTED), write);
    } catch (error) {
      failWith(command, error);
    }
  });
}

function limit(text: string): string {
  if (/^\d{1,4}$/.test(text) && Number(text) >= 1 && Number(text) <= RECORDS_PER_PAGE_MAX) return text;
  throw new InvalidArgumentError(`It must be a number from 1 to ${RECORDS_PER_PAGE_MAX}.`);
}

/** Ends without an error on SIGINT, SIGTERM and when nobody reads on (`… | head`): stopping is how following ends. */
async function follow(
  options: RequestsOptions,
  filters: URLSearchParams,
  write: (text: string) => void,
): Promise<void> {
  const stop = new AbortController();
  const end = () => stop.abort();
  process.once('SIGINT', end).once('SIGTERM', end);
  process.stdout.once('error', end);
  filters.set('limit', options.limit ?? FOLLOWED_FROM);
  const follower = new Follower(askOrNull(options, stop.signal), new Map(filters));
  if (!options.json) write(followHead());
  try {
    while (!stop.signal.aborted) {
      const ended = await follower.poll();
      if (ended.length > 0)
        write(ended.map(record => (options.json ? `${jsonText(record)}\n` : followLine(record))).join(''));
      await wait(POLL_MS, undefined, { signal: stop.signal });
    }
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  } finally {
    process.off('SIGINT', end).off('SIGTERM', end);
    process.stdout.off('error', end);
  }
}

function askOrNull(options: RequestsOptions, signal: AbortSignal): Ask {
  return async path => {
    try {
      return await askAdmin(options, path, signal);
    } catch (error) {
      if (error instanceof AdminError && error.status === 404) return null;
      throw error;
    }
  };
}
