/**
 * The script of the page, as text because the build is plain `tsc`. Fetches the screen after every change, replaces
 * only pieces whose HTML changed (so open menus and unfinished forms survive), and sends the person's actions.
 */
export const SCRIPT = `'use strict';
const start = JSON.parse(document.body.dataset.start);
const regions = new Map([...document.querySelectorAll('[data-region]')].map((node) => [node.dataset.region, node]));
const drawn = new Map([...regions.keys()].map((name) => [name, new Map()]));
const panel = document.querySelector('.panel');
const [composer, replyForm] = document.querySelectorAll('form.composer');
let user = sessionStorage.getItem('user') || start.user;
let place = readPlace();

function readPlace() {
  const [at, thread] = decodeURIComponent(location.hash.slice(1)).split('/');
  return { at: at || start.channel, thread: thread || null };
}

function go(at, thread) {
  location.hash = thread ? at + '/' + thread : at;
}

async function send(act, body) {
  const answer = await fetch('/page/' + act, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ user, ...body }),
  });
  const result = answer.ok ? await answer.json() : { ok: false, error: await answer.text() };
  if (result && result.ok === false && result.error !== 'incomplete' && act !== 'say') {
    toast('The app did not answer in time or at all: ' + result.error);
  }
  return result;
}

function toast(words) {
  const note = document.createElement('p');
  note.textContent = words;
  document.querySelector('.toasts').append(note);
  setTimeout(() => note.remove(), 6000);
}

// ---- drawing

let asked = 0;
let arrived = true;
async function refresh() {
  const number = ++asked;
  const query = new URLSearchParams({ user, at: place.at, ...(place.thread ? { thread: place.thread } : {}) });
  const answer = await fetch('/page/screen?' + query);
  if (number !== asked || !answer.ok) return;
  const screen = await answer.json();
  panel.hidden = screen.thread.length === 0;
  const opener = beginModal(screen.modal.length > 0);
  for (const [name, pieces] of Object.entries(screen)) patch(name, pieces);
  keepFocus(opener);
  arrived = false;
  composer.hidden = place.at === 'home';
  document.body.classList.toggle('at-home', place.at === 'home');
}

// While a modal is open, pointer and keyboard reach only the modal.
let behind = null;
function beginModal(open) {
  const modal = regions.get('modal');
  const before = modal.hidden;
  if (open && before) behind = document.activeElement;
  modal.hidden = !open;
  document.querySelector('.window').inert = open;
  return open || before ? null : behind;
}

function keepFocus(opener) {
  const modal = regions.get('modal').querySelector('.modal');
  if (modal && !modal.contains(document.activeElement)) (modal.querySelector('.content :is(input, textarea, select)') || modal).focus();
  else if (opener && opener.isConnected) opener.focus();
}

function patch(name, pieces) {
  const region = regions.get(name);
  const known = drawn.get(name);
  const atEnd = region.scrollHeight - region.scrollTop - region.clientHeight < 60;
  const wanted = new Set(pieces.map((piece) => piece.key));
  for (const [key, old] of known) {
    if (wanted.has(key)) continue;
    old.node.remove();
    known.delete(key);
  }
  pieces.forEach((piece, at) => {
    const old = known.get(piece.key);
    let node = old && old.node;
    if (!old || old.html !== piece.html) {
      node = build(piece.html, old && old.node);
      if (old) old.node.replaceWith(node);
      known.set(piece.key, { html: piece.html, node });
    }
    if (region.children[at] !== node) region.insertBefore(node, region.children[at] || null);
  });
  if (place.at === 'home') region.scrollTop = arrived ? 0 : region.scrollTop;
  else if (atEnd || arrived) region.scrollTop = region.scrollHeight;
}

// An image that loads late must not push the newest message out of view.
document.addEventListener('load', ({ target }) => {
  const region = target.closest && target.closest('.messages');
  if (!region || place.at === 'home') return;
  const below = region.scrollHeight - region.scrollTop - region.clientHeight;
  if (below < target.offsetHeight + 60) region.scrollTop = region.scrollHeight;
}, true);

// Every piece is one wrapper. The server has escaped all outside text.
function build(markup, old) {
  const node = document.createElement('div');
  node.className = old ? 'piece again' : 'piece';
  node.innerHTML = markup;
  if (old) restore(node, filledIn(old));
  return node;
}

// ---- what is filled in

function controls(root) {
  return [...root.querySelectorAll('select[data-action], textarea[data-action], input[data-action]')];
}

function filledIn(root) {
  const filled = {};
  for (const node of controls(root)) {
    const block = (filled[node.dataset.block] = filled[node.dataset.block] || {});
    const id = node.dataset.action;
    if (node.type === 'checkbox') block[id] = [...(block[id] || []), ...(node.checked ? [node.value] : [])];
    else if (node.type === 'radio') block[id] = node.checked ? node.value : (block[id] ?? null);
    else if (node.multiple) block[id] = [...node.selectedOptions].map((option) => option.value);
    else block[id] = node.value === '' ? null : node.value;
  }
  return filled;
}

function restore(root, filled) {
  for (const node of controls(root)) {
    if (!root.querySelector('.modal')) continue;
    const value = (filled[node.dataset.block] || {})[node.dataset.action];
    if (value === undefined || value === null) continue;
    if (node.type === 'checkbox') node.checked = value.includes(node.value);
    else if (node.type === 'radio') node.checked = value === node.value;
    else if (node.multiple) for (const option of node.options) option.selected = value.includes(option.value);
    else node.value = value;
  }
}

// ---- what the person does

function surfaceOf(node) {
  const message = node.closest('[data-ts]');
  if (message) return { root: message, facts: { channel: message.dataset.channel, ts: message.dataset.ts } };
  const view = node.closest('[data-view]');
  return { root: view, facts: { viewId: view.dataset.view } };
}

function confirmed(control) {
  const template = control && control.querySelector('template.confirm');
  if (!template) return Promise.resolve(true);
  const dialog = document.querySelector('.confirm-dialog');
  dialog.replaceChildren(template.content.cloneNode(true));
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.onclick = (event) => event.target.value && dialog.close(event.target.value);
    dialog.onclose = () => resolve(dialog.returnValue === 'confirm');
  });
}

async function touch(node, choice) {
  const control = node.closest('.control');
  if (control && control.tagName === 'DETAILS') control.open = false;
  const { root, facts } = surfaceOf(node);
  const filled = filledIn(root);
  if (!(await confirmed(control))) {
    if (node.tagName === 'SELECT') node.value = '';
    return;
  }
  node.classList.add('busy');
  await send('click', { ...facts, actionId: node.dataset.action, blockId: node.dataset.block, choice, filled });
  node.classList.remove('busy');
}

document.addEventListener('click', (event) => {
  const node = event.target.closest('button, summary, a');
  for (const open of document.querySelectorAll('details.overflow[open]')) {
    if (!open.contains(event.target)) open.open = false;
  }
  if (!node) return;
  if (node.dataset.openThread) go(place.at, node.dataset.openThread);
  else if ('closeThread' in node.dataset) go(place.at, null);
  else if ('close' in node.dataset) send('close', {});
  else if (node.dataset.action) touch(node, node.dataset.choice ?? null);
});

document.addEventListener('toggle', ({ target }) => {
  if (target.open) target.querySelector('menu')?.scrollIntoView({ block: 'nearest' });
}, true);

document.addEventListener('change', (event) => {
  const node = event.target;
  if (node.id === 'acting') {
    sessionStorage.setItem('user', (user = node.value));
    return enter();
  }
  if (!node.dataset.action || node.closest('fieldset.input')) return;
  const { root } = surfaceOf(node);
  touch(node, (filledIn(root)[node.dataset.block] || {})[node.dataset.action]);
});

document.addEventListener('submit', async (event) => {
  event.preventDefault();
  const form = event.target;
  if (form === composer || form === replyForm) {
    const input = form.elements.line;
    const line = input.value;
    input.value = '';
    suggest();
    if (line.trim() !== '') {
      await send('say', { channel: place.at, line, ...(form === replyForm ? { thread: place.thread } : {}) });
    }
    return;
  }
  const button = form.querySelector('button[type=submit]');
  if (!button) return;
  button.classList.add('busy');
  await send('submit', { filled: filledIn(form) });
  button.classList.remove('busy');
});

document.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape' || document.querySelector('dialog[open]')) return;
  if (!regions.get('modal').hidden) send('close', {});
  else if (place.thread && list.hidden) go(place.at, null);
});

// ---- the composer's suggestions

const list = document.querySelector('.suggestions');
const line = composer.elements.line;
let marked = -1;

function suggest() {
  const typed = line.value.trimStart();
  const fitting = typed.startsWith('/')
    ? start.suggestions.filter(({ fill }) => fill.startsWith(typed) && fill !== typed).slice(0, 8)
    : [];
  marked = -1;
  list.hidden = fitting.length === 0;
  list.replaceChildren(...fitting.map(({ fill, description }) => {
    const item = document.createElement('li');
    item.role = 'option';
    const name = document.createElement('b');
    name.textContent = fill;
    const words = document.createElement('span');
    words.textContent = description;
    item.append(name, words);
    item.onmousedown = (event) => (event.preventDefault(), take(fill));
    item.dataset.fill = fill;
    return item;
  }));
}

function take(fill) {
  line.value = fill + ' ';
  suggest();
  line.focus();
}

line.addEventListener('input', suggest);
line.addEventListener('blur', () => { list.hidden = true; });
line.addEventListener('keydown', (event) => {
  if (list.hidden) return;
  const items = [...list.children];
  if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
    marked = (marked + (event.key === 'ArrowDown' ? 1 : -1) + items.length) % items.length;
    items.forEach((item, at) => item.setAttribute('aria-selected', String(at === marked)));
    event.preventDefault();
  } else if (event.key === 'Tab' || (event.key === 'Enter' && marked >= 0)) {
    take(items[Math.max(0, marked)].dataset.fill);
    event.preventDefault();
  } else if (event.key === 'Escape') list.hidden = true;
});

// ---- life

function enter() {
  place = readPlace();
  arrived = true;
  if (place.at === 'home') send('home', {});
  refresh();
}

addEventListener('hashchange', enter);
new EventSource('/page/events').onmessage = refresh;
enter();
`;
