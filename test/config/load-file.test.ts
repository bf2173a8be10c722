// Files as they come from a disk: absent, unreadable, not text, naming other files.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatProblem, loadConfigFile } from '../../src/config/load.js';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-load-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

function messages(path: string): string[] {
  const loaded = loadConfigFile(path, {});
  return loaded.ok ? [] : loaded.problems.map(formatProblem);
}

describe('a configuration file', () => {
  it('is read, with paths relative to it', () => {
    const loaded = loadConfigFile(file('ok.yaml', 'anonymous: allow\ndata_dir: data\n'), {});
    expect(loaded.ok && loaded.config.dataDir).toBe(join(folder, 'data'));
  });

  it('that is absent is a problem that names it', () => {
    const path = join(folder, 'none.yaml');
    expect(messages(path)).toEqual([`${path}: error: there is no such file`]);
  });

  it('that is a folder is a problem', () => expect(messages(folder)[0]).toMatch(/this is a folder/));

  it('that is not UTF-8 is a problem', () => {
    expect(messages(file('latin.yaml', Uint8Array.of(0x61, 0x3a, 0x20, 0xe4)))[0]).toMatch(/not UTF-8/);
  });

  it('may begin with a byte-order mark', () => {
    expect(messages(file('bom.yaml', '\uFEFFanonymous: allow\n'))).toEqual([]);
  });

  it('must name TLS files that can be read', () => {
    file('server.pem', 'x');
    const found = messages(file('tls.yaml', 'tls: { cert: server.pem, key: server.key }\n'));
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(
      /tls\.yaml:1:31: error: tls\.key is "server\.key"; allowed: a file that can be read/,
    );
  });
});
