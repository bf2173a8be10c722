// pii-redact on recorded requests, which hold no personal data but one author's public address: what it takes for data there, it takes wrongly.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { ApiName } from '../../src/core/api.js';
import { ConversationKernel } from '../../src/kernel/conversation.js';
import { ConversationView } from '../../src/plugin/view/conversation-view.js';
import { ask, evidenceOf, policy } from './support/policy.js';

const corpus = fileURLToPath(new URL('../../../shared/corpus/', import.meta.url));
const corpusPresent = existsSync(`${corpus}INDEX.jsonl`);

interface Recorded {
  readonly request_body_file: string | null;
  readonly weir_api: ApiName | null;
}

describe.skipIf(!corpusPresent)('pii-redact on recorded requests (needs ../shared/corpus)', () => {
  it('finds an address, and takes nothing else for data', { timeout: 120_000 }, () => {
    const kernel = ConversationKernel.load();
    const loaded = policy('pii-redact', {});
    const found: Record<string, number> = {};
    let texts = 0;
    for (const line of readFileSync(`${corpus}INDEX.jsonl`, 'utf8').trim().split('\n')) {
      const { request_body_file, weir_api } = JSON.parse(line) as Recorded;
      if (request_body_file === null || weir_api === null) continue;
      const body = readFileSync(corpus + request_body_file);
      const messages = ConversationView.open(kernel, weir_api, body, false, 8 * 1024 * 1024);
      const outcome = ask(loaded, { messages });
      expect(outcome.failure).toBeNull();
      texts += Math.max(messages.count, 0);
      for (const [kind, count] of Object.entries(evidenceOf(outcome)))
        found[kind] = (found[kind] ?? 0) + Number(count);
    }
    expect(texts).toBeGreaterThan(2000);
    expect(found).toEqual({ email: 2, texts_changed: 2 });
  });
});
