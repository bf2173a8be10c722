// A thousand reloads of one plugin, each tried in quarantine, published to a thread and used there: nothing of them may stay.
import { readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { ThreadPlugins } from '../../src/plugin/thread-plugins.js';
import { host, scene as request } from '../plugin/support/scene.js';
import { numbered, openScene } from './plugin-scene.js';

setFlagsFromString('--expose_gc');
const collect = runInNewContext('gc') as () => void;
const MIB = 1024 * 1024;
const RELOADS = 1000;
/** Until the heaps of this thread and of the quarantine have the size that they keep. */
const WARM_UP = 500;

interface Taken {
  readonly heap: number;
  readonly external: number;
  readonly resident: number;
  readonly threads: number;
  readonly files: number;
  readonly handles: number;
}

async function taken(): Promise<Taken> {
  // What a module takes outside the heap is given back some turns after its collection.
  for (let i = 0; i < 5; i++) {
    collect();
    await new Promise(resolve => setImmediate(resolve));
  }
  const { heapUsed, external, arrayBuffers, rss } = process.memoryUsage();
  return {
    heap: heapUsed,
    external: external + arrayBuffers,
    resident: rss,
    threads: readdirSync('/proc/self/task').length,
    files: readdirSync('/proc/self/fd').length,
    handles: process.getActiveResourcesInfo().length,
  };
}

describe('reloading a plugin', () => {
  it.skipIf(process.platform !== 'linux')(
    `leaves nothing behind over ${RELOADS} times (needs /proc)`,
    async () => {
      const scene = openScene();
      const plugins = new ThreadPlugins({
        published: [],
        host: host(),
        isolated: { run: () => () => undefined, forget: () => undefined },
        log: { line: () => undefined, dropped: () => undefined },
        nowMs: () => performance.now(),
        drainMs: () => 30_000,
      });
      scene.publishTo(published => plugins.publish(published, null));
      await scene.replace('');
      let loads = 0;
      const reload = async (): Promise<void> => {
        const set = plugins.current;
        set.acquire();
        const file = join(scene.enabled, '.next');
        writeFileSync(file, numbered(++loads));
        renameSync(file, join(scene.enabled, 'a.wasm'));
        await scene.looks(2);
        const loaded = plugins.current.get('a');
        if (loaded === null || 'failed' in loaded) throw new Error('the plugin was not loaded');
        expect(loaded.run(request()).result).toBe('go_on');
        set.release();
      };
      for (let i = 0; i < WARM_UP; i++) await reload();
      const before = await taken();
      for (let i = 0; i < RELOADS; i++) await reload();
      const after = await taken();
      expect(plugins.counts().map(({ oldVersions }) => oldVersions)).toEqual([0]);
      expect(scene.published).toHaveLength(WARM_UP + RELOADS);
      const grown = (key: keyof Taken): number => after[key] - before[key];
      const told = JSON.stringify({ before, after });
      expect([grown('threads'), grown('files'), grown('handles')], told).toEqual([0, 0, 0]);
      expect(grown('heap') / MIB, told).toBeLessThan(6);
      expect(grown('external') / MIB, told).toBeLessThan(4);
      // One instance's memory of a page, kept a thousand times, would be 64 MiB.
      expect(grown('resident') / MIB, told).toBeLessThan(40);
    },
  );
});
