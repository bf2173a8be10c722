// Half of the strings that tiktoken must count as the kernel does; the other half is in tokens-strings-b.test.ts, for another worker.
import { runStrings } from './tokens-run.js';

runStrings(20_260_101, 100_000);
