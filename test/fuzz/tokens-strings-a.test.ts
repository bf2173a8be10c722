// Half of the strings that tiktoken must count as the kernel does; the other half is in tokens-strings-b.test.ts, for another worker.
import { expectAgreement } from './tokens-run.js';

expectAgreement(20_260_101, 100_000);
