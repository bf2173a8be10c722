// Every code of Weir has advice.
import { describe, expect, it } from 'vitest';
import { CODES, type WeirCode } from '../../src/core/codes.js';
import { adviceFor } from '../../src/explain/advice.js';
import { record } from './records.js';

const withCode = (code: string) => record({ error: { source: 'gateway', code, message: '' } });

describe('advice', () => {
  it.each(Object.keys(CODES) as WeirCode[])('says what can be done about %s', code => {
    expect(adviceFor(withCode(code))).toMatch(/^[A-Z].{20,}\.$/);
  });

  it('is silent about codes that are not ours', () => {
    expect(adviceFor(withCode('toString'))).toBeNull();
    expect(adviceFor(record({}))).toBeNull();
  });
});
