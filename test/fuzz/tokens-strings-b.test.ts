// The other half of the strings, from another seed.
import { expectAgreement } from './tokens-run.js';

expectAgreement(20_260_102, 100_000);
