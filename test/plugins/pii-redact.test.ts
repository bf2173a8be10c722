// pii-redact: what it finds and what it leaves, what becomes of it, and that JSON stays JSON. Secrets are put together here, never written out.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cardNumber, hasLuhnDigit, ibanOf, KEYS } from './support/pii.js';
import { ask, chatOf, evidenceOf, policy, refusal } from './support/policy.js';

const plain = policy('pii-redact', {});

/** The text as the model would read it. */
function redacted(text: string, loaded = plain): string {
  const outcome = ask(loaded, { chat: chatOf(text) });
  expect(outcome.failure).toBeNull();
  return outcome.messages?.get(0) ?? text;
}

describe('e-mail addresses', () => {
  it.each([
    ['write to ann.lee+work@mail.example.co.uk, please.', 'write to [EMAIL], please.'],
    ['<ann@example.com>; (bob@example.org)', '<[EMAIL]>; ([EMAIL])'],
    ["'ann@example.com','bob@example.com'", "'[EMAIL]','[EMAIL]'"],
    ["o'brien@example.ie", '[EMAIL]'],
    ['mailto:ann@example.com?subject=hi', 'mailto:[EMAIL]?subject=hi'],
    ['müller@bücher.de', '[EMAIL]'],
    ['请发到ann@example.com谢谢', '请发到[EMAIL]谢谢'],
    ['ann@xn--bcher-kva.xn--p1ai', '[EMAIL]'],
    ['12345@qq.com', '[EMAIL]'],
    ['postgres://app:secret@db.example.com:5432/x', 'postgres://app:[EMAIL]:5432/x'],
    ['ann@example.com.', '[EMAIL].'],
    ['ann@example.com.2', '[EMAIL].2'],
    ['a@b.co@c.de', '[EMAIL]@c.de'],
  ])('%j becomes %j', (text, expected) => {
    expect(redacted(text)).toBe(expected);
  });

  it.each([
    'react@18.2.0 and icon@2x.png',
    'git@github.com:owner/repo.git',
    '@decorator.name and @user',
    'a @ b.com',
    'ann@localhost',
    'x@.com',
    'ann.@example.com',
    'lib@4.min.js',
    'a@b.c',
  ])('%j stays', text => {
    expect(redacted(text)).toBe(text);
  });
});

describe('telephone numbers', () => {
  it.each([
    '+49 30 1234567',
    '+49 (0)30 123456',
    '+14155552671',
    '+1 (415) 555-2671',
    '+44 20 7946 0958',
    '+86 138 1234 5678',
    '+33 1 23 45 67 89',
    '0049 30 123456',
    '(415) 555-2671',
    '415-555-2671',
    '415.555.2671',
    '1-415-555-2671',
    '030/12345678',
    '0171-1234567',
    '(030) 123456',
    '01 23 45 67 89',
    '01.23.45.67.89',
    '020 7946 0958',
    '044 668 18 00',
    '(02) 9876 5432',
    '0412 345 678',
    '090-1234-5678',
    '(11) 91234-5678',
    '138 1234 5678',
  ])('finds %s in a sentence', number => {
    expect(redacted(`Please ring ${number}, thanks.`)).toBe('Please ring [PHONE], thanks.');
    expect(redacted(`${number}. 20 people came`)).toBe('[PHONE]. 20 people came');
    expect(redacted(`电话${number}。`)).toBe('电话[PHONE]。');
  });

  it.each([
    ['phone: 5552671', 'phone: [PHONE]'],
    ['Tel. 1234567', 'Tel. [PHONE]'],
    ['teléfono 912345678', 'teléfono [PHONE]'],
    ['Handynummer 1711234567', 'Handynummer [PHONE]'],
    ['WhatsApp 4155552671', 'WhatsApp [PHONE]'],
    ['call me at 4155552671', 'call me at [PHONE]'],
  ])('takes the word before as a hint: %j', (text, expected) => {
    expect(redacted(text)).toBe(expected);
  });

  it.each([
    '2026-11-23 10:30:00, 23.11.2026 10:30, 11/23/2026',
    '01-02-2024 12:30 and 01.02.2024',
    'version 1.22.333.4444, 10.15.7',
    '192.168.100.200 and 127.0.0.1:8080',
    '550e8400-e29b-41d4-a716-446655440000',
    'order 4155552671, ticket 0301234567',
    '1,234,567,890 and 1 234 567 890',
    '3.14159265358979 and 0.415555267',
    '978-3-16-148410-0',
    '078-05-1120',
    '1700000000000 and 1700000000',
    'tell 1234567 people, television 12345678',
    '0x0123456789abcdef',
    '010 020 030',
    '1 2 3 4 5 6 7 8 9 10',
    'lat 52.520008, lon 13.404954',
    'abc415-555-2671',
    '12-415-555-2671',
    '415-555-26712',
    '+1 115 555 2671',
    '+2812345678901',
    'C++11 and 1+14155552671',
  ])('leaves %j', text => {
    expect(redacted(text)).toBe(text);
  });
});

describe('card numbers', () => {
  it('finds numbers of every issuer, in one piece and in groups', () => {
    for (const { issuer, number, grouped } of cardNumber(7)) {
      expect(redacted(`card ${number}.`), issuer).toBe('card [CARD].');
      if (grouped === null) continue;
      expect(redacted(`card ${grouped.join(' ')}, 12/28`), issuer).toBe('card [CARD], 12/28');
      expect(redacted(`card ${grouped.join('-')} 123`), issuer).toBe('card [CARD] 123');
    }
  });

  it('leaves every number that differs from a right one in one digit', () => {
    for (const { number } of cardNumber(7)) {
      for (let place = 6; place < number.length; place++) {
        const digit = (Number(number[place]) + 3) % 10;
        const wrong = `${number.slice(0, place)}${digit}${number.slice(place + 1)}`;
        expect(hasLuhnDigit(wrong)).toBe(false);
        expect(redacted(`id ${wrong}`)).toBe(`id ${wrong}`);
      }
    }
  });

  it('agrees with the check digit alone on random numbers of an issuer', () => {
    const digits = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 15, maxLength: 15 });
    fc.assert(
      fc.property(digits, tail => {
        const number = `4${tail.join('')}`;
        expect(redacted(`x ${number} y`) === 'x [CARD] y').toBe(hasLuhnDigit(number));
      }),
      { numRuns: 300, seed: 5 },
    );
  });

  it.each([
    '9111111111111111',
    '0.4111111111111111',
    '4111111111111111.5',
    'x4111111111111111',
    '4111111111111111a',
    '4111-1111-1111-1111-1111',
    '41111111111111111111111111',
    '4111 11111111 1111',
    '12-4111111111111111',
  ])('leaves %j', text => {
    expect(redacted(text)).toBe(text);
  });
});

describe('IBANs', () => {
  it('finds those of each country in one piece, in groups and in small letters', () => {
    for (const iban of ibanOf(11)) {
      const grouped = iban.match(/.{1,4}/g)?.join(' ') ?? '';
      expect(redacted(`to ${iban} now`)).toBe('to [IBAN] now');
      expect(redacted(`to ${grouped}, now`)).toBe('to [IBAN], now');
      expect(redacted(`to ${iban.toLowerCase()} now`)).toBe('to [IBAN] now');
    }
  });

  it('leaves what has a wrong check digit, length or country', () => {
    for (const iban of ibanOf(11)) {
      const wrong = `${iban.slice(0, 2)}${String((Number(iban.slice(2, 4)) % 97) + 2).padStart(2, '0')}${iban.slice(4)}`;
      if (wrong !== iban) expect(redacted(wrong)).not.toContain('[IBAN]');
      expect(redacted(`${iban}0`)).not.toContain('[IBAN]');
      expect(redacted(`XX${iban.slice(2)}`)).not.toContain('[IBAN]');
    }
  });
});

describe('keys and tokens', () => {
  it.each(KEYS)('finds the key of $issuer', ({ key }) => {
    expect(redacted(`key=${key}`)).toBe('key=[KEY]');
    expect(redacted(`use "${key}", please`)).toBe('use "[KEY]", please');
    expect(redacted(`${key}\n`)).toBe('[KEY]\n');
  });

  it('takes a private key to its last line, or to the text’s end where that is missing', () => {
    const begin = `-----BEGIN ${'RSA '}PRIVATE KEY-----`;
    const end = `-----END ${'RSA '}PRIVATE KEY-----`;
    expect(redacted(`a\n${begin}\nMIIE\nabc=\n${end}\nb`)).toBe('a\n[KEY]\nb');
    expect(redacted(`a\n${begin}\nMIIE`)).toBe('a\n[KEY]');
    expect(redacted('-----BEGIN CERTIFICATE-----\nMIIE')).toContain('MIIE');
  });

  it.each([
    'sk-learn-something-of-a-long-name',
    'risk-adjusted-returns-2024-edition',
    'sk-react-18-migration-of-2024-now-and-then',
    'AKIASHORT and AIzaShort',
    'hf_model npm_config_registry ghp_x xoxo-hugs',
    'eyJhbGciOiJIUzI1NiJ9 alone',
  ])('leaves %j', text => {
    expect(redacted(text)).toBe(text);
  });
});

describe('what becomes of it', () => {
  const one = { chat: chatOf('ann@example.com, 4111 1111 1111 1111 and bob@example.com') };

  it('counts by kind and never tells the values', () => {
    const outcome = ask(plain, one);
    expect(evidenceOf(outcome)).toEqual({ email: 2, card: 1, texts_changed: 1 });
  });

  it('refuses kinds that are to be refused, redacts others, counts others', () => {
    const strict = policy('pii-redact', { kinds: { card: 'refuse', email: 'count' }, status: 422 });
    const outcome = ask(strict, one);
    expect(outcome.result).toBe('deny');
    expect(outcome.denial).toMatchObject({ status: 422, code: 'pii_found' });
    expect(outcome.denial?.message).toContain('1 card number');
    expect(outcome.denial?.message).not.toContain('4111');
    expect(redacted('ann@example.com', strict)).toBe('ann@example.com');
  });

  it('looks at the roles that it is told to, and at all without', () => {
    const messages = ['system', 'user', 'assistant'].map(role => ({ role, content: 'a@b.com' }));
    const users = policy('pii-redact', { roles: ['user'] });
    expect([...(ask(users, { chat: chatOf(messages) }).messages?.keys() ?? [])]).toEqual([1]);
    expect([...(ask(plain, { chat: chatOf(messages) }).messages?.keys() ?? [])]).toEqual([0, 1, 2]);
  });

  it('writes the placeholders that it is given, and nothing at all for an empty one', () => {
    const own = policy('pii-redact', { placeholders: { email: '‹mail›', card: '' } });
    expect(redacted('a@b.com 4111111111111111!', own)).toBe('‹mail› !');
  });

  it('refuses a text that it cannot change, unless told to pass it', () => {
    const signed = {
      messages: {
        count: 1,
        role: () => 'assistant',
        text: () => Buffer.from('mail a@b.com'),
        accepts: () => false,
        bytes: 12,
        opaqueParts: 0,
      },
    };
    expect(ask(plain, signed).denial?.code).toBe('pii_unwritable');
    const lenient = policy('pii-redact', { unwritable: 'pass' });
    expect(ask(lenient, signed).result).toBe('go_on');
    expect(evidenceOf(ask(lenient, signed))).toMatchObject({ email: 1, texts_unwritable: 1 });
  });

  it('gives the same verdict and fuel every time', () => {
    const first = ask(plain, one);
    ask(plain, { chat: chatOf('x'.repeat(50_000)) });
    expect(ask(plain, one)).toEqual(first);
  });

  it('looks at each part of a message by itself: a value split over two is not found', () => {
    const parts = ['ann@exam', 'ple.com', 'bob@example.com'].map(text => ({ type: 'text', text }));
    const outcome = ask(plain, { chat: chatOf([{ role: 'user', content: parts }]) });
    expect([...(outcome.messages ?? [])]).toEqual([[2, '[EMAIL]']]);
  });

  it('reads texts far longer than its first buffer', () => {
    const long = `${'word '.repeat(40_000)}ann@example.com`;
    expect(redacted(long).endsWith('word [EMAIL]')).toBe(true);
  });

  it.each([
    [{ kinds: { emial: 'redact' } }, 'config.kinds.emial'],
    [{ kinds: { email: 'remove' } }, 'config.kinds.email'],
    [{ roles: ['users'] }, 'config.roles'],
    [{ placeholders: { email: 'a"b' } }, 'config.placeholders.email'],
    [{ status: 200 }, 'config.status'],
  ])('does not start with %j', (config, named) => {
    expect(refusal('pii-redact', config)).toContain(named);
  });
});

describe('tool arguments', () => {
  const call = (args: string): unknown => ({
    model: 'gpt-4o',
    messages: [
      {
        role: 'assistant',
        tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: args } }],
      },
    ],
  });
  const argumentsOf = (args: string): string => ask(plain, { chat: call(args) }).messages?.get(0) ?? args;

  it('keeps strings, escapes and numbers of JSON valid', () => {
    const args =
      '{"m":"\\nann@example.com\\t","c":4111111111111111,"phone":4155552671,"n":[-4111111111111111,1.5]}';
    expect(JSON.parse(argumentsOf(args))).toEqual({
      m: '\n[EMAIL]\t',
      c: '[CARD]',
      phone: '[PHONE]',
      n: [-4111111111111111, 1.5],
    });
  });

  it('keeps any JSON valid, and leaves none of what was put in', () => {
    const secrets = ['ann@example.com', '4111 1111 1111 1111', 'DE89370400440532013000', '+49 30 1234567'];
    const leaf = fc.oneof(
      fc
        .tuple(fc.string({ unit: 'binary', maxLength: 5 }), fc.constantFrom(...secrets))
        .map(([s, p]) => `${s} ${p}`),
      fc.constant(4111111111111111),
      fc.string({ unit: 'binary' }),
      fc.double(),
      fc.boolean(),
    );
    const value = fc.object({
      values: [leaf],
      key: fc.string({ unit: 'binary', maxLength: 6 }),
      maxDepth: 2,
    });
    fc.assert(
      fc.property(value, fc.boolean(), (object, spaced) => {
        const args = JSON.stringify(object, null, spaced ? 2 : 0);
        const after = argumentsOf(args);
        expect(() => JSON.parse(after)).not.toThrow();
        for (const secret of secrets) expect(after).not.toContain(secret);
      }),
      { numRuns: 400, seed: 3 },
    );
  });
});
