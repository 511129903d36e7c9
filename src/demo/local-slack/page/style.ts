/** The style sheet of the page, made of the frame, the blocks and the controls. */
import { BLOCK_STYLE } from './style-blocks.ts';
import { CONTROL_STYLE } from './style-controls.ts';
import { FRAME_STYLE } from './style-frame.ts';

/** Colours, light and dark; all styles refer to them. */
const COLOURS = `:root {
  color-scheme: light dark;
  --bg: #fff; --text: #1d1c1d; --soft: #616061; --faint: #8d8d8d; --line: #dddddd; --hover: #f8f8f8; --well: #f8f8f8;
  --link: #1264a3; --code: #c01343; --mention: #1d62ad; --mention-bg: #e8f2fb; --ephemeral: #f8f8f8;
  --primary: #007a5a; --danger: #d0134f; --side: #2b1436; --side-2: #3b1d49; --side-text: #dccfe4; --side-on: #7a4f94;
  --strip: #fff3cf; --strip-text: #5c4400; --shadow: 0 8px 40px rgb(0 0 0 / .25);
  --info: #1264a3; --warning: #b25d00; --error: #c01343; --success: #007a5a;
  --s0: #2a7fd4; --s1: #e0912f; --s2: #2aa876; --s3: #b0529f; --s4: #d04437; --s5: #6c6fd8;
}
@media (prefers-color-scheme: dark) { :root {
  --bg: #1a1d21; --text: #d9dadb; --soft: #ababad; --faint: #85868a; --line: #393c41; --hover: #212529; --well: #222529;
  --link: #5fb2f2; --code: #f0849e; --mention: #8ac6f5; --mention-bg: #1d3a52; --ephemeral: #202327;
  --primary: #148567; --danger: #e0386e; --side: #19101f; --side-2: #271a30; --side-text: #cbbfd3; --side-on: #5e3c73;
  --strip: #3a3116; --strip-text: #f1dd9b; --shadow: 0 8px 40px rgb(0 0 0 / .6);
  --info: #5fb2f2; --warning: #eaa04a; --error: #f0849e; --success: #4bc39c;
  --s0: #5aa7ee; --s1: #efab58; --s2: #4fc794; --s3: #cd80bf; --s4: #ec7a6f; --s5: #9a9cf0;
} }
`;

export const STYLE = [COLOURS, FRAME_STYLE, BLOCK_STYLE, CONTROL_STYLE].join('\n');
