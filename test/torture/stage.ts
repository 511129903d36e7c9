/**
 * What a torture scenario acts on: a directory, a log that is written the way nginx and logrotate do, the truth about
 * every line of it, and a reader that may be a source in this process or the `gapwatch follow` command.
 */
import { appendFileSync, closeSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';

export interface Reader {
  /** Starts or restarts it; resolves when it has its place in the log. */
  start(): Promise<void>;
  /** SIGTERM: drains and saves. */
  stop(): Promise<void>;
  /** kill -9. */
  kill(): Promise<void>;
  /** It sees nothing until `thaw` (SIGSTOP). */
  freeze(): void;
  thaw(): void;
  /** Resolves when it has read what there is to read now; `lines` is how many there should be by then. */
  catchUp(lines: number): Promise<void>;
  /** Lets time go by. */
  pass(ms: number): Promise<void>;
  /** Takes from it the right to read what is not world-readable, from before `start` on. */
  dropPrivileges(): void;
  output(): Buffer;
}

/** Numbered lines, so that a lost, repeated or mangled one is seen. */
export class Stage {
  readonly directory: string;
  readonly path: string;
  readonly reader: Reader;
  readonly seed: number;
  /** Every line that must come out, as latin1 text without its newline. */
  readonly truth: string[] = [];
  #descriptors = new Set<number>();

  constructor(directory: string, reader: Reader, seed: number) {
    this.directory = directory;
    this.path = join(directory, 'app.log');
    this.reader = reader;
    this.seed = seed;
  }

  /** The path of a name beside the log. */
  at(name: string): string {
    return join(this.directory, name);
  }

  open(path = this.path): number {
    const descriptor = openSync(path, 'a');
    this.#descriptors.add(descriptor);
    return descriptor;
  }

  /** Text of the next `count` lines, which become part of the truth. */
  text(count: number): string {
    let text = '';
    for (let i = 0; i < count; i++) {
      const line = `${this.seed}-${this.truth.length} ${'x'.repeat((this.truth.length * 7 + this.seed) % 120)}`;
      this.truth.push(line);
      text += `${line}\n`;
    }
    return text;
  }

  /** Appends lines in one write, as nginx does. */
  lines(count: number, to: number | string = this.path): void {
    if (typeof to === 'number') writeSync(to, this.text(count));
    else appendFileSync(to, this.text(count));
  }

  raw(bytes: string | Buffer, to: number | string = this.path): void {
    const data = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes;
    if (typeof to === 'number') writeSync(to, data);
    else appendFileSync(to, data);
  }

  expect(line: Buffer | string): void {
    this.truth.push(typeof line === 'string' ? line : line.toString('latin1'));
  }

  /** `mv app.log app.log.1` after moving the older ones up. */
  shift(upTo = 0): void {
    for (let n = upTo; n >= 1; n--) renameSync(this.at(`app.log.${n}`), this.at(`app.log.${n + 1}`));
    renameSync(this.path, this.at('app.log.1'));
  }

  makeDirectory(name: string): void {
    mkdirSync(this.at(name), { recursive: true });
  }

  /** Waits until the reader has everything so far. */
  async caughtUp(): Promise<void> {
    await this.reader.catchUp(this.truth.length);
  }

  closeDescriptors(): void {
    for (const descriptor of this.#descriptors) closeSync(descriptor);
    this.#descriptors.clear();
  }
}

export interface Scenario {
  readonly name: string;
  /** Repeated lines are no failure here: only a reader that remembers everything could avoid them. */
  readonly mayRepeat?: true;
  run(stage: Stage): Promise<void>;
}

export interface Verdict {
  readonly lost: string[];
  readonly repeated: string[];
  /** Lines that were never written like that. All three cut to 60 characters. */
  readonly mangled: string[];
}

export function judge(stage: Stage): Verdict {
  const text = stage.reader.output().toString('latin1');
  const got = text === '' ? [] : text.replace(/\n$/, '').split('\n');
  const counts = new Map<string, number>();
  for (const line of got) counts.set(line, (counts.get(line) ?? 0) + 1);
  const wanted = new Set(stage.truth);
  const short = (lines: string[]) => lines.map((line) => line.slice(0, 60));
  return {
    lost: short(stage.truth.filter((line) => !counts.has(line))),
    repeated: short(stage.truth.filter((line) => (counts.get(line) ?? 0) > 1)),
    mangled: short(got.filter((line) => !wanted.has(line))),
  };
}
