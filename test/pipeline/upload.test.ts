// A streamed request body between a client's socket and a provider that reads when it likes.
import { describe, expect, it } from 'vitest';
import type { Downstream } from '../../src/http/downstream.js';
import { UPLOAD_BUFFER_BYTES, Upload } from '../../src/pipeline/upload.js';

function opened(): { upload: Upload; calls: string[] } {
  const calls: string[] = [];
  const downstream = {
    pauseBody: () => calls.push('pause'),
    resumeBody: () => calls.push('resume'),
  } as unknown as Downstream;
  return { upload: new Upload(downstream), calls };
}

const bytes = (length: number, fill = 1): ArrayBuffer => new Uint8Array(length).fill(fill).buffer;

async function readAll(upload: Upload): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of upload) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

describe('an upload', () => {
  it('hands on what came, in order, and ends with the last', async () => {
    const { upload, calls } = opened();
    upload.accept(bytes(3, 1), false);
    upload.accept(bytes(0), false);
    upload.accept(bytes(2, 2), true);
    expect([upload.receivedBytes, upload.complete]).toEqual([5, true]);
    expect([...(await readAll(upload))]).toEqual([1, 1, 1, 2, 2]);
    expect(calls).toEqual([]);
  });

  it('keeps a copy: the memory of a chunk is used again', async () => {
    const { upload } = opened();
    const chunk = bytes(4, 7);
    upload.accept(chunk, false);
    new Uint8Array(chunk).fill(9);
    upload.accept(bytes(0), true);
    expect([...(await readAll(upload))]).toEqual([7, 7, 7, 7]);
  });

  it('pauses the client once when the provider does not read, and lets him go on when it does', async () => {
    const { upload, calls } = opened();
    upload.accept(bytes(UPLOAD_BUFFER_BYTES - 1), false);
    expect(calls).toEqual([]);
    upload.accept(bytes(1), false);
    upload.accept(bytes(1000), false);
    expect(calls).toEqual(['pause']);
    expect(upload.readableLength).toBe(UPLOAD_BUFFER_BYTES + 1000);
    upload.accept(bytes(0), true);
    expect(await readAll(upload)).toHaveLength(UPLOAD_BUFFER_BYTES + 1000);
    expect(calls).toEqual(['pause', 'resume']);
  });

  it('that is given up lets the client go on, and drops what still comes', async () => {
    const { upload, calls } = opened();
    upload.accept(bytes(UPLOAD_BUFFER_BYTES * 2), false);
    expect(calls).toEqual(['pause']);
    const closed = new Promise(resolve => upload.once('close', resolve));
    upload.destroy(new Error('the provider broke'));
    await closed;
    expect(calls).toEqual(['pause', 'resume']);
    upload.accept(bytes(10), true);
    expect([upload.receivedBytes, upload.complete]).toEqual([UPLOAD_BUFFER_BYTES * 2 + 10, true]);
    expect(calls).toEqual(['pause', 'resume']);
  });

  it('that is empty ends at once', async () => {
    const { upload } = opened();
    upload.accept(bytes(0), true);
    expect(await readAll(upload)).toHaveLength(0);
  });
});
