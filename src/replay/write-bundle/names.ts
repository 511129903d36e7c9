/** Replaces names that are tokens in samples and signals, as in the configuration of the same bundle. */
import { redact } from '../../core/redact.ts';
import type { Sample } from '../../core/sample.ts';
import type { Signal } from '../../core/signal.ts';
import { isAddress, type Names } from '../../nginx/plain-name.ts';
import { printedWord } from '../../nginx/printed-words.ts';

const NAMES_IN_SAMPLES = /^(?:peer|address|path)$/;
const NAMES_IN_SIGNALS = /^(?:zone|name|pool|cgroup|file|path|peer|server|upstream|resolver)$/;

/** A sample as JSON. Its texts are addresses, paths, a URL and errors. */
export function sampleText(sample: object, names: Names): string {
  return JSON.stringify(sample, (key, value: unknown) => {
    if (typeof value !== 'string') return value;
    if (key === 'detail') return redact(value, 'keep');
    if (key === 'url') return value === 'recorded' ? value : printedWord(value, ['url'], names);
    return NAMES_IN_SAMPLES.test(key) && !isAddress(value) ? names.masked(value) : value;
  });
}

export function namedSignal(signal: Signal, names: Names): Signal {
  const named = ([name, value]: [string, string]): [string, string] => [
    name,
    NAMES_IN_SIGNALS.test(name) && !isAddress(value) ? names.masked(value) : value,
  ];
  const captures = Object.fromEntries(Object.entries(signal.captures).map(named));
  const { lastLine } = signal;
  return {
    ...signal,
    source: names.masked(signal.source),
    captures,
    line: names.again(signal.line),
    ...(lastLine === undefined ? {} : { lastLine: names.again(lastLine) }),
  };
}

/** Merges two lists in order of time. */
export function* merged(recorded: Iterable<Sample>, seen: readonly Sample[]): Generator<Sample> {
  let next = 0;
  for (const sample of recorded) {
    for (let other = seen[next]; other !== undefined && other.at < sample.at; other = seen[++next]) yield other;
    yield sample;
  }
  yield* seen.slice(next);
}
