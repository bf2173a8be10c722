// Reads a function's body once: checks what the bounds and the instruction table say, and fills the plan of what to insert.
// It follows the height of the operand stack, for two reasons: a parser that reads an instruction otherwise than the engine would be found
// out at the next `end`, and the engine's compile time goes by height times branches.
import { LOCALS_MAX } from '../../core/plugin-bounds.js';
import { COMPILE_WORK_MAX, FUNCTION_BYTES_MAX, NESTING_MAX } from './bounds.js';
import { ByteReader } from './byte-reader.js';
import { ControlStack, FrameKind } from './control-stack.js';
import { InsertKind, MeteringPlan } from './metering-plan.js';
import { BulkOp, FUEL_OF, Immediate, Op, PLAIN, SIMD, SimdOp } from './opcodes.js';
import type { FunctionType, ParsedModule } from './parsed-module.js';
import { readValueType, unsupported } from './read-types.js';
import { ModuleRefused } from './refused.js';
import { refusedOpcode } from './refused-opcodes.js';

const EMPTY_BLOCK = -64;
const LAST_VALUE_TYPE = -1;
/** A memory's alignment exponent is at most 4; 64 marks a memory's index. */
const ALIGNMENT_MAX = 4;

export class BodyScan {
  readonly plan = new MeteringPlan();
  /** Of the function read last. */
  paramsAndLocals = 0;
  /** Where the declarations of locals begin, their number, and where the instructions begin. */
  localsStart = 0;
  localGroups = 0;
  codeStart = 0;
  /** Of all functions so far; see COMPILE_WORK_MAX. */
  compileWork = 0;

  readonly #module: ParsedModule;
  readonly #reader: ByteReader;
  readonly #stack = new ControlStack(NESTING_MAX);
  #index = 0;
  #height = 0;
  #dead = false;
  #point = 0;
  #blockParams = 0;
  #blockResults = 0;

  constructor(module: ParsedModule) {
    this.#module = module;
    this.#reader = new ByteReader(module.bytes, 0, 0);
  }

  /** Reads own function `i`. Throws ModuleRefused. */
  read(i: number): void {
    const { bodies, functions, importedFunctions } = this.#module;
    const reader = this.#reader;
    reader.at = bodies[2 * i] as number;
    reader.end = bodies[2 * i + 1] as number;
    this.#index = importedFunctions + i;
    if (reader.left > FUNCTION_BYTES_MAX) {
      throw new ModuleRefused(
        'function_too_big',
        `function ${this.#index} has ${reader.left} bytes; allowed are ${FUNCTION_BYTES_MAX}`,
      );
    }
    const type = functions[this.#index] as FunctionType;
    this.plan.clear();
    this.#readLocals(type);
    this.#height = 0;
    this.#dead = false;
    this.#point = this.plan.addCharge(this.codeStart, -1);
    this.plan.spend(this.#point, entryFuel(type, this.paramsAndLocals));
    this.#stack.depth = 0;
    this.#blockParams = 0;
    this.#blockResults = type.results.length;
    this.#push(FrameKind.block);
    while (this.#stack.depth > 0) this.#instruction();
    if (reader.left > 0) {
      throw new ModuleRefused('malformed', `function ${this.#index} has ${reader.left} bytes behind its end`);
    }
    this.plan.settle();
  }

  #readLocals(type: FunctionType): void {
    const reader = this.#reader;
    this.localGroups = reader.count(2);
    this.localsStart = reader.at;
    let locals = type.params.length;
    for (let g = 0; g < this.localGroups; g++) {
      locals += reader.u32();
      readValueType(reader);
    }
    if (locals > LOCALS_MAX) {
      throw new ModuleRefused(
        'too_many_locals',
        `function ${this.#index} has ${locals} parameters and locals; allowed are ${LOCALS_MAX}`,
      );
    }
    this.paramsAndLocals = locals;
    this.codeStart = reader.at;
  }

  #instruction(): void {
    const place = this.#reader.at;
    const opcode = this.#reader.u8();
    const immediate = PLAIN.immediate[opcode] as number;
    if (immediate === Immediate.own) {
      if (opcode === Op.bulkPrefix) this.#bulk(place);
      else if (opcode === Op.simdPrefix) this.#simd();
      else if (opcode < Op.call || opcode > Op.returnCallIndirect) this.#control(opcode, place);
      else this.#call(opcode);
      return;
    }
    if (immediate === Immediate.unknown) throw refusedOpcode(opcode, this.#reader, place);
    this.#immediate(immediate);
    this.#count(PLAIN.fuel[opcode] as number, PLAIN.heightChange[opcode] as number);
  }

  #count(fuel: number, heightChange: number): void {
    if (this.#dead) return;
    this.#height += heightChange;
    this.plan.spend(this.#point, fuel);
  }

  #immediate(immediate: number): void {
    const reader = this.#reader;
    switch (immediate) {
      case Immediate.none:
        return;
      case Immediate.index:
        reader.u32();
        return;
      case Immediate.memory:
      case Immediate.memoryAndLane:
        if (reader.u32() > ALIGNMENT_MAX) throw unsupported('a memory index (multi-memory)');
        reader.u32();
        if (immediate === Immediate.memoryAndLane) reader.u8();
        return;
      case Immediate.lane:
        reader.u8();
        return;
      case Immediate.i32:
        reader.skipLeb(5);
        return;
      case Immediate.i64:
        reader.skipLeb(10);
        return;
      case Immediate.f32:
        reader.skip(4);
        return;
      case Immediate.f64:
        reader.skip(8);
        return;
      default:
        reader.skip(16);
    }
  }

  #control(opcode: number, place: number): void {
    switch (opcode) {
      case Op.block:
      case Op.loop:
      case Op.if:
      case Op.try:
        this.#open(opcode);
        return;
      case Op.else:
        this.#nextArm(0);
        return;
      case Op.catchAll:
        this.#nextArm(0);
        return;
      case Op.catch:
        this.#nextArm(this.#tag().params.length);
        return;
      case Op.end:
        this.#close();
        return;
      case Op.delegate:
        this.#reader.u32();
        this.#close();
        return;
      case Op.br:
        this.#branch(this.#label(), 1);
        this.#dead = true;
        return;
      case Op.brIf:
        this.#count(0, -1);
        this.#branch(this.#label(), 1);
        if (!this.#dead) this.#point = this.plan.addCharge(this.#reader.at, this.#point);
        return;
      case Op.brTable:
        this.#branchTable();
        return;
      case Op.return:
        this.#branch(0, 1);
        this.#dead = true;
        return;
      case Op.unreachable:
        this.#count(1, 0);
        this.#dead = true;
        return;
      case Op.throw:
        this.#count(FUEL_OF.throw + this.#tag().params.length, 0);
        this.#dead = true;
        return;
      case Op.rethrow:
        this.#reader.u32();
        this.#count(FUEL_OF.throw, 0);
        this.#dead = true;
        return;
      default:
        this.#operand(opcode, place);
    }
  }

  /** Instructions without control whose immediates or inserts are their own. */
  #operand(opcode: number, place: number): void {
    const reader = this.#reader;
    if (opcode === Op.selectTyped) {
      const count = reader.count(1);
      for (let i = 0; i < count; i++) readValueType(reader);
    } else if (opcode === Op.refNull) {
      readValueType(reader);
    } else {
      reader.u32();
      if (!this.#dead)
        this.plan.add(place, opcode === Op.memoryGrow ? InsertKind.memoryGrow : InsertKind.touch);
    }
    this.#count(PLAIN.fuel[opcode] as number, PLAIN.heightChange[opcode] as number);
  }

  #open(opcode: number): void {
    this.#readBlockType();
    const { plan } = this;
    const values = this.#blockParams + this.#blockResults;
    if (opcode === Op.if) this.#count(1, -1);
    if (opcode === Op.loop) {
      this.#push(FrameKind.loop);
      if (this.#dead) return;
      this.#point = plan.addCharge(this.#reader.at, -1);
      plan.spend(this.#point, values);
      return;
    }
    this.#count(values, 0);
    this.#push(opcode === Op.if ? FrameKind.if : opcode === Op.try ? FrameKind.try : FrameKind.block);
    if (opcode === Op.if && !this.#dead) this.#point = plan.addCharge(this.#reader.at, this.#point);
  }

  #readBlockType(): void {
    const type = this.#reader.s33();
    this.#blockParams = 0;
    this.#blockResults = 0;
    if (type === EMPTY_BLOCK) return;
    if (type < 0) {
      if (type > LAST_VALUE_TYPE || type < EMPTY_BLOCK) throw unsupported(`the block type ${type}`);
      this.#reader.at--;
      readValueType(this.#reader);
      this.#blockResults = 1;
      return;
    }
    const known = this.#module.types[type];
    if (known === undefined) throw new ModuleRefused('malformed', `type ${type} of a block is not there`);
    this.#blockParams = known.params.length;
    this.#blockResults = known.results.length;
  }

  #push(kind: number): void {
    const stack = this.#stack;
    const d = stack.depth;
    if (d > NESTING_MAX) {
      throw new ModuleRefused(
        'nesting_too_deep',
        `function ${this.#index} has more than ${NESTING_MAX} blocks inside one another; allowed are ${NESTING_MAX}`,
      );
    }
    stack.kinds[d] = kind;
    stack.labelValues[d] = kind === FrameKind.loop ? this.#blockParams : this.#blockResults;
    stack.paramValues[d] = this.#blockParams;
    stack.resultValues[d] = this.#blockResults;
    stack.heights[d] = this.#height - this.#blockParams;
    stack.dead[d] = this.#dead ? 1 : 0;
    stack.points[d] = this.#point;
    stack.depth = d + 1;
    this.#compiles(1);
  }

  /** The engine merges the state of all locals and operands at each branch and block. */
  #compiles(merges: number): void {
    if (!this.#dead) this.compileWork += merges * (this.#height + this.paramsAndLocals + 1);
    if (this.compileWork > COMPILE_WORK_MAX) {
      throw new ModuleRefused(
        'compile_work',
        `branches times values in reach are over ${COMPILE_WORK_MAX} at function ${this.#index}; that would take too long to compile`,
      );
    }
  }

  /** else, catch, catch_all: as after the block's start, but for the values given. */
  #nextArm(values: number): void {
    const stack = this.#stack;
    const d = stack.depth - 1;
    this.#checkHeight(d);
    const isIf = stack.kinds[d] === FrameKind.if;
    this.#dead = stack.dead[d] === 1;
    this.#height = (stack.heights[d] as number) + (isIf ? (stack.paramValues[d] as number) : values);
    this.#compiles(1);
    if (this.#dead) return;
    this.#point = this.plan.addCharge(this.#reader.at, stack.points[d] as number);
    this.plan.spend(this.#point, values);
  }

  #close(): void {
    const stack = this.#stack;
    const d = stack.depth - 1;
    this.#checkHeight(d);
    this.#dead = stack.dead[d] === 1;
    this.#height = (stack.heights[d] as number) + (stack.resultValues[d] as number);
    stack.depth = d;
    this.#compiles(1);
    if (d > 0 && !this.#dead) this.#point = this.plan.addCharge(this.#reader.at, stack.points[d] as number);
  }

  #checkHeight(d: number): void {
    const expected = (this.#stack.heights[d] as number) + (this.#stack.resultValues[d] as number);
    if (this.#dead || this.#height === expected) return;
    throw new ModuleRefused(
      'malformed',
      `function ${this.#index} has ${this.#height} values at byte ${this.#reader.at}, where ${expected} belong`,
    );
  }

  /** Reads a label: its frame's place in the control stack. */
  #label(): number {
    const depth = this.#reader.u32();
    if (depth >= this.#stack.depth) {
      throw new ModuleRefused('malformed', `label ${depth} at byte ${this.#reader.at} is not there`);
    }
    return this.#stack.depth - 1 - depth;
  }

  #branch(frame: number, fuel: number): void {
    this.#count(fuel + (this.#stack.labelValues[frame] as number), 0);
    this.#compiles(1);
  }

  #branchTable(): void {
    const targets = this.#reader.count(1) + 1;
    this.#count(FUEL_OF.brTable, -1);
    let values = 0;
    for (let i = 0; i < targets; i++) values = this.#stack.labelValues[this.#label()] as number;
    this.#count(values, 0);
    this.#compiles(targets);
    this.#dead = true;
  }

  #tag(): FunctionType {
    const index = this.#reader.u32();
    const type = this.#module.tags[index];
    if (type === undefined) throw new ModuleRefused('malformed', `tag ${index} is not there`);
    return type;
  }

  #call(opcode: number): void {
    const reader = this.#reader;
    const index = reader.u32();
    const indirect = opcode === Op.callIndirect || opcode === Op.returnCallIndirect;
    if (indirect) reader.u32();
    const type = indirect ? this.#module.types[index] : this.#module.functions[index];
    if (type === undefined) throw new ModuleRefused('malformed', `the callee ${index} is not there`);
    const fuel = (indirect ? FUEL_OF.callIndirect : FUEL_OF.call) + type.params.length + type.results.length;
    this.#count(fuel, type.results.length - type.params.length - (indirect ? 1 : 0));
    if (opcode === Op.returnCall || opcode === Op.returnCallIndirect) this.#dead = true;
  }

  #bulk(place: number): void {
    const reader = this.#reader;
    const opcode = reader.u32();
    if (opcode <= BulkOp.truncLast) {
      this.#count(FUEL_OF.truncSat, 0);
      return;
    }
    if (opcode > BulkOp.tableFill) throw refusedOpcode(Op.bulkPrefix, reader, place);
    reader.u32();
    const twoIndices =
      opcode === BulkOp.memoryInit ||
      opcode === BulkOp.memoryCopy ||
      opcode === BulkOp.tableInit ||
      opcode === BulkOp.tableCopy;
    if (twoIndices) reader.u32();
    if (this.#dead) return;
    if (opcode === BulkOp.tableSize) {
      this.#count(1, 1);
    } else if (opcode === BulkOp.elemDrop || opcode === BulkOp.dataDrop) {
      this.plan.add(place, InsertKind.touch);
      this.#count(FUEL_OF.segmentDrop, 0);
    } else if (opcode === BulkOp.tableGrow) {
      this.plan.add(place, InsertKind.tableLength);
      this.#count(FUEL_OF.tableGrow, -1);
    } else {
      const ofMemory =
        opcode === BulkOp.memoryInit || opcode === BulkOp.memoryCopy || opcode === BulkOp.memoryFill;
      this.plan.add(place, ofMemory ? InsertKind.byteLength : InsertKind.tableLength);
      this.#count(FUEL_OF.bulkCall, -3);
    }
  }

  #simd(): void {
    const opcode = this.#reader.u32();
    const immediate = opcode > 0xff ? Immediate.unknown : (SIMD.immediate[opcode] as number);
    if (immediate === Immediate.unknown) {
      if (opcode > 0xff) throw unsupported(`the vector instruction 0xfd ${opcode} (relaxed SIMD)`);
      throw new ModuleRefused('unknown_opcode', `the vector instruction 0xfd ${opcode} is not known`);
    }
    this.#immediate(opcode === SimdOp.shuffle ? Immediate.v128 : immediate);
    this.#count(SIMD.fuel[opcode] as number, SIMD.heightChange[opcode] as number);
  }
}

/** Parameters and locals cost, for the engine clears them at each entry. */
function entryFuel(type: FunctionType, paramsAndLocals: number): number {
  return FUEL_OF.entry + paramsAndLocals + type.results.length;
}
