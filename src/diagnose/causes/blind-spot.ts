/** A blind spot on this host could hide lost connections. */
import type { Evidence } from '../../core/evidence.ts';
import { plural } from '../../core/format.ts';
import { tellsOfReuse } from '../../findings/slots.ts';
import { type Cause, confirmed, type Judgement } from '../cause.ts';
import { fix, item } from '../words.ts';

/** Only blind spots that may hide a loss make a note. The others are listed in `notObservable`. */
function hidesLoss(evidence: Evidence): boolean {
  const { settings, latest } = evidence;
  const quiet = settings !== null && !tellsOfReuse(settings);
  const slotsUnseen = latest.slots?.ok !== true;
  const page = latest['stub-status'];
  const pageUnseen = page?.ok !== true || page.data.counters === null;
  return quiet || (slotsUnseen && pageUnseen);
}

function judge(evidence: Evidence): Judgement {
  const { notObservable } = evidence;
  const [first] = notObservable;
  if (first === undefined || !hidesLoss(evidence)) return null;
  return confirmed({
    confidence: 'certain',
    severity: 'info',
    summary: `Not everything can be seen: ${first.what} (${first.because})${notObservable.length > 1 ? `, and ${plural(notObservable.length - 1, 'more blind spot')}` : ''}.`,
    evidenceFor: notObservable.map(({ what, because }) =>
      item('blind-spot', { value: what, text: `${what}: ${because}`, at: evidence.asOf }),
    ),
    fixes: notObservable.map(({ what, because, remedy }) =>
      fix({ title: `Make visible: ${what}`, snippet: remedy, effect: `now hidden because ${because}`, risk: 'none' }),
    ),
    nextChecks: ['log', 'config'],
  });
}

export const cause: Cause = {
  id: 'blind-spot',
  kind: 'note',
  title: 'Blind spot',
  means:
    'A log level, a missing status page or a missing permission hides evidence of lost connections. Silence is then no proof of health.',
  looksLike: 'gapwatch doctor lists it with its remedy.',
  fix: 'Add the line that each blind spot names (an error_log at level notice, a stub_status location, upstream times in the log_format, the right to read /proc), then reload.',
  differsFrom: [{ cause: 'reuse-drops', how: 'that is what the default error_log level hides' }],
  references: ['nginx docs: ngx_core_module, error_log', 'nginx docs: ngx_http_stub_status_module'],
  reads: ['settings', 'slots', 'stub-status'],
  consequences: [],
  precedence: 930,
  judge,
};
