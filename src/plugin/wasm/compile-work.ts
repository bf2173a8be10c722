// Bounds the time that the engine needs to compile a module. Its baseline compiler keeps a state of all locals and operands and copies it
// at each block and branch: a function of 130 KB with 20,000 operands and 10,000 blocks took 5.4 s at its first call. Measured: about
// 12 ns for each value so copied, in the baseline compiler, and up to 20 ns in the optimising one.
import { COMPILE_WORK_MAX, FUNCTION_WORK_MAX } from './bounds.js';
import { ModuleRefused } from './refused.js';

export class CompileWork {
  /** Values copied, over all functions read so far. */
  total = 0;
  #before = 0;
  #index = 0;

  begin(functionIndex: number): void {
    this.#index = functionIndex;
    this.#before = this.total;
  }

  /** So many values are copied. Throws ModuleRefused over the bounds. */
  add(values: number): void {
    this.total += values;
    if (this.total - this.#before > FUNCTION_WORK_MAX) {
      this.#refuse(`has over ${FUNCTION_WORK_MAX} in it; a function may have so many`);
    }
    if (this.total > COMPILE_WORK_MAX) {
      this.#refuse(`brings the module over ${COMPILE_WORK_MAX}; it may have so many`);
    }
  }

  #refuse(what: string): never {
    throw new ModuleRefused(
      'compile_work',
      `function ${this.#index} ${what} (blocks and branches times values alive there): it would take too long to compile`,
    );
  }
}
