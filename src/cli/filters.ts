// Options that become parameters of the admin API's query: `--model-served X` is `model_served=X`, `--tag env=prod` is `tag.env=prod`.
import { type Command, InvalidArgumentError, Option } from 'commander';

/** Names as in the query. */
export type FilterOptions = Readonly<Record<string, unknown>>;

const TIME =
  'a span back from now (10m, 24h, 30d), 2026-11-23T09:00:00Z, or a day or month of UTC (2026-11-23, 2026-11)';

export function withTimes(command: Command, sinceDefault?: string): Command {
  const since = new Option('--since <time>', `from then on: ${TIME}`);
  return command
    .addOption(sinceDefault === undefined ? since : since.default(sinceDefault))
    .option('--until <time>', 'up to then, likewise');
}

export function withTags(command: Command): Command {
  return command.addOption(
    new Option('--tag <name=value>', 'only with this tag; may be given again').argParser(
      (text: string, before: readonly string[] = []) => {
        if (text.indexOf('=') < 1) throw new InvalidArgumentError('It must be a name, "=" and a value.');
        return [...before, text];
      },
    ),
  );
}

/** The parameters of a query, of the options that are given. */
export function paramsOf(options: FilterOptions, names: readonly string[]): URLSearchParams {
  const params = new URLSearchParams();
  for (const name of names) {
    const value = options[name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())];
    if (typeof value === 'string') params.set(name, value);
  }
  for (const tag of Array.isArray(options.tag) ? (options.tag as string[]) : []) {
    const equals = tag.indexOf('=');
    params.append(`tag.${tag.slice(0, equals)}`, tag.slice(equals + 1));
  }
  return params;
}
