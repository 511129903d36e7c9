import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mrkdwn } from '../../../src/demo/local-slack/page/mrkdwn.ts';
import type { RenderContext } from '../../../src/demo/local-slack/page/render-context.ts';
import { createDirectory } from '../../../src/demo/local-slack/state/directory.ts';

const context: RenderContext = { directory: createDirectory(), now: new Date('2026-11-21T12:00:00Z') };
const show = (text: string) => mrkdwn(text, context).markup;

describe('mrkdwn as HTML', () => {
  it.each([
    ['*bold* _italic_ ~gone~', '<b>bold</b> <i>italic</i> <s>gone</s>'],
    ['2*3*4 and snake_case_name', '2*3*4 and snake_case_name'],
    ['*not `a *b* c` yet*', '<b>not <code>a *b* c</code> yet</b>'],
    ['```\nif (a < b) { }\n```', '<pre>if (a &lt; b) { }</pre>'],
    ['a &lt;b&gt; &amp;amp; c', 'a &lt;b&gt; &amp;amp; c'],
    ['`one ```two``` three`', '<code>one ```two``` three</code>'],
    ['> quoted\nplain', '<blockquote>quoted</blockquote>plain'],
    [
      '<@U0LOCALBEN> in <#C0INCIDENTS>',
      '<span class="mention">@ben</span> in <span class="mention">#nginx-incidents</span>',
    ],
    ['<!channel>', '<span class="mention">@channel</span>'],
    [':warning: and :unknown_one:', '⚠️ and :unknown_one:'],
  ])('%s', (source, expected) => {
    expect(show(source)).toBe(expected);
  });

  it('links web addresses and nothing else', () => {
    const rel = 'target="_blank" rel="noopener noreferrer nofollow"';
    expect(show('<https://nginx.org/?a=1&amp;b=2|docs>')).toBe(
      `<a href="https://nginx.org/?a=1&amp;b=2" ${rel}>docs</a>`,
    );
    expect(show('<javascript:alert(1)|click>')).not.toContain('<a');
    expect(show('<https://x.org/`a`|`code`>')).toContain('>`code`</a>');
    expect(show('<script>alert(1)</script>')).toBe('&lt;script&gt;alert(1)&lt;/script&gt;');
  });

  it('formats dates, with the fallback as a tooltip', () => {
    const at = Math.floor(context.now.getTime() / 1000);
    expect(show(`<!date^${at}^{date_short_pretty}, {ago}|noon>`)).toBe('<time title="noon">Today, just now</time>');
    expect(show(`<!date^${at - 3600}^{ago} {nonsense}|x>`)).toBe('<time title="x">60 minutes ago {nonsense}</time>');
  });

  it('escapes tags in the text', () => {
    const own = [
      /<\/?(?:b|i|s|code|pre|blockquote)>/g,
      /<span class="mention">|<\/span>|<time(?: title="[^"<>]*")?>|<\/time>|<\/a>/g,
      /<a href="(?:https?:\/\/|mailto:)[^"<>]*" target="_blank" rel="noopener noreferrer nofollow">/g,
    ];
    const hostile = fc.array(
      fc.constantFrom(
        '<',
        '>',
        '&',
        '"',
        "'",
        '`',
        '*',
        '_',
        '~',
        '|',
        '!date^1^',
        '@U1',
        'https://x',
        'javascript:',
        ' onerror=',
        'a',
        '\n',
        '\uE000',
        '0',
        '\uE001',
        '&lt;',
        '```',
      ),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(hostile, (parts) => {
        const rest = own.reduce((markup, tag) => markup.replace(tag, ''), show(parts.join('')));
        expect(rest).not.toMatch(/[<>"\uE000\uE001]/);
      }),
      { numRuns: 5_000 },
    );
  });
});
