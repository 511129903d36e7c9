import fc from 'fast-check';
import { runChecks } from '../../../src/checks/run-checks.ts';
import { diagnosisText } from '../../../src/cli/diagnosis-text.ts';
import { configSchema } from '../../../src/config/schema.ts';
import type { IncidentChange } from '../../../src/core/incident.ts';
import type { Signal } from '../../../src/core/signal.ts';
import type { Cause } from '../../../src/diagnose/cause.ts';
import { readBuiltInPatterns } from '../../../src/match/built-in-patterns.ts';
import { compileCatalogue } from '../../../src/match/compile-catalogue.ts';
import { createMatcher } from '../../../src/match/matcher.ts';
import { createSignalMaker } from '../../../src/match/signal.ts';
import { createBrain } from '../../../src/service/brain.ts';
import { loadCauses } from '../../../src/service/load-causes.ts';
import type { Block } from '../../../src/slack/blocks/block.ts';
import { checksTable } from '../../../src/slack/blocks/checks.ts';
import { evidenceModal, whyAnswer } from '../../../src/slack/blocks/differential.ts';
import { incidentMessage } from '../../../src/slack/blocks/incident.ts';
import { threadNote } from '../../../src/slack/blocks/thread-note.ts';
import { judgeBlocks, type Shown } from '../../slack/support/judge-blocks.ts';
import { CHECKS } from '../../support/checks.ts';
import { SAMPLE_KINDS } from '../../support/parts.ts';
import { errorLogs } from '../corpora.ts';
import { assert, assertNoControls, assertShort } from '../invariants.ts';
import { bytesOf, cutInto, cuts, mutated } from '../mutations.ts';
import { judgePage } from '../page.ts';
import { defineTarget } from '../target.ts';

interface Input {
  readonly text: string;
  readonly cuts: readonly number[];
}

const NOW = Date.UTC(2026, 0, 1, 0, 0, 30);
const MOST_LINE_CHARS = 2048;
const { thresholds, incidents } = configSchema.parse({});
const matcher = createMatcher(compileCatalogue(readBuiltInPatterns()));
let causes: readonly Cause[] = [];

/** At the ends of lines, as a source hands them over. */
function batches(text: Buffer, shares: readonly number[]): Buffer[] {
  const lines = text.toString('latin1').split(/(?<=\n)/);
  return cutInto(lines, shares).map((part) => Buffer.from(part.join(''), 'latin1'));
}

function signalsOf(parts: readonly Buffer[]): Signal[] {
  const clock = { now: () => NOW };
  const make = createSignalMaker(matcher, { source: 'error.log', clock, timezoneOffsetMinutes: 0 });
  let offset = 0;
  return parts.flatMap((bytes) => {
    const found = make({ source: 'error.log', generation: 'g', offset, bytes });
    offset += bytes.length;
    return found;
  });
}

function assertSignals(signals: readonly Signal[], lines: number): void {
  const counted = signals.reduce((sum, { count }) => sum + count, 0);
  assert(counted <= lines, `${counted} lines matched of ${lines}`);
  for (const { at, line, lastLine = '', pid } of signals) {
    assert(Number.isFinite(at), `a signal is at ${at}`);
    assert(pid === null || Number.isFinite(pid), `a signal has the pid ${pid}`);
    assertShort(line, MOST_LINE_CHARS, 'a line');
    assertShort(lastLine, MOST_LINE_CHARS, 'a line');
  }
}

/** What is shown of one change, with the raw lines as excerpts. */
function messagesOf({ kind, at, text, incident }: IncidentChange, signals: readonly Signal[]): Shown[] {
  const told = incidentMessage(incident, { seenBefore: null, picture: [], mentionUserGroup: null, channelId: null });
  const modal = evidenceModal({
    incident,
    about: null,
    excerpts: signals.slice(0, 20).map(({ line }) => line),
    excerptsFrom: NOW,
    story: [{ at, text }],
  });
  return [
    { ...told, surface: 'message' },
    { ...threadNote({ kind, at, incident, text }), surface: 'message' },
    { text: '', blocks: modal.blocks as unknown as Block[], surface: 'modal' },
  ];
}

function conclude(signals: readonly Signal[]): Shown[] {
  const brain = createBrain({ host: 'web-1', causes, sampleKinds: SAMPLE_KINDS, thresholds, incidents });
  brain.setErrorLogRead(true);
  for (const signal of signals) brain.addSignal(signal);
  const shown: Shown[] = [];
  for (const at of [NOW, NOW + 5_000, NOW + 60_000]) {
    const { diagnosis, changes } = brain.tick(at);
    assertNoControls(diagnosisText(diagnosis), 'the printed diagnosis');
    shown.push({ ...whyAnswer(diagnosis, 'web-1'), surface: 'message' });
    shown.push(...changes.flatMap((change) => messagesOf(change, signals)));
  }
  const results = runChecks(CHECKS, brain.evidence(NOW), thresholds);
  shown.push({ ...checksTable(results, 'web-1'), surface: 'message' });
  return shown;
}

export const target = defineTarget<Input>({
  about: 'error-log bytes → matcher → signals → diagnosis → messages, the local page, the terminal',
  inputs: fc.record({ text: mutated(errorLogs()), cuts }),
  ofText: (text) => ({ text: `2026/01/01 00:00:00 [error] 9#9: *1 ${text}`, cuts: [] }),
  async prepare() {
    causes = await loadCauses();
  },
  check({ text, cuts: places }) {
    const bytes = bytesOf(text);
    const lines = bytes.toString('latin1').split('\n').length;
    const signals = signalsOf(batches(bytes, places));
    assertSignals(signals, lines);
    for (const shown of conclude(signals)) {
      judgeBlocks(shown, { withMentions: true });
      judgePage(shown);
    }
  },
});
