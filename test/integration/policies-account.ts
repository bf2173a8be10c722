// What the tests of policies read through the admin API: all records, the state of a policy's buckets, the numbers of a step.
import type { RequestRecord } from '../../src/core/record.js';
import { type Answer, type RunningGateway, until } from './harness.js';

export type RecordStep = RequestRecord['steps'][number];

/** The newest records, once all of them are settled. */
export async function allRecords(gateway: RunningGateway, most: number): Promise<readonly RequestRecord[]> {
  let records: RequestRecord[] = [];
  await until(async () => {
    records = [];
    let cursor = '';
    do {
      const page = (await gateway.admin(
        `/api/requests?limit=${Math.min(1000, most - records.length)}${cursor}`,
      )) as {
        items: RequestRecord[];
        next: string | null;
      };
      records.push(...page.items);
      cursor = page.next === null ? '' : `&cursor=${encodeURIComponent(page.next)}`;
    } while (cursor !== '' && records.length < most);
    return records.every(({ outcome }) => outcome !== 'running');
  }, 'all requests to settle');
  return records;
}

/** The steps that this policy left. */
export function stepsOf(record: RequestRecord, policy: string): readonly RecordStep[] {
  return record.steps.filter(step => step.policy === policy);
}

/** Numbers of the step in which the policy was asked. */
export function numbersOf(record: RequestRecord, policy: string): Readonly<Record<string, number>> {
  const step = stepsOf(record, policy).find(({ phase }) => phase === 'gate' || phase === 'hold');
  if (step === undefined) throw new Error(`${policy} was not asked`);
  return step.evidence as Record<string, number>;
}

export interface BucketItem {
  readonly policy: string;
  readonly by: Readonly<Record<string, string>> | null;
  readonly limit: number | string;
  readonly used: number | string;
  readonly held: number | string;
  readonly available: number | string;
  readonly holds: readonly string[];
}

/** The buckets of a policy, as `/api/limits` tells them. */
export async function bucketsOf(gateway: RunningGateway, policy: string): Promise<readonly BucketItem[]> {
  const page = (await gateway.admin(`/api/limits?policy=${policy}&limit=1000`)) as { items: BucketItem[] };
  return page.items;
}

/** The only bucket of a policy. */
export async function bucketOf(gateway: RunningGateway, policy: string): Promise<BucketItem> {
  const [bucket, ...more] = await bucketsOf(gateway, policy);
  if (bucket === undefined || more.length > 0) throw new Error(`${policy} has not one bucket`);
  return bucket;
}

export interface OpenAiError {
  readonly message: string;
  readonly type: string;
  readonly code: string;
  readonly policy?: string;
  readonly by?: string;
  readonly asked?: number | string;
  readonly available?: number | string;
  readonly reset?: string;
}

/** The error of an answer in the OpenAI dialect. */
export function errorOf(answer: Answer): OpenAiError {
  return (JSON.parse(answer.body.toString()) as { error: OpenAiError }).error;
}
