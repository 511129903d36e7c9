/** Follows every log that matches a pattern. A log that is created later is followed too, from its start. */
import { dirname } from 'node:path';
import { isGlob } from '../../nginx/glob.ts';
import { globFiles, MOST_FILES } from '../glob-files.ts';
import type { Pulse } from '../pulse.ts';
import { type LogSource, NO_COUNTS, type SourceCounters, type SourceState } from '../source.ts';

/** Makes the source for one file; `isNew` when the file was not there at the start. */
export type MakeSource = (path: string, isNew: boolean) => LogSource;

function sum(states: readonly SourceState[]): SourceCounters {
  const total = { ...NO_COUNTS } as Record<keyof SourceCounters, number>;
  for (const { counters } of states)
    for (const key of Object.keys(NO_COUNTS) as (keyof SourceCounters)[]) total[key] += counters[key];
  return total;
}

class GlobSource implements LogSource {
  readonly name: string;
  readonly #pulse: Pulse;
  readonly #make: MakeSource;
  readonly #sources = new Map<string, LogSource>();
  #starting: Promise<unknown> = Promise.resolve();
  #leave: (() => void) | null = null;

  constructor(pattern: string, pulse: Pulse, make: MakeSource) {
    this.name = pattern;
    this.#pulse = pulse;
    this.#make = make;
  }

  async start(): Promise<void> {
    const directory = dirname(this.name);
    this.#leave = this.#pulse.join({
      directories: () => (isGlob(directory) ? [] : [directory]),
      wants: (name) => !this.#sources.has(`${directory}/${name}`),
      wake: () => this.#pickUp(true),
    });
    this.#pickUp(false);
    await this.#starting;
  }

  async stop(): Promise<void> {
    this.#leave?.();
    this.#leave = null;
    await this.#starting;
    await Promise.all([...this.#sources.values()].map((source) => source.stop()));
  }

  /** The worst state of its files, with their counters added up; waiting while there is no file. */
  state(): SourceState {
    const states = [...this.#sources.values()].map((source) => source.state());
    const counters = sum(states);
    const trouble = states.find((state) => state.trouble !== null)?.trouble ?? null;
    const shut = states.find(({ kind }) => kind === 'denied' || kind === 'refused');
    if (this.#leave === null) return { kind: 'stopped', detail: 'stopped', trouble, counters };
    if (shut !== undefined) return { kind: shut.kind, detail: shut.detail, trouble, counters };
    if (states.length === 0) return { kind: 'waiting', detail: `no file matches ${this.name}`, trouble, counters };
    const more = states.length < MOST_FILES ? '' : '; no more are followed for one pattern';
    return { kind: 'following', detail: `${states.length} files${more}`, trouble, counters };
  }

  #pickUp(isNew: boolean): void {
    for (const path of globFiles(this.name, this.#sources.keys())) {
      if (this.#sources.has(path)) continue;
      if (this.#sources.size >= MOST_FILES) return;
      const source = this.#make(path, isNew);
      this.#sources.set(path, source);
      this.#starting = Promise.all([this.#starting, source.start()]);
    }
  }
}

export function createGlobSource(pattern: string, pulse: Pulse, make: MakeSource): LogSource {
  return new GlobSource(pattern, pulse, make);
}
