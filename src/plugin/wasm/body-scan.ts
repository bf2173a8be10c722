// Reads a function's body once: checks what the bounds and the instruction table say, and fills the plan of what to insert.
// It follows the height of the operand stack, for three reasons: V8's validator ends the process where it grows too high (see check-module.ts),
// the engine's compile time goes by height times branches, and a parser that reads an instruction otherwise than the engine would be found
// out at the next `end`.
import { FUNCTION_BYTES_MAX, NESTING_MAX, OPERANDS_MAX } from './bounds.js';
import { scanBulk } from './bulk-scan.js';
import { ByteReader } from './byte-reader.js';
import { CompileWork } from './compile-work.js';
import { ControlStack, FrameKind } from './control-stack.js';
import { InsertKind, MeteringPlan } from './metering-plan.js';
import { FUEL_OF, Immediate, Op, PLAIN, SIMD } from './opcodes.js';
import type { FunctionType, ParsedModule } from './parsed-module.js';
import { readBlockType, skipValueTypes } from './read-immediate.js';
import { type Locals, readLocals } from './read-locals.js';
import { readValueType } from './read-types.js';
import { ModuleRefused } from './refused.js';
import { refusedOpcode, refusedVector } from './refused-opcodes.js';
import { STORED_BY, scanImmediate, VECTOR_STORED_BY } from './scan-store.js';

const FRAME_OF: Readonly<Record<number, number>> = { [Op.loop]: FrameKind.loop, [Op.if]: FrameKind.if };

export class BodyScan {
  readonly plan = new MeteringPlan();
  readonly work = new CompileWork();
  /** Of the function read last. */
  type: FunctionType = { params: '', results: '' };
  locals: Locals = { paramsAndLocals: 0, start: 0, groups: 0, codeStart: 0 };

  /** Functions count how deep they are called, so that a catch can charge for the frames that its exception passed. */
  readonly countsDepth: boolean;
  readonly #module: ParsedModule;
  readonly #reader: ByteReader;
  readonly #stack = new ControlStack(NESTING_MAX);
  #index = 0;
  #height = 0;
  #dead = false;
  #point = 0;

  constructor(module: ParsedModule) {
    this.#module = module;
    this.#reader = new ByteReader(module.bytes, 0, 0);
    this.countsDepth = module.tags.length > 0;
  }

  /** Reads own function `i`. Throws ModuleRefused. */
  read(i: number): void {
    const { bodies, functions, importedFunctions } = this.#module;
    const reader = this.#reader;
    reader.at = bodies[2 * i] as number;
    reader.end = bodies[2 * i + 1] as number;
    this.#index = importedFunctions + i;
    if (reader.left > FUNCTION_BYTES_MAX) {
      this.#refuse('function_too_big', `has ${reader.left} bytes; allowed are ${FUNCTION_BYTES_MAX}`);
    }
    this.type = functions[this.#index] as FunctionType;
    this.plan.clear();
    this.locals = readLocals(reader, this.type, this.#index);
    const { codeStart, paramsAndLocals } = this.locals;
    this.work.begin(this.#index);
    this.#height = 0;
    this.#dead = false;
    this.#point = this.plan.addCharge(codeStart, -1);
    this.plan.spend(this.#point, FUEL_OF.entry + paramsAndLocals + this.type.results.length);
    if (this.countsDepth) {
      this.plan.add(codeStart, InsertKind.enter);
      this.plan.spend(this.#point, FUEL_OF.depth);
    }
    this.#stack.depth = 0;
    this.#push(FrameKind.block, 0, this.type.results.length);
    while (this.#stack.depth > 0) this.#instruction();
    if (reader.left > 0) this.#refuse('malformed', `has ${reader.left} bytes behind its end`);
    this.plan.settle();
  }

  #refuse(code: ModuleRefused['code'], what: string): never {
    throw new ModuleRefused(code, `function ${this.#index} ${what}`);
  }

  #instruction(): void {
    const reader = this.#reader;
    const place = reader.at;
    const opcode = reader.u8();
    const plan = this.#dead ? null : this.plan;
    const immediate = PLAIN.immediate[opcode] as number;
    if (immediate === Immediate.unknown) throw refusedOpcode(opcode, reader, place);
    if (immediate !== Immediate.own) {
      scanImmediate(reader, plan, place, immediate, STORED_BY[opcode] as number);
      this.#count(PLAIN.fuel[opcode] as number, PLAIN.heightChange[opcode] as number);
    } else if (opcode === Op.bulkPrefix) {
      this.#count(0, scanBulk(reader, plan, this.#point, place));
    } else if (opcode === Op.simdPrefix) {
      this.#simd(plan, place);
    } else if (opcode >= Op.call && opcode <= Op.returnCallIndirect) {
      this.#call(opcode, place);
    } else {
      this.#control(opcode, place);
    }
  }

  /** In code that cannot be reached nothing is charged, and operands that are not there may be taken, as the standard says. */
  #count(fuel: number, heightChange: number): void {
    this.#height += heightChange;
    if (!this.#dead) this.plan.spend(this.#point, fuel);
    const base = this.#stack.heights[this.#stack.depth - 1] as number;
    if (this.#height >= base && this.#height <= OPERANDS_MAX) return;
    if (this.#height > OPERANDS_MAX) {
      this.#refuse(
        'too_many_operands',
        `has over ${OPERANDS_MAX} operands at a time; allowed are ${OPERANDS_MAX}`,
      );
    }
    if (!this.#dead)
      this.#refuse('malformed', `takes an operand that is not there, before byte ${this.#reader.at}`);
    this.#height = base;
  }

  /** What follows, up to the block's end, is never run. */
  #die(): void {
    this.#dead = true;
    this.#height = this.#stack.heights[this.#stack.depth - 1] as number;
  }

  /** The state machine of structured control. */
  #control(opcode: number, place: number): void {
    switch (opcode) {
      case Op.block:
      case Op.loop:
      case Op.if:
      case Op.try:
        this.#open(opcode);
        return;
      case Op.else:
        this.#nextArm(place, 0);
        return;
      case Op.catch:
      case Op.catchAll:
        this.#nextArm(place, opcode === Op.catch ? this.#tag().params.length : 0);
        if (this.countsDepth && !this.#dead) this.plan.add(this.#reader.at, InsertKind.caught);
        return;
      case Op.delegate:
      case Op.end:
        if (opcode === Op.delegate) this.#reader.u32();
        this.#close(place);
        return;
      case Op.br:
        this.#branch(this.#label());
        this.#die();
        return;
      case Op.brIf:
        this.#count(0, -1);
        this.#branch(this.#label());
        if (!this.#dead) this.#point = this.plan.addCharge(this.#reader.at, this.#point);
        return;
      case Op.brTable:
        this.#branchTable();
        return;
      case Op.return:
        if (this.countsDepth && !this.#dead) this.plan.addReturn(place, this.#stack.depth - 1);
        this.#branch(0);
        this.#die();
        return;
      default:
        this.#operand(opcode, place);
    }
  }

  /** Instructions without a label whose immediates or inserts are their own. */
  #operand(opcode: number, place: number): void {
    const reader = this.#reader;
    let fuel = PLAIN.fuel[opcode] as number;
    if (opcode === Op.selectTyped) {
      skipValueTypes(reader);
    } else if (opcode === Op.refNull) {
      readValueType(reader);
    } else if (opcode === Op.throw) {
      fuel += this.#tag().params.length;
    } else if (opcode !== Op.unreachable) {
      // rethrow, table.set, memory.grow
      reader.u32();
      if (opcode === Op.memoryGrow && !this.#dead) this.plan.add(place, InsertKind.memoryGrow);
      if (opcode === Op.tableSet && !this.#dead) this.plan.add(place, InsertKind.touch);
    }
    this.#count(fuel, PLAIN.heightChange[opcode] as number);
    if (opcode === Op.throw || opcode === Op.rethrow || opcode === Op.unreachable) this.#die();
  }

  #open(opcode: number): void {
    const type = readBlockType(this.#reader, this.#module);
    const params = type.params.length;
    const results = type.results.length;
    if (opcode === Op.if) this.#count(1, -1);
    this.#count(0, -params);
    this.#count(opcode === Op.loop ? 0 : params + results, params);
    this.#push(FRAME_OF[opcode] ?? FrameKind.block, params, results);
    if (this.#dead) return;
    if (opcode === Op.if) this.#point = this.plan.addCharge(this.#reader.at, this.#point);
    if (opcode !== Op.loop) return;
    this.#point = this.plan.addCharge(this.#reader.at, -1);
    this.plan.spend(this.#point, params + results);
  }

  #push(kind: number, params: number, results: number): void {
    if (this.#stack.depth > NESTING_MAX) {
      this.#refuse('nesting_too_deep', `has more than ${NESTING_MAX} blocks inside one another`);
    }
    this.#stack.push(kind, params, results, this.#height, this.#dead, this.#point);
    this.#merges(1);
  }

  /** Dead code is compiled away, but validated. */
  #merges(count: number): void {
    this.work.add(count * (this.#height + this.locals.paramsAndLocals + 1));
  }

  /** else, catch, catch_all: as after the block's start, but for the values given. */
  #nextArm(place: number, values: number): void {
    const stack = this.#stack;
    const d = stack.depth - 1;
    this.#checkHeight(d, place);
    const inherited = stack.kinds[d] === FrameKind.if ? (stack.params[d] as number) : 0;
    this.#dead = stack.dead[d] === 1;
    this.#height = (stack.heights[d] as number) + inherited + values;
    this.#merges(1);
    if (this.#dead) return;
    this.#point = this.plan.addCharge(this.#reader.at, stack.points[d] as number);
    this.plan.spend(this.#point, values);
  }

  #close(place: number): void {
    const stack = this.#stack;
    const d = stack.depth - 1;
    this.#checkHeight(d, place);
    this.#dead = stack.dead[d] === 1;
    this.#height = (stack.heights[d] as number) + (stack.results[d] as number);
    stack.depth = d;
    this.#merges(1);
    if (d === 0) {
      if (this.countsDepth) this.plan.add(place, InsertKind.leave);
    } else if (!this.#dead) {
      this.#point = this.plan.addCharge(this.#reader.at, stack.points[d] as number);
    }
  }

  #checkHeight(d: number, place: number): void {
    const expected = (this.#stack.heights[d] as number) + (this.#stack.results[d] as number);
    if (this.#dead || this.#height === expected) return;
    this.#refuse('malformed', `has ${this.#height} values at byte ${place}, where ${expected} belong`);
  }

  /** Reads a label: its frame's place in the control stack. */
  #label(): number {
    const depth = this.#reader.u32();
    if (depth >= this.#stack.depth)
      this.#refuse('malformed', `branches to label ${depth}, which is not there`);
    return this.#stack.depth - 1 - depth;
  }

  #branch(frame: number): void {
    this.#count(1 + (this.#stack.labelValues[frame] as number), 0);
    this.#merges(1);
  }

  #branchTable(): void {
    const targets = this.#reader.count(1) + 1;
    let values = 0;
    for (let i = 0; i < targets; i++) values = this.#stack.labelValues[this.#label()] as number;
    this.#count(FUEL_OF.brTable + values, -1);
    this.#merges(targets);
    this.#die();
  }

  #tag(): FunctionType {
    const type = this.#module.tags[this.#reader.u32()];
    return type ?? this.#refuse('malformed', 'names a tag that is not there');
  }

  #call(opcode: number, place: number): void {
    const reader = this.#reader;
    const index = reader.u32();
    const indirect = opcode === Op.callIndirect || opcode === Op.returnCallIndirect;
    if (indirect) reader.u32();
    const known = indirect ? this.#module.types[index] : this.#module.functions[index];
    const type = known ?? this.#refuse('malformed', `calls ${index}, which is not there`);
    const values = type.params.length + type.results.length;
    this.#count(0, -type.params.length - (indirect ? 1 : 0));
    this.#count((indirect ? FUEL_OF.callIndirect : FUEL_OF.call) + values, type.results.length);
    this.work.add(values);
    if (opcode !== Op.returnCall && opcode !== Op.returnCallIndirect) return;
    if (this.countsDepth && !this.#dead) this.plan.add(place, InsertKind.tailCall);
    this.#die();
  }

  #simd(plan: MeteringPlan | null, place: number): void {
    const opcode = this.#reader.u32();
    const immediate = opcode > 0xff ? Immediate.unknown : (SIMD.immediate[opcode] as number);
    if (immediate === Immediate.unknown) throw refusedVector(opcode);
    scanImmediate(this.#reader, plan, place, immediate, VECTOR_STORED_BY[opcode] as number);
    this.#count(SIMD.fuel[opcode] as number, SIMD.heightChange[opcode] as number);
  }
}
