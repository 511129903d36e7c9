import { describe, expect, it } from 'vitest';
import { conclude } from '../support/causes.ts';
import { evidence, told } from '../support/evidence-builder.ts';

const calm = () => evidence().slots([10, 10]);

describe('nginx-down', () => {
  it('is certain when there is no master and connections are refused', () => {
    const diagnosis = conclude(
      evidence()
        .failed('workers', 5, 'absent')
        .failed('workers', 0, 'absent')
        .pageFails('refused', 5)
        .pageFails('refused', 0),
    );
    expect(diagnosis, told(diagnosis)).toMatchObject({
      cause: 'nginx-down',
      confidence: 'certain',
      severity: 'critical',
      losing: { now: true, how: 'connections refused' },
    });
  });

  it('is a warning while orphaned workers keep serving', () => {
    const gone = () => evidence().failed('workers', 6, 'absent').failed('workers', 0, 'absent');
    const answers = conclude(gone().pageAt(0, {}));
    expect(answers, told(answers)).toMatchObject({ cause: 'nginx-down', severity: 'warning', losing: { now: false } });
    expect(answers.summary).toContain('its workers keep serving');
    expect(conclude(gone().access({ 200: 9 })).losing.now).toBe(false);
    expect(conclude(gone().access({ 200: 9 }, {}, 4)).losing.now).toBe(true);
  });

  it('is not named for the moment of a restart, nor for a status page that moved', () => {
    expect(conclude(calm().pageAt(5, {}).pageFails('refused', 0)).cause).toBeNull();
    const moved = conclude(calm().workers([101, 102]).pageFails('refused', 5).pageFails('refused', 0));
    expect(moved.cause, told(moved)).not.toBe('nginx-down');
  });
});
