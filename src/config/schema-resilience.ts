// The shape of `retry:`, `breaker:` and of what a route says of its targets, with every default, unit and range (src/core/resilience.ts says what each means).
import { STRATEGIES } from '../core/resilience.js';
import { choice, duration, factor, fraction, wholeNumber } from './leaves.js';
import { section } from './shapes.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

export const retrySchema = section({
  attempts: wholeNumber(1, 20, 'Tries of one request in all, the first included').prefault(5),
  again: wholeNumber(0, 10, 'Of them, at a target that has just failed, after a wait').prefault(0),
  backoff: duration(1, MINUTE, 'The n-th wait is a random part of this times 2^n').prefault('100ms'),
  backoff_max: duration(1, 10 * MINUTE, 'Longest wait; a longer Retry-After is not waited for').prefault(
    '5s',
  ),
  budget: fraction('Retries as a share of the requests of the last ten seconds, by target').prefault(0.2),
  reserve: wholeNumber(0, 10_000, 'Retries a second beside the budget').prefault(10),
});

export const breakerSchema = section({
  failures: wholeNumber(0, 1000, 'Failures in a row that open it; 0: never').prefault(5),
  share: fraction('Share of failures in ten seconds that opens it').prefault(0.5),
  requests: wholeNumber(1, 100_000, 'Requests in ten seconds from which shares count').prefault(20),
  outlier: fraction("Share of failures above the best of the route's others that opens it").prefault(0.2),
  open: duration(1, 60 * MINUTE, 'How long it stays open at first').prefault('5s'),
  open_max: duration(1, 24 * 60 * MINUTE, 'Longest time it stays open').prefault('5m'),
  all_open: choice(['try', 'refuse'], 'A request whose targets are all open').prefault('try'),
});

export const routeOptions = {
  strategy: choice(STRATEGIES, 'In which order the targets are tried').prefault('order'),
  first_byte: duration(
    1,
    24 * 60 * MINUTE,
    'Until the first byte of a try; default: timeouts.first_byte',
  ).optional(),
} as const;

/** Of a target of a route. */
export const weight = factor(0, 1_000_000, 'Share of the requests, for strategy weighted').optional();
