import { expect, it } from 'vitest';
import { absentFiles } from '../../src/replay/absent-files.ts';

it('lists each kind of evidence that a bundle lacks, with a remedy', () => {
  expect(absentFiles(['access.log', 'facts.json']).map(({ because }) => because)).toEqual([
    'the bundle holds no error.log',
    'the bundle holds no nginx.conf',
    'the bundle holds no stub_status.ndjson and no samples.ndjson',
  ]);
  expect(absentFiles(['app.error.log.1', 'nginx.conf', 'samples.ndjson'])).toEqual([]);
});
