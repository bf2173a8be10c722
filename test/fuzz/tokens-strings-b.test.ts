// The other half of the strings, from another seed.
import { runStrings } from './tokens-run.js';

runStrings(20_260_102, 100_000);
