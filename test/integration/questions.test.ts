// The questions to the ledger through a real gateway, over its death: what clients received, the records, the sums, the export and what budgets used are
// the same requests, tokens and dollars.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { UsageEvent } from '../../src/admin/cloud-event.js';
import type { RequestRecord } from '../../src/core/record.js';
import type { UsageReport } from '../../src/ledger/usage-query.js';
import type { LimitsPage } from '../../src/policy/limits-view.js';
import { sum } from '../admin/fake-ledger.js';
import { run } from '../cli/run.js';
import { chat, onEnd, type RunningGateway, startGateway, until } from './harness.js';

const YAML = `anonymous: allow
workers: 2
tags: [project]
providers: { openai: { base_url: "simulator:" } }
policies:
  - { name: dollars, budget: { usd: 500, per: month, by: [consumer] } }
  - { name: tokens, budget: { tokens: 100000000, per: month, by: [tag.project] } }
  - { name: few, limit: { requests: 45, per: 1d, by: [consumer] } }
`;
const SENT = 50;

let gateway: RunningGateway;
let records: RequestRecord[];
let answered: { input: number; output: number };

async function allRecords(): Promise<RequestRecord[]> {
  const found: RequestRecord[] = [];
  for (let cursor = ''; ; ) {
    const page = (await gateway.admin(`/api/requests?limit=7${cursor}`)) as {
      items: RequestRecord[];
      next: string | null;
    };
    found.push(...page.items);
    if (page.next === null) return found;
    cursor = `&cursor=${page.next}`;
  }
}

beforeAll(async () => {
  const data = mkdtempSync(join(tmpdir(), 'weir-questions-'));
  onEnd(() => rmSync(data, { recursive: true, force: true }));
  gateway = await startGateway(YAML, [], data);
  const answers = await Promise.all(
    Array.from({ length: SENT }, (_, i) =>
      chat(
        gateway,
        { stream: i % 2 === 0, stream_options: i % 2 === 0 ? { include_usage: true } : undefined },
        {
          'x-weir-tag-project': i % 3 === 0 ? 'apollo' : 'gemini',
        },
      ),
    ),
  );
  answered = answers.reduce(
    (all, { body }) => ({
      input: all.input + Number(/"prompt_tokens":(\d+)/.exec(String(body))?.[1] ?? 0),
      output: all.output + Number(/"completion_tokens":(\d+)/.exec(String(body))?.[1] ?? 0),
    }),
    { input: 0, output: 0 },
  );
  gateway.process.kill('SIGKILL');
  await until(() => gateway.process.signalCode !== null, 'the end of the process');
  gateway = await startGateway(YAML, [], data);
  records = await allRecords();
}, 60_000);

describe('after a death, the ledger', () => {
  it('has each request once, with what its client received', () => {
    expect(records).toHaveLength(SENT);
    expect(new Set(records.map(({ id }) => id)).size).toBe(SENT);
    expect(records.filter(({ outcome }) => outcome === 'blocked')).toHaveLength(5);
    const total = sum(records);
    expect({ input: total.input_tokens, output: total.output_tokens }).toEqual(answered);
    expect(total.output_tokens).toBeGreaterThan(0);
  });

  it('sums up to its records, by whatever it is asked', async () => {
    for (const by of ['consumer,model', 'tag.project,outcome', 'minute', '']) {
      const report = (await gateway.admin(`/api/usage?by=${by}`)) as UsageReport;
      expect(report.total).toEqual(sum(records));
      if (by !== '') expect(report.items.reduce((all, item) => all + item.requests, 0)).toBe(SENT);
    }
    const projects = (await gateway.admin('/api/usage?by=tag.project')) as UsageReport;
    for (const { by, ...counts } of projects.items)
      expect(counts).toEqual(
        sum(records.filter(({ consumer }) => consumer?.tags.project === by['tag.project'])),
      );
  });

  it('has charged budgets what it says', async () => {
    const { items } = (await gateway.admin('/api/limits?limit=100')) as LimitsPage;
    const of = (policy: string) => items.filter(item => item.policy === policy);
    const total = sum(records);
    expect(of('dollars').map(({ used }) => used)).toEqual([total.cost_usd]);
    const { items: projects } = (await gateway.admin('/api/usage?by=tag.project')) as UsageReport;
    const tokens = Object.fromEntries(of('tokens').map(({ by, used }) => [by?.['tag.project'], used]));
    expect(tokens).toEqual(
      Object.fromEntries(
        projects.map(({ by, input_tokens, output_tokens }) => [
          by['tag.project'],
          input_tokens + output_tokens,
        ]),
      ),
    );
  });

  it('exports each request once, and goes on where it was', async () => {
    const file = join(gateway.folder, 'usage.ndjson');
    for (let again = 0; again < 2; again++)
      expect((await run('export', '--out', file, '--admin', gateway.adminUrl)).exitCode).toBe(0);
    await chat(gateway);
    await run('export', '--out', file, '--admin', gateway.adminUrl);
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    const events = lines.map(line => JSON.parse(line) as UsageEvent);
    const before = events.slice(0, SENT);
    expect(before.map(({ id }) => id).sort()).toEqual(records.map(({ id }) => id).sort());
    expect(events).toHaveLength(SENT + 1);
    expect(before.reduce((all, { data }) => all + (data.output_tokens ?? 0), 0)).toBe(answered.output);
  });

  it('explains a request of before, and prints a table that adds up', async () => {
    const blocked = records.find(({ outcome }) => outcome === 'blocked');
    const why = await run('why', String(blocked?.id), '--admin', gateway.adminUrl);
    expect(why.out).toContain('Weir refused it with status 429: weir_limit_reached');
    const { out } = await run('usage', '--by', 'tag.project,model', '--admin', gateway.adminUrl);
    expect(out).toMatch(/lines add up to the total, in requests, tokens and nano-dollars\./);
  });
});
