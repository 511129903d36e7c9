/** The HTML document of the page: empty regions, the composer, and a note that it is a preview. */
import type { Workspace } from '../state/workspace.ts';
import { html } from './html.ts';

export function drawDocument(workspace: Workspace): string {
  const { appName, channels, commands, people } = workspace.directory;
  const suggestions = commands.flatMap(({ command, description, words }) => [
    { fill: command, description },
    ...words.map((word) => ({ fill: `${command} ${word.word}`, description: word.description })),
  ]);
  const start = { channel: channels[0]?.id ?? 'home', user: people[0]?.id ?? '', suggestions };
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>${appName} · local preview, not Slack</title>
<link rel="icon" href="/page/icon.svg" type="image/svg+xml"><link rel="stylesheet" href="/page/style.css"></head>
<body data-start="${JSON.stringify(start)}">
<p class="strip"><b>Local preview, not Slack.</b> <span>${appName} runs for real; these messages stay on this machine and end with the process.</span></p>
<div class="window">
  <aside class="sidebar" data-region="sidebar"></aside>
  <main>
    <header class="heading" data-region="heading"></header>
    <div class="messages" data-region="messages" tabindex="0" aria-live="polite" aria-label="Messages"></div>
    <div class="toasts" role="status"></div>
    <form class="composer" autocomplete="off"><ul class="suggestions" role="listbox" hidden></ul>
      <div class="line"><input name="line" aria-label="Message or command" maxlength="3000" placeholder="Type / for commands"><button class="send" aria-label="Send">➤</button></div></form>
  </main>
  <aside class="panel" hidden><header><h2>Thread</h2><button type="button" class="dismiss" data-close-thread aria-label="Close thread">✕</button></header>
    <div class="messages" data-region="thread" tabindex="0" aria-label="Thread"></div>
    <form class="composer reply" autocomplete="off"><div class="line"><input name="line" aria-label="Reply" maxlength="3000" placeholder="Reply…"><button class="send" aria-label="Send reply">➤</button></div></form></aside>
</div>
<div class="veil" data-region="modal" hidden></div>
<dialog class="confirm-dialog"></dialog>
<script src="/page/script.js" defer></script></body></html>`.markup;
}

export const ICON =
  html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 36 36"><rect width="36" height="36" rx="8" fill="#0b5d4e"/><path d="M9 25V11h4l10 14v-5M23 16v-5h4v14" fill="none" stroke="#fff" stroke-width="3"/></svg>`
    .markup;
