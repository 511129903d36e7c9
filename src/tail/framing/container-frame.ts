/**
 * Parses the wrapping that container runtimes add to each line: CRI (`<time> <stdout|stderr> <F|P> text`, containerd and
 * CRI-O) or docker's json-file (`{"log":"text\n","stream":"stderr","time":"…"}`). Both cut long lines at 16 KiB.
 */
export type Frame = 'cri' | 'docker';

/** One physical line taken apart. `isPartial`: the rest of the text is in a later line of the same stream. */
export interface FramedLine {
  readonly stream: string;
  readonly isPartial: boolean;
  readonly text: Uint8Array;
}

const CRI = /^\S{10,40} (stdout|stderr) ([FP])\S* /;
const CRI_PREFIX_BYTES = 80;

/** `line` without its newline. null when it is not framed like this. */
export function unframe(line: Uint8Array, frame: Frame): FramedLine | null {
  return frame === 'cri' ? unframeCri(line) : unframeDocker(line);
}

function unframeCri(line: Uint8Array): FramedLine | null {
  const start = Buffer.from(line.subarray(0, CRI_PREFIX_BYTES)).toString('latin1');
  const found = CRI.exec(start);
  if (found === null) return null;
  return { stream: found[1] ?? '', isPartial: found[2] === 'P', text: line.subarray(found[0].length) };
}

function unframeDocker(line: Uint8Array): FramedLine | null {
  try {
    const entry: unknown = JSON.parse(Buffer.from(line).toString('utf8'));
    if (typeof entry !== 'object' || entry === null || !('log' in entry) || typeof entry.log !== 'string') return null;
    const isPartial = !entry.log.endsWith('\n');
    const stream = 'stream' in entry && typeof entry.stream === 'string' ? entry.stream : '';
    const written = isPartial ? entry.log : entry.log.slice(0, -1);
    // The runtime cuts at line breaks: one inside would be a line that somebody else forged.
    return { stream, isPartial, text: Buffer.from(written.replaceAll('\n', ' ')) };
  } catch {
    return null;
  }
}

/** Which framing a log's first line shows; null for a plain log. */
export function detectFrame(line: Uint8Array): Frame | null {
  if (unframeCri(line) !== null) return 'cri';
  return line[0] === 0x7b && unframeDocker(line) !== null ? 'docker' : null;
}
