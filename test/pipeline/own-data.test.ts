// The places for what consumers ask about themselves: bounded, and free again only when both the reply is there and the client has it.
import { describe, expect, it } from 'vitest';
import type { OwnDataQuestion, OwnDataReply, ThreadReply } from '../../src/core/own-data.js';
import {
  OWN_DATA_MAX,
  OWN_DATA_PER_CONSUMER_MAX,
  OwnDataAsker,
  type OwnDataPlace,
} from '../../src/pipeline/own-data.js';

const REPLY: OwnDataReply = { ok: true, type: 'application/json', body: '{}', headers: {} };

class Scene {
  nowMs = 0;
  readonly sent: number[] = [];
  readonly told: (ThreadReply | null)[] = [];
  readonly asker = new OwnDataAsker(
    id => this.sent.push(id),
    () => this.nowMs,
  );

  ask(consumer = 'team-a'): OwnDataPlace | null {
    const question: OwnDataQuestion = {
      kind: 'own',
      consumer,
      key: 'ci …abcd',
      path: 'usage',
      query: '',
      accept: '',
    };
    return this.asker.ask(question, { onReply: reply => this.told.push(reply) });
  }

  /** As many as one consumer gets. */
  fill(consumer: string): OwnDataPlace[] {
    const places: OwnDataPlace[] = [];
    for (let place = this.ask(consumer); place !== null; place = this.ask(consumer)) places.push(place);
    return places;
  }
}

describe('a place for a question', () => {
  it('is free when the reply has come and the client has it, in either order', () => {
    const scene = new Scene();
    const [first, second] = [scene.ask(), scene.ask()];
    if (first === null || second === null) throw new Error('no place');
    scene.asker.take(first.id, REPLY);
    expect([scene.told, scene.asker.size]).toEqual([[REPLY], 2]);
    scene.asker.forget(first);
    expect(scene.asker.size).toBe(1);
    scene.asker.forget(second);
    expect(scene.asker.size).toBe(1);
    scene.asker.take(second.id, REPLY);
    expect([scene.told, scene.asker.size]).toEqual([[REPLY], 0]);
  });

  it('is not had by more than so many, of one consumer and of all', () => {
    const scene = new Scene();
    const places = scene.fill('team-0');
    expect(places).toHaveLength(OWN_DATA_PER_CONSUMER_MAX);
    for (let i = 1; i < 10; i++) places.push(...scene.fill(`team-${i}`));
    expect(places).toHaveLength(OWN_DATA_MAX);
    expect(scene.sent).toHaveLength(OWN_DATA_MAX);
    // Whoever leaves before the reply frees nothing: the control plane still works for it.
    for (const place of places) scene.asker.forget(place);
    expect(scene.ask('team-x')).toBeNull();
    scene.asker.take(scene.sent[0] ?? 0, REPLY);
    expect(scene.ask('team-x')).not.toBeNull();
  });

  it('is told once that it took too long, and kept until the reply', () => {
    const scene = new Scene();
    const place = scene.ask();
    scene.nowMs = 9_999;
    scene.asker.sweep(scene.nowMs);
    expect(scene.told).toEqual([]);
    scene.nowMs = 10_000;
    scene.asker.sweep(scene.nowMs);
    scene.asker.sweep(scene.nowMs);
    expect([scene.told, scene.asker.size]).toEqual([[null], 1]);
    if (place !== null) scene.asker.forget(place);
    scene.asker.take(scene.sent[0] ?? 0, REPLY);
    expect([scene.told, scene.asker.size]).toEqual([[null], 0]);
  });
});
