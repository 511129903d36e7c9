/**
 * As much of WebAssembly's binary format (https://webassembly.github.io/spec/core/binary) as skip-walk.ts,
 * known-lines.ts and needle-search.ts are written in. Each function answers one instruction after its operands; values
 * are 32 bits wide where nothing else is said.
 */

/** Node has it; its types stand among those of the browser. */
declare const WebAssembly: {
  Memory: new (limits: { initial: number; maximum: number }) => Memory;
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: { host: { memory: Memory } }) => { readonly exports: object };
};

export interface Memory {
  readonly buffer: ArrayBuffer;
}

/** @throws RangeError when the address space is too small, ReferenceError where there is no WebAssembly */
export const memoryOf = (pages: number): Memory => new WebAssembly.Memory({ initial: pages, maximum: pages });

/** Bytes, in order, however deep they lie. */
export type Code = number | readonly Code[];

/** A function of a module: its parameters are the locals from 0 on; then come those of 32 and of 128 bits. */
export interface Body<Name extends string> {
  readonly name: Name;
  readonly parameters: number;
  readonly locals: number;
  readonly vectorLocals?: number;
  readonly code: Code;
}

export type Functions<Name extends string> = Readonly<Record<Name, (...parameters: number[]) => number>>;

const I32 = 0x7f;
const V128 = 0x7b;
const NO_RESULT = 0x40;
const END = 0x0b;

/** LEB128, as the format writes all numbers. */
const unsigned = (value: number): Code => (value < 0x80 ? value : [(value & 0x7f) | 0x80, unsigned(value >>> 7)]);
const signed = (value: bigint): Code =>
  value >= -0x40n && value < 0x40n ? Number(value & 0x7fn) : [Number(value & 0x7fn) | 0x80, signed(value >> 7n)];

const of =
  (opcode: number) =>
  (...operands: readonly Code[]): Code => [operands, opcode];
/** Aligned to a byte, because words are read wherever they stand. */
const access =
  (opcode: number) =>
  (offset: number, ...operands: readonly Code[]): Code => [operands, opcode, 0, unsigned(offset)];

export const number = (value: number): Code => [0x41, signed(BigInt(value | 0))];
export const get = (local: number): Code => [0x20, unsigned(local)];
export const set = (local: number, value: Code): Code => [value, 0x21, unsigned(local)];

/** At the address plus `offset`. */
export const loadWord = access(0x28);
export const loadByte = access(0x2d);
export const loadHalf = access(0x2f);
/** Takes the address and the value. */
export const storeWord = access(0x36);

export const add = of(0x6a);
export const subtract = of(0x6b);
export const multiply = of(0x6c);
export const divide = of(0x6d);
export const and = of(0x71);
export const or = of(0x72);
export const xor = of(0x73);
export const shiftRight = of(0x76);
export const trailingZeros = of(0x68);
export const isZero = of(0x45);
export const isEqual = of(0x46);
export const isLess = of(0x48);
export const isLessUnsigned = of(0x49);
export const isNotEqual = of(0x47);
export const grow = (local: number, by: Code): Code => set(local, add(get(local), by));
/** The first operand when the third is not 0, else the second. */
export const select = of(0x1b);

/** A vector is 128 bits, here sixteen bytes; the mask of one has a bit for each that is not 0. */
const vector =
  (opcode: number) =>
  (...operands: readonly Code[]): Code => [operands, 0xfd, unsigned(opcode)];
export const loadVector = (offset: number, address: Code): Code => [vector(0x00)(address), 0, unsigned(offset)];
export const repeated = vector(0x0f);
export const isEqualVector = vector(0x23);
export const andVector = vector(0x4e);
export const orVector = vector(0x50);
export const isAnyVector = vector(0x53);
export const maskOfVector = vector(0x64);

export const when = (condition: Code, code: Code): Code => [condition, 0x04, NO_RESULT, code, END];
export const block = (code: Code): Code => [0x02, NO_RESULT, code, END];
export const loop = (code: Code): Code => [0x03, NO_RESULT, code, END];
/** Ends the function. */
export const answer = (value: Code): Code => [value, 0x0f];
/** Of the function with this index in its module. */
export const call = (index: number, ...operands: readonly Code[]): Code => [operands, 0x10, unsigned(index)];
/** To the end of the block or when, or the beginning of the loop, that is `depth` further out than the innermost one. */
export const branch = (depth: number): Code => [0x0c, unsigned(depth)];
export const branchIf = (depth: number, condition: Code): Code => [condition, 0x0d, unsigned(depth)];

/** Compiled when it is first linked. */
export class Module<Name extends string> {
  readonly #bodies: () => readonly Body<Name>[];
  #compiled: object | undefined;

  constructor(bodies: () => readonly Body<Name>[]) {
    this.#bodies = bodies;
  }

  /** Its functions, working on this memory. */
  link(memory: Memory): Functions<Name> {
    this.#compiled ??= new WebAssembly.Module(encoded(this.#bodies()));
    return new WebAssembly.Instance(this.#compiled, { host: { memory } }).exports as Functions<Name>;
  }
}

function encoded(bodies: readonly Body<string>[]): Uint8Array {
  const sized = (code: Code): Code => {
    const bytes = flat(code);
    return [unsigned(bytes.length), bytes];
  };
  const list = (items: readonly Code[]): Code => [unsigned(items.length), items];
  const text = (value: string): Code => sized([...Buffer.from(value, 'latin1')]);
  const typeOf = ({ parameters }: Body<string>): Code => [0x60, list(Array<Code>(parameters).fill(I32)), list([I32])];
  const codeOf = ({ locals, vectorLocals = 0, code }: Body<string>): Code => {
    const counted = [
      [unsigned(locals), I32],
      [unsigned(vectorLocals), V128],
    ];
    return sized([list(counted), code, END]);
  };
  return Uint8Array.from(
    flat([
      [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
      [1, sized(list(bodies.map(typeOf)))],
      [2, sized(list([[text('host'), text('memory'), 2, 0, 0]]))],
      [3, sized(list(bodies.map((_, index) => unsigned(index))))],
      [7, sized(list(bodies.map(({ name }, index) => [text(name), 0, unsigned(index)])))],
      [10, sized(list(bodies.map(codeOf)))],
    ]),
  );
}

function flat(code: Code): readonly number[] {
  return [code as unknown].flat(Number.POSITIVE_INFINITY) as number[];
}
