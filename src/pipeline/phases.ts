// THE ordered list of what happens to a request. Each stage is one file in stages/; none knows another.
//   on the head        trace ▸ checkHead ▸ identifyByHead ▸ checkSize ▸ authenticate
//   (body)             read whole for an AI api's JSON, streamed otherwise           body-reader.ts
//   on the body        applyBodyFacts ▸ route ▸ gate
//   (count)            large prompts in the compute pool                            prompt-counter.ts
//   when counted       gate (where it asked for the count)
//   change             plugins ▸ caps, in their order; a hook may run elsewhere      plugins/change-pass.ts
//   when changed       change (caps, where there are no plugins) ▸ hold
//   (list of models)   where no route takes it, Weir's own answer ends it here      model-list.ts
//   per target         prepareCall (credential, path, body edits)                   attempt.ts
//   forward            the provider's answer, metered beside the forwarding         relay.ts
//                      plugins on its head and its texts, in reverse order          plugins/answer-plugins.ts
//   at the end         settle: the record gets its outcome before the last bytes    settle.ts
import type { Exchange } from './exchange.js';
import { authenticate } from './stages/authenticate.js';
import { change } from './stages/change.js';
import { checkHead } from './stages/check-head.js';
import { checkSize } from './stages/check-size.js';
import { gate } from './stages/gate.js';
import { hold } from './stages/hold.js';
import { identifyByHead } from './stages/identify-head.js';
import { route } from './stages/route.js';
import { trace } from './stages/trace.js';

export type Stage = (exchange: Exchange) => void;

export const ON_HEAD: readonly Stage[] = [
  trace, // a refusal belongs to the caller's trace, too
  checkHead, // a request that two servers could read in two ways goes no further, whoever sent it
  identifyByHead, // first of the rest, so that every later refusal is told in the caller's dialect
  checkSize, // so that a client's SDK knows the 413 for what it is
  authenticate, // before the body: nobody unknown may make Weir hold bytes
];

export const ON_BODY: readonly Stage[] = [
  route, // needs the model, which most dialects carry in the body
  gate, // policies look at the target that the request would go to; nothing has been counted for who is refused here
];

export const ON_COUNTED: readonly Stage[] = [
  gate, // for policies that ask for the prompt's tokens; else it is through already
];

export const ON_CHANGED: readonly Stage[] = [
  change, // caps alone; where plugins look at the request, their pass has asked the caps among them
  hold, // last, on the request as it will be sent: what it may come to is held before anything goes upstream
];
