/** Lists what a bundle lacks, each with the command that adds it, so that missing evidence is not taken for health. */
import type { NotObservable } from '../core/diagnosis.ts';

interface Part {
  readonly what: string;
  /** Bundle files, any of which provides the evidence. */
  readonly files: readonly string[];
  readonly remedy: string;
}

const PARTS: readonly Part[] = [
  {
    what: 'the error log of nginx',
    files: ['error.log'],
    remedy: 'cp /var/log/nginx/error.log BUNDLE/',
  },
  { what: "nginx's configuration", files: ['nginx.conf'], remedy: 'nginx -T > BUNDLE/nginx.conf' },
  {
    what: 'accepts, handled and the Reading, Writing and Waiting counts',
    files: ['stub_status.ndjson', 'samples.ndjson'],
    remedy: 'gapwatch bundle -o BUNDLE   # or note the stub_status page in BUNDLE/stub_status.ndjson',
  },
  {
    what: 'slots, descriptors, sockets and accept queues',
    files: ['samples.ndjson', 'facts.json'],
    remedy: 'gapwatch bundle -o BUNDLE   # on the host, while it lasts; or note figures in BUNDLE/facts.json',
  },
];

/** `present`: names of the bundle's files. A rotated or prefixed log counts as its kind. */
export function absentFiles(present: readonly string[]): NotObservable[] {
  const holds = (wanted: string) => present.some((name) => name.includes(wanted));
  return PARTS.filter(({ files }) => !files.some(holds)).map(({ what, files, remedy }) => ({
    what,
    because: `the bundle holds no ${files.join(' and no ')}`,
    remedy,
  }));
}
