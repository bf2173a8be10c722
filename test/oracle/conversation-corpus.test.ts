// Kernel conversation over every recorded request body: what it lists is what its twin finds after JSON.parse.
import { describe, expect, test } from 'vitest';
import type { ApiName } from '../../src/core/api.js';
import { ConversationKernel } from '../../src/kernel/conversation.js';
import { listed, twinListed } from '../kernel/conversation-reading.js';
import { isObject, type Json } from '../kernel/conversation-twin.js';
import { twinConversation } from '../kernel/conversation-twin-gemini.js';
import { corpusPresent, recordings, requestBody } from './recordings.js';

const bodies = recordings().flatMap(recording => {
  const body = requestBody(recording);
  return body === null || recording.weir_api === null
    ? []
    : [{ recording, api: recording.weir_api as ApiName, body }];
});

function parsed(body: Buffer): Json {
  try {
    return JSON.parse(body.toString()) as Json;
  } catch {
    return null;
  }
}

describe.skipIf(!corpusPresent)('conversation on recorded request bodies (needs ../shared/corpus)', () => {
  const kernel = ConversationKernel.load();

  test('lists in every recorded body what the twin lists', () => {
    let equal = 0;
    for (const { recording, api, body } of bodies) {
      const value = parsed(body);
      const twin = isObject(value) ? twinConversation(api, value) : null;
      const found = kernel.read(api, body);
      expect(found === null, recording.id).toBe(twin === null);
      if (found === null || twin === null) continue;
      expect(listed(found), recording.id).toEqual(twinListed(twin));
      equal++;
    }
    expect(equal).toBeGreaterThan(900);
  });

  test('understands all of every body but those that hide or lack a form', () => {
    const incomplete = bodies.filter(({ api, body }) => kernel.read(api, body)?.complete === false);
    // Two bodies in base64 inside the JSON, and one whose only message is a string, which the provider refused.
    expect(incomplete.map(({ api }) => api).sort()).toEqual([
      'anthropic.messages',
      'bedrock.count_tokens',
      'bedrock.count_tokens',
    ]);
  });
});
