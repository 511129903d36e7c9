import { describe, expect, it } from 'vitest';
import { checkBlocks } from '../../../src/demo/local-slack/block-kit/check-blocks.ts';

const context = { isImageFile: (id: string) => id === 'F0READY0001' };

const judge = (blocks: unknown, surface: 'message' | 'modal' | 'home' = 'message'): string[] =>
  checkBlocks(blocks, surface, context).map(({ text, pointer }) => `${text} [json-pointer:${pointer}]`);

const plain = (text: string) => ({ type: 'plain_text', text });
const mrkdwn = (text: string) => ({ type: 'mrkdwn', text });
const button = (id: string, more: object = {}) => ({ type: 'button', action_id: id, text: plain('Go'), ...more });
const many = <T>(count: number, make: (at: number) => T): T[] => Array.from({ length: count }, (_, at) => make(at));
const select = (more: object) => ({ type: 'actions', elements: [{ type: 'static_select', action_id: 'a', ...more }] });
const choice = (at: number) => ({ text: plain(`o${at}`), value: `v${at}` });
const table = (rows: number, cells: number, text = 'x') => ({
  type: 'table',
  rows: many(rows, () => many(cells, () => ({ type: 'raw_text', text }))),
});
const chart = (labels: string[], values: number[] = labels.map(() => 1)) => ({
  type: 'data_visualization',
  title: 'Slots',
  chart: {
    type: 'line',
    series: [{ name: 'w1', data: labels.map((label, at) => ({ label, value: values[at] })) }],
    axis_config: { categories: labels },
  },
});
const logLine = {
  type: 'rich_text',
  elements: [{ type: 'rich_text_preformatted', elements: [{ type: 'text', text: '<!channel>' }] }],
};

describe('Block Kit validation', () => {
  it.each([
    ['header', { type: 'header', text: plain('x'.repeat(150)) }],
    ['section with text', { type: 'section', text: mrkdwn('x'.repeat(3000)) }],
    ['section with ten fields', { type: 'section', fields: many(10, () => mrkdwn('x'.repeat(200))) }],
    ['section with an accessory', { type: 'section', text: mrkdwn('x'), accessory: button('a', { style: 'danger' }) }],
    [
      'context',
      { type: 'context', elements: [mrkdwn('x'), { type: 'image', image_url: 'https://e.org/a.png', alt_text: 'a' }] },
    ],
    ['twenty-five buttons', { type: 'actions', elements: many(25, (at) => button(`b${at}`)) }],
    ['select', select({ options: many(100, choice), placeholder: plain('Snooze') })],
    ['uploaded image', { type: 'image', slack_file: { id: 'F0READY0001' }, alt_text: 'slots in use' }],
    ['preformatted text', logLine],
    ['table', { ...table(100, 20), column_settings: [{ align: 'right' }, null, { is_wrapped: true }] }],
    ['chart', chart(['5:00', '5:05'])],
    ['markdown', { type: 'markdown', text: '**x**' }],
    [
      'plan',
      {
        type: 'plan',
        title: 'Checks',
        tasks: [{ type: 'task_card', task_id: '1', title: 'slots', status: 'complete' }],
      },
    ],
    ['divider', { type: 'divider' }],
  ])('takes a %s', (_name, block) => {
    expect(judge([block])).toEqual([]);
  });

  it.each([
    [
      'a long header',
      { type: 'header', text: plain('x'.repeat(151)) },
      'must be less than 151 characters [json-pointer:/blocks/0/text/text]',
    ],
    [
      'mrkdwn in a header',
      { type: 'header', text: mrkdwn('x') },
      'must be a valid enum value: plain_text [json-pointer:/blocks/0/text/type]',
    ],
    [
      'an empty text',
      { type: 'section', text: mrkdwn('') },
      'must be more than 0 characters [json-pointer:/blocks/0/text/text]',
    ],
    ['a section of nothing', { type: 'section' }, 'missing required field: text or fields [json-pointer:/blocks/0]'],
    [
      'a long field',
      { type: 'section', fields: [mrkdwn('x'.repeat(2001))] },
      'must be less than 2001 characters [json-pointer:/blocks/0/fields/0/text]',
    ],
    [
      'too many buttons',
      { type: 'actions', elements: many(26, (at) => button(`b${at}`)) },
      'no more than 25 items allowed [json-pointer:/blocks/0/elements]',
    ],
    [
      'a disabled button',
      { type: 'actions', elements: [button('a', { disabled: true })] },
      'invalid additional property: disabled [json-pointer:/blocks/0/elements/0]',
    ],
    [
      'a green button',
      { type: 'actions', elements: [button('a', { style: 'green' })] },
      'must be a valid enum value: primary, danger [json-pointer:/blocks/0/elements/0/style]',
    ],
    [
      'two elements of one name',
      { type: 'actions', elements: [button('a'), button('a')] },
      '`action_id` "a" already exists for this block [json-pointer:/blocks/0]',
    ],
    [
      'a menu without options',
      select({}),
      'exactly one of options and option_groups is needed [json-pointer:/blocks/0/elements/0]',
    ],
    [
      'too many options',
      select({ options: many(101, choice) }),
      'no more than 100 items allowed [json-pointer:/blocks/0/elements/0/options]',
    ],
    [
      'an image without words',
      { type: 'image', slack_file: { id: 'F0READY0001' } },
      'missing required field: alt_text [json-pointer:/blocks/0]',
    ],
    [
      'a file that is not ready',
      { type: 'image', slack_file: { id: 'F0NOTREADY0' }, alt_text: 'a' },
      'invalid slack file [json-pointer:/blocks/0/slack_file]',
    ],
    [
      'an image of this machine',
      { type: 'image', image_url: 'http://127.0.0.1/a.png', alt_text: 'a' },
      'downloading image failed [json-pointer:/blocks/0/image_url]',
    ],
    ['an unknown block', { type: 'chart' }, 'unsupported type: chart [json-pointer:/blocks/0/type]'],
    ['a table of 101 rows', table(101, 1), 'no more than 100 items allowed [json-pointer:/blocks/0/rows]'],
    [
      'a table of too many words',
      table(100, 2, 'x'.repeat(51)),
      'a table holds at most 10000 characters [json-pointer:/blocks]',
    ],
    [
      'an alert in a message',
      { type: 'alert', text: plain('x') },
      'unsupported type: alert (not in a message) [json-pointer:/blocks/0/type]',
    ],
    [
      'a chart label too long',
      chart(['x'.repeat(21)]),
      'must be less than 21 characters [json-pointer:/blocks/0/chart/series/0/data/0/label]',
    ],
  ])('refuses %s', (_name, block, problem) => {
    expect(judge([block])).toContain(problem);
  });

  it('refuses a series that lacks a category', () => {
    const block = chart(['a', 'b']);
    block.chart.series[0]?.data.pop();
    expect(judge([block])).toEqual(['every series needs one point for every category [json-pointer:/blocks/0/chart]']);
  });

  it('counts blocks by surface', () => {
    const dividers = (count: number) => many(count, () => ({ type: 'divider' }));
    expect(judge(dividers(50))).toEqual([]);
    expect(judge(dividers(51))).toEqual(['no more than 50 items allowed [json-pointer:/blocks]']);
    expect(judge(dividers(100), 'home')).toEqual([]);
    expect(judge(dividers(101), 'modal')).toEqual(['no more than 100 items allowed [json-pointer:/blocks]']);
  });

  it('accepts one table and two charts in a message, and gives Slack’s error for the table', () => {
    const problems = checkBlocks([table(1, 1), table(1, 1)], 'message', context);
    expect(problems.map(({ error }) => error)).toEqual(['only_one_table_allowed']);
    expect(judge([chart(['a']), chart(['a'])])).toEqual([]);
    expect(judge([chart(['a']), chart(['a']), chart(['a'])])).toEqual([
      'only two charts allowed [json-pointer:/blocks]',
    ]);
  });

  it('limits all text of a message together', () => {
    const sections = many(5, () => ({ type: 'section', text: mrkdwn('x'.repeat(2900)) }));
    expect(checkBlocks(sections, 'message', context)[0]?.error).toBe('msg_blocks_too_long');
    expect(judge(sections, 'home')).toEqual([]);
  });

  it('refuses a repeated block_id and anything that is not a list', () => {
    const twice = [
      { type: 'divider', block_id: 'x' },
      { type: 'divider', block_id: 'x' },
    ];
    expect(judge(twice)).toEqual(['`block_id` "x" already exists [json-pointer:/blocks/1/block_id]']);
    expect(judge({})).toHaveLength(1);
    expect(judge([null])).toHaveLength(1);
  });
});
