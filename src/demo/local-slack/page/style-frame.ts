/** Styles of the frame: window, sidebar, channel, thread panel, messages. */
export const FRAME_STYLE = `
* { box-sizing: border-box; }
[hidden] { display: none !important; }
html, body { height: 100%; margin: 0; }
body { display: flex; flex-direction: column; background: var(--side); color: var(--text);
  font: 15px/1.467 Lato, 'Helvetica Neue', 'Segoe UI', Arial, 'Liberation Sans', sans-serif; }
h1, h2, h3, p { margin: 0; }
.strip { background: var(--strip); color: var(--strip-text); font-size: 13px; padding: 5px 16px; text-align: center; }
.strip span { opacity: .85; }
.window { flex: 1; min-height: 0; display: grid; grid-template-columns: 230px minmax(0, 1fr) auto; }
.sidebar { background: linear-gradient(180deg, var(--side), var(--side-2)); color: var(--side-text); overflow-y: auto; }
.sidebar .piece { display: flex; flex-direction: column; min-height: 100%; }
.team { font-weight: 800; font-size: 17px; color: #fff; padding: 13px 16px 12px; border-bottom: 1px solid rgb(255 255 255 / .1); }
.sidebar nav { flex: 1; padding: 4px 8px; }
.sidebar h2 { font-size: 13px; font-weight: 600; opacity: .8; padding: 14px 8px 5px; }
.entry { display: flex; align-items: center; gap: 8px; padding: 3px 8px; border-radius: 6px; color: inherit; text-decoration: none; }
.entry:hover { background: rgb(255 255 255 / .08); text-decoration: none; }
.entry.current:hover { background: var(--side-on); }
.entry.current { background: var(--side-on); color: #fff; font-weight: 600; }
.entry .sign { width: 18px; text-align: center; opacity: .8; display: inline-flex; justify-content: center; }
.entry .avatar { width: 18px; height: 18px; opacity: 1; }
.acting { padding: 12px 16px 16px; font-size: 12px; display: grid; gap: 4px; border-top: 1px solid rgb(255 255 255 / .1); }
.acting select { font: inherit; font-size: 13px; padding: 4px 6px; border-radius: 6px; border: 1px solid rgb(255 255 255 / .25); background: rgb(0 0 0 / .25); color: #fff; }
.acting option { background: var(--bg); color: var(--text); }
main, .panel { background: var(--bg); display: flex; flex-direction: column; min-height: 0; min-width: 0; position: relative; }
.panel { width: 400px; border-left: 1px solid var(--line); }
.panel > header { display: flex; justify-content: space-between; align-items: center; padding: 0 8px 0 16px; min-height: 49px; border-bottom: 1px solid var(--line); }
.panel h2, .heading h1 { font-size: 18px; font-weight: 900; display: flex; align-items: center; gap: 8px; }
.heading { border-bottom: 1px solid var(--line); min-height: 49px; padding: 0 20px; display: flex; align-items: center; }
.heading .piece { display: flex; gap: 14px; align-items: center; min-width: 0; width: 100%; }
.heading h1 { white-space: nowrap; }
.heading .hash { color: var(--soft); font-weight: 400; margin-right: -4px; }
.heading .avatar { width: 24px; height: 24px; }
.heading .topic { color: var(--soft); font-size: 13px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.tabs { align-self: stretch; display: flex; }
.tab { padding: 14px 4px 10px; font-size: 13px; font-weight: 700; border-bottom: 2px solid var(--primary); }
.messages { flex: 1; min-height: 0; overflow-y: auto; padding: 12px 0 20px; outline-offset: -2px; }
main > .messages > .piece:first-child { margin-top: auto; }
.message { position: relative; display: grid; grid-template-columns: 36px minmax(0, 1fr); gap: 0 8px; padding: 8px 20px 9px; }
.message:hover { background: var(--hover); }
.message.ephemeral { background: var(--ephemeral); }
.only-you { grid-column: 2; font-size: 12px; color: var(--soft); padding-bottom: 3px; }
.only-you::before { content: '◉ '; }
.message.ephemeral .avatar { grid-column: 1; }
.message .body { min-width: 0; }
.message header { display: flex; align-items: baseline; gap: 6px; line-height: 20px; }
.message header b { font-weight: 900; }
.message header time { font-size: 12px; color: var(--soft); }
.badge { font-size: 10px; font-weight: 700; line-height: 14px; padding: 0 3px; border-radius: 3px; background: var(--line); color: var(--soft); }
.avatar { width: 36px; height: 36px; border-radius: 22%; display: inline-flex; align-items: center; justify-content: center; font-weight: 700; color: #fff; flex: none; }
.avatar.app rect { fill: #0b5d4e; }
.avatar.app path { fill: none; stroke: #fff; stroke-width: 3; }
.person-0 { background: #3f6fb5; } .person-1 { background: #a8572f; } .person-2 { background: #7a4aa0; }
.person-3 { background: #2d7d6b; } .person-4 { background: #a03a5e; } .person-5 { background: #5b6470; } .person-9 { background: #5b6470; }
.edited { display: block; font-size: 12px; line-height: 1.3; color: var(--faint); }
.words { white-space: pre-wrap; overflow-wrap: anywhere; }
.day { display: flex; align-items: center; gap: 0; margin: 4px 0; font-size: 13px; font-weight: 700; }
.day::before, .day::after { content: ''; flex: 1; border-top: 1px solid var(--line); }
.day span { border: 1px solid var(--line); border-radius: 24px; padding: 1px 14px; }
.replies { display: inline-flex; align-items: center; gap: 8px; margin: 4px 0 0 -5px; padding: 3px 8px 3px 4px; border: 1px solid transparent; border-radius: 6px; background: none; font: inherit; font-size: 13px; color: var(--soft); cursor: pointer; }
.replies:hover { background: var(--bg); border-color: var(--line); }
.replies b { color: var(--link); }
.replies .avatar { width: 22px; height: 22px; }
.to-thread { position: absolute; top: -12px; right: 20px; opacity: 0; font: inherit; font-size: 12px; padding: 3px 10px; border: 1px solid var(--line); border-radius: 6px; background: var(--bg); color: var(--text); cursor: pointer; }
.message:hover .to-thread, .to-thread:focus-visible { opacity: 1; }
.panel .piece:first-child .message { padding-bottom: 14px; margin-bottom: 8px; border-bottom: 1px solid var(--line); }
.panel .message { padding-inline: 16px; }
.empty { padding: 40px 20px; color: var(--soft); }
.empty h3 { color: var(--text); font-size: 20px; font-weight: 900; margin-bottom: 4px; }
.home { max-width: 820px; margin: 0 auto; padding: 12px 24px 40px; }
.at-home main > .messages { background: var(--bg); }
@keyframes settle { from { background: var(--mention-bg); } }
.piece.again .message { animation: settle 1.2s ease-out; }
@media (prefers-reduced-motion: reduce) { .piece.again .message { animation: none; } }
@media (max-width: 900px) {
  .window { grid-template-columns: 64px minmax(0, 1fr); }
  .team, .sidebar h2, .acting { display: none; }
  .entry { font-size: 0; } .entry .sign { font-size: 15px; width: 100%; }
  .panel { position: fixed; inset: 28px 0 0 64px; width: auto; z-index: 3; }
}
`;
