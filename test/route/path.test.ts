// Paths as matching sees them, and what goes upstream of them.
import { describe, expect, it } from 'vitest';
import { WeirError } from '../../src/core/error.js';
import { joinPath, parsePath } from '../../src/route/path.js';

describe('a path', () => {
  it.each<[string, readonly string[], string]>([
    ['/', [], ''],
    ['/a', ['a'], ''],
    ['/a/', ['a'], '/'],
    ['/a/b', ['a', 'b'], '/b'],
    ['//a///b//', ['a', 'b'], '///b//'],
    ['/%61/b', ['a', 'b'], '/b'],
    ['/a/b%2Fc', ['a', 'b/c'], '/b%2Fc'],
    ['/a/%2561', ['a', '%61'], '/%2561'],
    ['/a/caf%C3%A9', ['a', 'café'], '/caf%C3%A9'],
    ['/a/...', ['a', '...'], '/...'],
    ['/a/.b', ['a', '.b'], '/.b'],
    ['/a/b..c/x', ['a', 'b..c', 'x'], '/b..c/x'],
    ['/a;p=1/b', ['a;p=1', 'b'], '/b'],
    ['/models/m:generate', ['models', 'm:generate'], '/m:generate'],
  ])('%s is split, each segment decoded once', (raw, segments, rest) => {
    const path = parsePath(raw);
    expect(path.segments).toEqual(segments);
    expect(raw.slice(path.firstEnd)).toBe(rest);
    expect(path.raw).toBe(raw);
    // The same again comes from memory.
    expect(parsePath(raw)).toEqual(path);
  });

  it.each([
    ['/..', 'dot segment'],
    ['/.', 'dot segment'],
    ['/a/../b', 'dot segment'],
    ['/a/%2e', 'dot segment'],
    ['/a/%2E%2e/b', 'dot segment'],
    ['/a/.%2e', 'dot segment'],
    ['/a/x%2F..%2Fb', 'encoded dot segment'],
    ['/a/x%2f.', 'encoded dot segment'],
    ['/a/%00', '%00'],
    ['/a/b%00c', '%00'],
    ['/a\\b', 'backslash'],
    ['/a/%5c', 'backslash'],
    ['/a/%5C..', 'backslash'],
    ['/a/%', 'percent escape'],
    ['/a/%zz', 'percent escape'],
    ['/a/%ff', 'percent escape'],
    ['/a/%c0%ae', 'percent escape'],
    ['/a#b', '"#"'],
    ['a', 'begin'],
    ['', 'begin'],
    ['*', 'begin'],
  ])('%s is refused, saying why', (raw, why) => {
    for (let again = 0; again < 2; again++) {
      let thrown: unknown;
      try {
        parsePath(raw);
      } catch (error) {
        thrown = error;
      }
      if (!(thrown instanceof WeirError)) throw new Error(`${raw} was taken`);
      expect(thrown.code).toBe('weir_bad_path');
      expect(thrown.message).toContain(why);
    }
  });

  it('that is long is quoted in part', () => {
    expect(() => parsePath(`/${'x'.repeat(10_000)}/..`)).toThrow(/^.{1,200}$/);
  });

  it('is remembered without bound on neither number nor length', () => {
    for (let i = 0; i < 5000; i++) expect(parsePath(`/many/${i}`).segments).toEqual(['many', String(i)]);
    const long = `/a/${'b'.repeat(5000)}`;
    expect(parsePath(long)).not.toBe(parsePath(long));
  });
});

describe('the path at the provider', () => {
  it.each([
    ['', '/v1/chat', '/v1/chat'],
    ['/', '/v1/chat', '/v1/chat'],
    ['', '', '/'],
    ['/v1', '/v1/chat', '/v1/chat'],
    ['/v1', '/chat', '/v1/chat'],
    ['/v1', '/v1', '/v1'],
    ['/v1', '/', '/v1/'],
    ['/v1', '', '/v1'],
    ['/v1', '/v1beta/x', '/v1/v1beta/x'],
    ['/v1', '/V1/x', '/v1/V1/x'],
    ['/openai/v1', '/openai/v1/chat', '/openai/v1/chat'],
    ['/openai/v1', '/v1/chat', '/openai/v1/chat'],
    ['/openai/v1', '/openai/chat', '/openai/v1/openai/chat'],
    ['/v1/openai', '/v1/chat', '/v1/openai/v1/chat'],
    ['/a/b', '/a/b/a/b', '/a/b/a/b'],
    ['/v1', '//v1//chat//', '/v1//chat//'],
    ['/v1', '/v1/a%2Fb/', '/v1/a%2Fb/'],
  ])('base %j and %j make %j: what the base ends in is not doubled', (base, native, joined) => {
    expect(joinPath(base, native)).toBe(joined);
  });
});
