// Loading the vocabulary: the memory's plan, a worker's view of it, and files that are not what they have to be.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { afterAll, describe, expect, it } from 'vitest';
import { loadVocabulary, VocabularyError } from '../../src/kernel/vocabulary.js';
import { VOCABULARY_BYTES, VOCABULARY_SHA256 } from '../../src/kernel/vocabulary-hash.js';

const MIB = 1024 * 1024;
const folder = mkdtempSync(join(tmpdir(), 'weir-vocabulary-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const builtImage = fileURLToPath(new URL('../../build/vocabulary/vocabulary.bin', import.meta.url));
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

function copyOfImage(name: string): string {
  const path = join(folder, name);
  copyFileSync(builtImage, path);
  return path;
}

function errorOf(path: string): VocabularyError {
  try {
    loadVocabulary(1, path);
  } catch (error) {
    if (error instanceof VocabularyError) return error;
    throw error;
  }
  throw new Error('loaded');
}

describe('loadVocabulary', () => {
  it('lays zeros, the image and whole pages of regions into one shared memory', () => {
    const { memory, imageAt, regionsAt, regionBytes, regions } = loadVocabulary(3);
    expect(memory.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect([imageAt, regionsAt % 65_536, regionBytes, regions]).toEqual([1024, 0, 8 * MIB, 3]);
    expect(regionsAt).toBeGreaterThanOrEqual(imageAt + VOCABULARY_BYTES);
    expect(memory.buffer.byteLength).toBe(regionsAt + 3 * regionBytes);
    expect(sha256(new Uint8Array(memory.buffer, imageAt, VOCABULARY_BYTES))).toBe(VOCABULARY_SHA256);
    expect(new Uint8Array(memory.buffer, 0, imageAt).every(byte => byte === 0)).toBe(true);
    expect(new Uint8Array(memory.buffer, regionsAt).every(byte => byte === 0)).toBe(true);
  });

  it('makes regions smaller so that all stay below 1.75 GiB', () => {
    const { memory, regionBytes } = loadVocabulary(500);
    expect(regionBytes % 65_536).toBe(0);
    expect(regionBytes).toBeGreaterThan(3 * MIB);
    expect(memory.buffer.byteLength).toBeLessThanOrEqual(1792 * MIB);
  });

  it.each([0, -1, 1.5, 100_000])('refuses %d regions', regions => {
    expect(() => loadVocabulary(regions)).toThrow(`regions is ${regions}; must be a whole number from 1 to `);
  });

  it('reaches a worker in a message, which sees the same bytes', async () => {
    const vocabulary = loadVocabulary(2);
    const code = `
      const { createHash } = require('node:crypto');
      require('node:worker_threads').parentPort.on('message', ({ memory, imageAt, regionsAt, bytes }) => {
        new Uint8Array(memory.buffer)[regionsAt] = 77;
        const image = new Uint8Array(memory.buffer, imageAt, bytes);
        require('node:worker_threads').parentPort.postMessage(createHash('sha256').update(image).digest('hex'));
      });`;
    const worker = new Worker(code, { eval: true });
    try {
      worker.postMessage({ ...vocabulary, bytes: VOCABULARY_BYTES });
      expect(await once(worker, 'message')).toEqual([VOCABULARY_SHA256]);
    } finally {
      await worker.terminate();
    }
    expect(new Uint8Array(vocabulary.memory.buffer)[vocabulary.regionsAt]).toBe(77);
  });
});

describe('loadVocabulary on a bad file', () => {
  it('names a missing file and how to make it', () => {
    const path = join(folder, 'nowhere.bin');
    const error = errorOf(path);
    expect(error).toMatchObject({ path, expected: VOCABULARY_SHA256, found: null });
    expect(error.message).toBe(
      `${path} cannot be read (ENOENT); expected SHA-256 ${VOCABULARY_SHA256}; \`npm run build\` makes it anew`,
    );
  });

  it('tells a short file by its length', () => {
    const path = copyOfImage('short.bin');
    truncateSync(path, VOCABULARY_BYTES - 1);
    const error = errorOf(path);
    expect(error).toMatchObject({ path, expected: VOCABULARY_SHA256 });
    expect(error.message).toContain(`has ${VOCABULARY_BYTES - 1} bytes instead of ${VOCABULARY_BYTES}`);
    expect(error.message).toContain('npm run build');
  });

  it('tells an empty file by its length', () => {
    const path = join(folder, 'empty.bin');
    writeFileSync(path, '');
    expect(errorOf(path).found).toBe(sha256(new Uint8Array()));
  });

  it.each([0, VOCABULARY_BYTES >> 1, VOCABULARY_BYTES - 1])(
    'tells a flipped bit in byte %d by the hash',
    at => {
      const path = copyOfImage('flipped.bin');
      const vocabulary = loadVocabulary(1);
      const image = Buffer.from(
        new Uint8Array(vocabulary.memory.buffer, vocabulary.imageAt, VOCABULARY_BYTES),
      );
      image.writeUInt8(image.readUInt8(at) ^ 1, at);
      writeFileSync(path, image);
      const error = errorOf(path);
      expect(error).toMatchObject({ path, expected: VOCABULARY_SHA256, found: sha256(image) });
      expect(error.message).toContain(`its SHA-256 is ${sha256(image)}, expected ${VOCABULARY_SHA256}`);
    },
  );

  it('calls a folder in its place unreadable', () => {
    expect(errorOf(folder).message).toContain(`${folder} `);
  });
});
