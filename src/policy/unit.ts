// What a limit or budget counts, and how amounts of it are shown: dollars as decimal strings, all else as whole numbers.
import { usdText } from '../price/amounts.js';

/** usd: amounts are nano-dollars. */
export type Unit = 'requests' | 'tokens' | 'input_tokens' | 'output_tokens' | 'concurrent' | 'usd';

/** For a record's numbers. */
export function shown(unit: Unit, amount: number): number | string {
  return unit === 'usd' ? usdText(amount) : amount;
}

/** `$12.500000`, `800 tokens`. */
export function amountText(unit: Unit, amount: number): string {
  if (unit === 'usd') return `$${usdText(amount)}`;
  const noun = unit === 'concurrent' ? 'request' : unit.replace('_', ' ').replace(/s$/, '');
  return `${amount} ${noun}${amount === 1 ? '' : 's'}`;
}
