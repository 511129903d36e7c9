/**
 * Lines from a stream, usually standard input: `kubectl logs -f … | gapwatch …`. Has no position to save; an unfinished
 * last line is given out when the stream ends or the source is stopped.
 */
import type { Readable } from 'node:stream';
import type { WallTime } from '../../core/clock.ts';
import { Outlet } from '../outlet.ts';
import type { LogSource, SourceEvents } from '../source.ts';
import { Splitter } from '../splitter.ts';
import { FILE_SOURCE_DEFAULTS } from './file.ts';

class StreamSource implements LogSource {
  readonly name = '-';
  readonly #stream: Readable;
  readonly #outlet: Outlet;
  readonly #generation: string;
  readonly #splitter: Splitter;
  /** Deliveries one after the other. */
  #work: Promise<void> = Promise.resolve();
  #ended = false;

  constructor(stream: Readable, startedMs: number, maxLineBytes: number, events: SourceEvents) {
    this.#stream = stream;
    this.#outlet = new Outlet(this.name, events);
    this.#generation = `stream:${startedMs}`;
    this.#splitter = new Splitter(0, maxLineBytes);
  }

  async start(): Promise<void> {
    this.#outlet.become('following', 'reading');
    this.#stream.on('readable', this.#onReadable);
    this.#stream.once('end', () => void this.#finish('end of input'));
    this.#stream.once('error', (error) => void this.#finish(`input failed: ${error.message}`));
  }

  async stop(): Promise<void> {
    this.#onReadable();
    await this.#finish('stopped');
  }

  state() {
    return this.#outlet.state();
  }

  readonly #onReadable = (): void => {
    this.#work = this.#work.then(() => this.#readAll()).catch((error: Error) => this.#refused(error));
  };

  async #readAll(): Promise<void> {
    for (let chunk = this.#next(); chunk !== null; chunk = this.#next()) {
      for (const piece of this.#splitter.push(chunk)) await this.#outlet.deliver(this.#generation, piece);
      this.#outlet.counters.cappedLines = this.#splitter.cappedLines;
    }
  }

  #next(): Buffer | null {
    if (this.#ended) return null;
    const chunk: unknown = this.#stream.read();
    return typeof chunk === 'string' ? Buffer.from(chunk) : (chunk as Buffer | null);
  }

  async #finish(detail: string): Promise<void> {
    this.#stream.off('readable', this.#onReadable);
    this.#work = this.#work.then(() => this.#flush(detail)).catch((error: Error) => this.#refused(error));
    await this.#work;
  }

  async #flush(detail: string): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    const half = this.#splitter.flush();
    if (half !== null) await this.#outlet.deliver(this.#generation, half);
    this.#outlet.become('stopped', detail);
  }

  #refused(error: Error): void {
    this.#ended = true;
    this.#outlet.become('stopped', `stopped: ${error.message}`);
  }
}

export function createStdinSource(
  stream: Readable,
  deps: { readonly clock: WallTime; readonly maxLineBytes?: number },
  events: SourceEvents,
): LogSource {
  return new StreamSource(stream, deps.clock.now(), deps.maxLineBytes ?? FILE_SOURCE_DEFAULTS.maxLineBytes, events);
}
