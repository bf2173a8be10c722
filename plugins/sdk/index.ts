// All of the SDK in one place: `import { config, deny, evidence, GO_ON, request } from '../sdk';`
export { ByteView, ByteWriter, folded, isDigit, isLetter } from './bytes';
export { config, Setting } from './config';
export { EventKind, event, held } from './event';
export { evidence, log, tag } from './evidence';
export { body, headers } from './http';
export { Json, JsonKind } from './json';
export { messages, Role } from './messages';
export { answer, request } from './request';
export {
  COUNTER_REFUSED,
  countTokens,
  counters,
  lookup,
  nowMs,
  randomBelow,
  route,
} from './services';
export { state } from './state';
export { DENY, deny, GO_ON, HOLD } from './verdict';
