import { describe, expect, it } from 'vitest';
import { block as blockSchema } from '../../../src/demo/local-slack/block-kit/blocks.ts';
import { drawBlocks } from '../../../src/demo/local-slack/page/blocks.ts';
import type { RenderContext } from '../../../src/demo/local-slack/page/render-context.ts';
import { formatSlackDate } from '../../../src/demo/local-slack/page/slack-date.ts';
import { createDirectory } from '../../../src/demo/local-slack/state/directory.ts';

const now = new Date('2026-11-21T12:00:00Z');
const context: RenderContext = { directory: createDirectory(), now };
const draw = (block: object) => drawBlocks([block as Record<string, unknown>], context).markup;

const chart = (type: string, values: number[]) => ({
  type: 'data_visualization',
  title: 'Slots',
  chart: {
    type,
    series: [{ name: 'w1', data: values.map((value, at) => ({ label: `t${at}`, value })) }],
    axis_config: { categories: values.map((_value, at) => `t${at}`) },
    segments: values.map((value, at) => ({ label: `s${at}`, value })),
  },
});

describe('drawing blocks', () => {
  it('renders every block that the validator accepts', () => {
    const types = blockSchema.options.map(({ shape }) => [...shape.type.values][0]);
    expect(types.length).toBeGreaterThan(10);
    const undrawn = types.filter((type) => draw({ type }).includes(`${type} block`));
    expect(undrawn).toEqual([]);
  });

  it('shows the name of an unknown block', () => {
    expect(draw({ type: 'carousel' })).toContain('carousel block');
  });

  it.each([
    ['line', [3, 1, 2]],
    ['area', [0, 0, 0]],
    ['bar', [-4, 0, 12]],
    ['pie', [1]],
    ['line', [5]],
  ])('draws a %s chart of %j with finite numbers only', (type, values) => {
    const markup = draw(chart(type, values));
    expect(markup).toMatch(/<(polyline|rect|circle)/);
    expect(markup).not.toMatch(/NaN|Infinity|undefined/);
  });

  it('shows the address of an outside image instead of loading it', () => {
    const markup = draw({ type: 'image', image_url: 'https://example.org/a.png', alt_text: 'a chart' });
    expect(markup).not.toContain('<img');
    expect(markup).toContain('a chart (image elsewhere, not loaded here)');
  });

  it('marks the field that made a submission fail', () => {
    const input = {
      type: 'input',
      block_id: 'why',
      label: { type: 'plain_text', text: 'Why' },
      element: { type: 'plain_text_input', action_id: 'a' },
    };
    const markup = drawBlocks([input], { ...context, errors: { why: 'Say more' } }).markup;
    expect(markup).toContain('<small class="problem" role="alert">Say more</small>');
  });

  it('writes Slack’s dates', () => {
    const seconds = now.getTime() / 1000;
    expect(formatSlackDate(seconds, '{date_num}', now)).toBe('2026-11-21');
    expect(formatSlackDate(seconds - 86_400, '{date_pretty}', now)).toBe('Yesterday');
    expect(formatSlackDate(seconds + 3 * 3600, '{ago}', now)).toBe('in 3 hours');
    expect(formatSlackDate(seconds - 40 * 86_400, '{date_short}', now)).toBe('Oct 12, 2026');
  });
});
