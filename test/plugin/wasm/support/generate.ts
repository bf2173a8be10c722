// Generates programs that end: random statements over locals, globals, memory, tables, calls and exceptions, from a seed.

/** mulberry32: a whole number below `n`. */
export function randomFrom(seed: number): (n: number) => number {
  let state = seed >>> 0;
  return n => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % n;
  };
}

const FUNCTIONS = 4;
const I32_OPS = 'add sub mul and or xor shl shr_s shr_u rotl rotr eq ne lt_s gt_u div_s rem_u'.split(' ');
const I64_OPS = 'add sub mul and or xor shl shr_u rotl div_u rem_s'.split(' ');
const F64_OPS = 'add sub mul div min max copysign'.split(' ');
const V128_OPS = 'i32x4.add i8x16.sub i16x8.mul v128.xor i64x2.mul i8x16.swizzle f32x4.abs i32x4.shr_u'.split(
  ' ',
);

class Program {
  readonly #pick: (n: number) => number;
  /** Loops open, so that each has a counter of its own. */
  #loops = 0;
  /** Labels open, by name; true where a branch back would never end. */
  readonly #labels: string[] = [];
  #label = 0;
  #index = 0;

  constructor(seed: number) {
    this.#pick = randomFrom(seed);
  }

  text(): string {
    const functions = [];
    for (this.#index = 0; this.#index < FUNCTIONS; this.#index++) functions.push(this.#function());
    return `(type $t (func (param i32 i64) (result i32)))
      (tag $e (param i32)) (tag $n) (memory (export "memory") 1 3)
      (table $table 6 9 funcref) (elem (table $table) (i32.const 0) func $f1 $f2 $f3)
      (elem $more func $f3 $f2) (data $data "weir regulates and measures")
      (global $g (export "g") (mut i32) (i32.const 5)) (global $h (export "h") (mut i64) (i64.const -9))
      ${functions.join('\n')}`;
  }

  #one<T>(items: readonly T[]): T {
    return items[this.#pick(items.length)] as T;
  }

  #function(): string {
    this.#loops = 0;
    const body = this.#block(4, 5);
    const name = this.#index === 0 ? '(export "run")' : '';
    return `(func $f${this.#index} ${name} (type $t) (local $a i32) (local $b i32) (local $l i64) (local $d f64) (local $v v128)
      (local $c0 i32) (local $c1 i32) (local $c2 i32)
      ${body} ${this.#i32(2)})`;
  }

  #block(depth: number, statements: number): string {
    let text = '';
    for (let i = 1 + this.#pick(statements); i > 0; i--) text += `${this.#statement(depth)} `;
    return text;
  }

  #statement(depth: number): string {
    const kind = this.#pick(depth > 0 ? 24 : 12);
    switch (kind) {
      case 0:
      case 1:
        return `(local.set ${this.#one(['$a', '$b', '0'])} ${this.#i32(2)})`;
      case 2:
        return `(local.set $l ${this.#i64(2)})`;
      case 3:
        return `(local.set $d ${this.#f64(2)})`;
      case 4:
        return `(global.set $g ${this.#i32(2)})`;
      case 5:
        return `(global.set $h ${this.#i64(1)})`;
      case 6:
        return `(i32.store ${this.#address()} ${this.#i32(1)})`;
      case 7:
        return `(local.set $v ${this.#v128()})`;
      case 8:
        return this.#bulk();
      case 9:
        return this.#tables();
      case 10:
        return this.#labels.length > 0 ? `(br_if ${this.#one(this.#labels)} ${this.#i32(1)})` : 'nop';
      case 11:
        return this.#pick(6) === 0
          ? `(if ${this.#i32(1)} (then (return ${this.#i32(1)})))`
          : `(drop ${this.#i32(2)})`;
      case 12:
      case 13:
      case 14:
        return `(if ${this.#i32(2)} (then ${this.#block(depth - 1, 3)}) ${this.#pick(2) ? `(else ${this.#block(depth - 1, 3)})` : ''})`;
      case 15:
      case 16:
        return this.#loop(depth);
      case 17:
      case 18:
        return this.#labelled(label => `(block ${label} ${this.#block(depth - 1, 4)})`);
      case 19:
        return this.#switch(depth);
      case 20:
        return this.#try(depth);
      case 21:
        return this.#labelled(
          label => `(drop (block ${label} (result i32) ${this.#block(depth - 1, 2)} ${this.#i32(1)}))`,
          false,
        );
      default:
        return `(local.set $a ${this.#call()})`;
    }
  }

  /** A label that may be left for; the loops' own are never among them. */
  #labelled(write: (label: string) => string, exit = true): string {
    const label = `$L${this.#label++}`;
    if (exit) this.#labels.push(label);
    const text = write(label);
    if (exit) this.#labels.pop();
    return text;
  }

  #loop(depth: number): string {
    if (this.#loops === 3) return 'nop';
    const counter = `$c${this.#loops++}`;
    const label = `$L${this.#label++}`;
    const text = `(local.set ${counter} (i32.const ${1 + this.#pick(4)}))
      (loop ${label} ${this.#block(depth - 1, 3)}
        (br_if ${label} (i32.gt_s (local.tee ${counter} (i32.sub (local.get ${counter}) (i32.const 1))) (i32.const 0))))`;
    this.#loops--;
    return text;
  }

  #switch(depth: number): string {
    const labels = [0, 1, 2].map(() => `$L${this.#label++}`);
    return `(block ${labels[0]} (block ${labels[1]} (block ${labels[2]}
      (br_table ${labels.join(' ')} ${this.#i32(1)})) ${this.#block(depth - 1, 2)} (br ${labels[0]})) ${this.#block(depth - 1, 2)})`;
  }

  #try(depth: number): string {
    const thrown = this.#one([
      '(throw $e (local.get $a))',
      '(throw $n)',
      `(drop ${this.#call()})`,
      '(if (local.get $b) (then (throw $n)))',
    ]);
    const handler = this.#one([
      `(catch $e (local.set $b)) (catch_all ${this.#block(depth - 1, 1)})`,
      `(catch_all (global.set $g (i32.add (global.get $g) (i32.const 1))))`,
      '(catch $n) (catch $e (drop))',
    ]);
    return `(try (do ${this.#block(depth - 1, 2)} ${thrown}) ${handler})`;
  }

  #bulk(): string {
    const small = () => `(i32.and ${this.#i32(1)} (i32.const 255))`;
    return this.#one([
      `(memory.fill ${small()} ${this.#i32(1)} ${small()})`,
      `(memory.copy ${small()} ${small()} ${small()})`,
      `(memory.init $data ${small()} (i32.const 3) (i32.and ${this.#i32(1)} (i32.const 15)))`,
      '(drop (memory.grow (i32.const 1)))',
      '(global.set $g (memory.size))',
    ]);
  }

  #tables(): string {
    return this.#one([
      '(table.set $table (i32.const 4) (ref.func $f3))',
      '(table.fill $table (i32.const 3) (ref.func $f2) (i32.const 2))',
      '(table.copy $table $table (i32.const 3) (i32.const 1) (i32.const 2))',
      '(table.init $table $more (i32.const 3) (i32.const 0) (i32.const 2))',
      '(drop (table.grow $table (ref.null func) (i32.const 1)))',
      '(global.set $g (table.size $table))',
      '(global.set $g (ref.is_null (table.get $table (i32.const 5))))',
    ]);
  }

  /** Only functions behind this one are called, so that every program ends. */
  #call(): string {
    if (this.#index === FUNCTIONS - 1) return this.#i32(1);
    const callee = this.#index + 1 + this.#pick(FUNCTIONS - 1 - this.#index);
    const values = `${this.#i32(1)} ${this.#i64(1)}`;
    if (this.#pick(3) === 0 && this.#index === 0) {
      return `(call_indirect $table (type $t) ${values} (i32.const ${callee - 1}))`;
    }
    return `(call $f${callee} ${values})`;
  }

  #address(): string {
    return `(i32.and ${this.#i32(1)} (i32.const 1020))`;
  }

  #i32(depth: number): string {
    const kind = this.#pick(depth > 0 ? 12 : 4);
    if (kind < 2) return `(local.get ${this.#one(['$a', '$b', '0'])})`;
    if (kind === 2) return `(i32.const ${this.#pick(4) === 0 ? this.#pick(2 ** 31) : this.#pick(9) - 4})`;
    if (kind === 3) return '(global.get $g)';
    if (kind === 4) return `(i32.load ${this.#address()})`;
    if (kind === 5) return `(i32.wrap_i64 ${this.#i64(depth - 1)})`;
    if (kind === 6) return `(select ${this.#i32(depth - 1)} ${this.#i32(depth - 1)} ${this.#i32(depth - 1)})`;
    if (kind === 7) return `(i32.trunc_sat_f64_s ${this.#f64(depth - 1)})`;
    if (kind === 8) return `(i32x4.extract_lane 1 ${this.#v128()})`;
    return `(i32.${this.#one(I32_OPS)} ${this.#i32(depth - 1)} ${this.#i32(depth - 1)})`;
  }

  #i64(depth: number): string {
    const kind = this.#pick(depth > 0 ? 7 : 4);
    if (kind < 2) return `(local.get ${this.#one(['$l', '1'])})`;
    if (kind === 2) return `(i64.const ${this.#pick(1000) - 500})`;
    if (kind === 3) return '(global.get $h)';
    if (kind === 4) return `(i64.extend_i32_s ${this.#i32(depth - 1)})`;
    return `(i64.${this.#one(I64_OPS)} ${this.#i64(depth - 1)} ${this.#i64(depth - 1)})`;
  }

  #f64(depth: number): string {
    const kind = this.#pick(depth > 0 ? 5 : 2);
    if (kind === 0) return '(local.get $d)';
    if (kind === 1) return `(f64.const ${this.#pick(100) / 8})`;
    if (kind === 2) return `(f64.convert_i32_s ${this.#i32(depth - 1)})`;
    return `(f64.${this.#one(F64_OPS)} ${this.#f64(depth - 1)} ${this.#f64(depth - 1)})`;
  }

  #v128(): string {
    const op = this.#one(V128_OPS);
    if (op === 'f32x4.abs') return '(f32x4.abs (local.get $v))';
    if (op === 'i32x4.shr_u') return `(i32x4.shr_u (local.get $v) ${this.#i32(1)})`;
    return `(${op} (local.get $v) (i32x4.splat ${this.#i32(1)}))`;
  }
}

/** What stands inside `(module …)`; exports `run` (i32, i64) → i32, `memory`, and the mutable globals `g` and `h`. */
export function generateProgram(seed: number): string {
  return new Program(seed).text();
}
