// `weir why <request-id>`: one request explained in sentences.
import type { Command } from 'commander';
import type { RequestRecord } from '../core/record.js';
import { AdminError, type AdminOptions, askAdmin, failWith, withAdminOptions } from './admin-client.js';
import { jsonText, scrub } from './terminal.js';

interface WhyOptions extends AdminOptions {
  readonly json?: boolean;
}

export function registerWhy(program: Command): void {
  const command = program
    .command('why')
    .description('explain one request in sentences')
    .argument('<request-id>', 'x-weir-request-id of its answer: req_ and 26 characters')
    .option('--json', 'print the record, with the sentences as "sentences"');
  withAdminOptions(command).action(async (id: string, options: WhyOptions) => {
    try {
      const text = await whyText(id.trim(), options);
      command.configureOutput().writeOut?.(text);
    } catch (error) {
      failWith(command, error instanceof AdminError && error.status === 404 ? unknownId(id, options) : error);
    }
  });
}

async function whyText(id: string, options: WhyOptions): Promise<string> {
  const path = `/api/requests/${encodeURIComponent(id)}`;
  const { sentences } = (await askAdmin(options, `${path}/why`)) as { sentences: string[] };
  if (!options.json) return sentences.map(sentence => `${scrub(sentence)}\n`).join('');
  const record = (await askAdmin(options, path)) as RequestRecord;
  return `${jsonText({ ...record, sentences }, 2)}\n`;
}

function unknownId(id: string, { admin }: WhyOptions): AdminError {
  const spelling = /^req_[0-9A-HJKMNP-TV-Z]{26}$/.test(id)
    ? ''
    : ' Request ids are req_ and 26 characters, as in the header x-weir-request-id.';
  const message = `${admin} knows no request ${id}. Weir keeps the latest requests only, and none over a restart: it may have been forgotten.${spelling} "weir requests" lists those that are known.`;
  return new AdminError(message, 404);
}
