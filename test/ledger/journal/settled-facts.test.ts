// What the index reads of an entry without decoding it says the same as the whole record.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { encodeSettled } from '../../../src/ledger/journal/encode-settled.js';
import { OUTCOMES, SOURCES } from '../../../src/ledger/journal/names.js';
import { SettledFacts } from '../../../src/ledger/journal/settled-facts.js';
import { parseTags } from '../../../src/ledger/journal/tags-text.js';
import { entry } from '../entries.js';
import { anyCharges, anyEntry } from './arbitrary.js';

const NO_TEXTS = (): null => null;

it('facts are what the record says, in one object for all', () => {
  const facts = new SettledFacts();
  fc.assert(
    fc.property(anyEntry, anyCharges, (entry, charges) => {
      facts.read(encodeSettled(entry, charges));
      const { identification: ai, principal, usage, cost } = entry;
      const text = (ref: number): string | null => facts.text(ref, NO_TEXTS);
      expect([facts.timeMs, OUTCOMES[facts.outcome], facts.status]).toEqual([
        entry.timeMs,
        entry.outcome,
        entry.status ?? -1,
      ]);
      expect([text(facts.consumer), text(facts.key)]).toEqual([
        principal?.name ?? null,
        principal?.key ?? null,
      ]);
      expect(parseTags(text(facts.tags))).toEqual({ ...principal?.tags });
      expect([text(facts.provider), text(facts.api)]).toEqual([ai.provider, ai.api]);
      expect([text(facts.model), text(facts.modelServed)]).toEqual([ai.model, ai.modelServed]);
      expect([facts.hasUsage, facts.inputTokens, facts.outputTokens, facts.costNanos]).toEqual([
        usage !== null,
        usage?.inputTokens ?? -1,
        usage?.outputTokens ?? -1,
        cost?.nanos ?? -1,
      ]);
      expect([facts.cachedInputTokens, facts.cacheWriteTokens, facts.reasoningTokens]).toEqual([
        usage?.cachedInputTokens ?? -1,
        usage?.cacheWriteTokens ?? -1,
        usage?.reasoningTokens ?? -1,
      ]);
      if (usage !== null) expect(SOURCES[(facts.sources >> 2) & 3]).toBe(usage.inputSource);
      const said = Array.from({ length: facts.chargeCount }, (_, i) => ({
        bucket: text(facts.chargeBuckets[i] ?? -1),
        amount: facts.chargeAmounts[i],
      }));
      expect(said).toEqual(charges);
    }),
    { numRuns: 200 },
  );
});

it("an id's time, sequence and first random bits are numbers", () => {
  const facts = new SettledFacts();
  const one = Object.assign(entry(1), { id: 'req_01KARJ7R2S00ZABCDEFGHJKMNP' });
  facts.read(encodeSettled(one, []));
  const bits = [...'01KARJ7R2S00ZABCDEFGHJKMNP']
    .map(char => '0123456789ABCDEFGHJKMNPQRSTVWXYZ'.indexOf(char).toString(2).padStart(5, '0'))
    .join('')
    .slice(2);
  const said = [facts.idMs, facts.idSequence, facts.idRandom];
  expect(said).toEqual(
    [bits.slice(0, 48), bits.slice(48, 68), bits.slice(68, 100)].map(part => Number.parseInt(part, 2)),
  );
});
