// An answer going through one policy's on_event as CONTRACT.md §5.6 says: what 2 holds back a 0 releases or a 1 discards, replaced and appended texts
// included. Small on purpose: an oracle for policies, not the gateway's own way of doing it.
import type { EventKind } from '../../../src/plugin/abi.js';
import type { HookOutcome } from '../../../src/plugin/hook.js';
import type { LoadedPlugin } from '../../../src/plugin/loaded.js';
import { eventScene } from '../../plugin/support/scene.js';

export interface AnswerPiece {
  readonly kind: EventKind;
  readonly choice: number;
  readonly text: string;
}

export interface AnswerSeen {
  /** What the client has, by `kind choice`. */
  readonly texts: Readonly<Record<string, string>>;
  /** The outcome that ended it before its end. */
  readonly ended: HookOutcome | null;
  readonly evidence: readonly (readonly [string, string | number])[];
  /** The most pieces that were held at once. */
  readonly heldMax: number;
}

export function through(loaded: LoadedPlugin, pieces: readonly AnswerPiece[]): AnswerSeen {
  const texts: Record<string, string> = {};
  const evidence: (readonly [string, string | number])[] = [];
  let held: { kind: EventKind; choice: number; text: string }[] = [];
  let heldMax = 0;
  let state: Uint8Array = new Uint8Array(0);
  for (const piece of [...pieces, { kind: 'end' as const, choice: 0, text: '' }]) {
    const outcome = loaded.run(
      eventScene(piece.text, {
        eventKind: piece.kind,
        texts: { event_kind: piece.kind },
        integers: { choice: piece.choice },
        state,
        held: held.map(({ kind, choice }) => ({ kind, choice })),
        evidenceCount: evidence.length,
      }),
    );
    if (outcome.result === 'failed') throw new Error(`${outcome.failure}: ${outcome.detail}`);
    state = outcome.state ?? state;
    evidence.push(...outcome.evidence);
    for (const { kind, choice, text } of outcome.heldAppend ?? []) {
      const place = held.findLast(one => one.kind === kind && one.choice === choice);
      if (place === undefined) throw new Error('text was appended where none is held');
      place.text += text;
    }
    if (outcome.result === 'deny') return { texts, ended: outcome, evidence, heldMax };
    if (piece.kind !== 'end') held.push({ ...piece, text: outcome.eventText ?? piece.text });
    if (outcome.result === 'hold') {
      heldMax = Math.max(heldMax, held.length);
      continue;
    }
    for (const { kind, choice, text } of held) {
      const key = `${kind} ${choice}`;
      texts[key] = (texts[key] ?? '') + text;
    }
    held = [];
  }
  return { texts, ended: null, evidence, heldMax };
}
