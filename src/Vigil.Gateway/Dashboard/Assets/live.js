// Keeps a page current: one stream of events, and after an event that concerns this page its parts marked [data-live] are fetched anew.
// Pages work without this module; it only saves the reader from reloading.

const root = document.documentElement;
const note = document.getElementById('live-note');
const wanted = (document.body.dataset.liveOn ?? '').split(' ').filter(Boolean);
const types = (document.body.dataset.events ?? '').split(' ').filter(Boolean);
// A page that answers a form stands at an address that cannot be asked for, and holds what somebody typed: only what stands on every page is kept current.
const isAnswer = document.body.dataset.answer !== undefined;
const onEachPage = ['unread', 'clock'];
const waitFirst = 200;
const waitBetween = 1000;

let seen = Number(document.body.dataset.seen ?? 0);
let stream = null;
let timer = 0;
let fetching = false;
let again = false;
let lastFetch = 0;

export function onEvent(handler) {
  document.addEventListener('vigil:event', (event) => handler(event.detail));
}

function open() {
  if (stream || wanted.length === 0) return;
  // From where this page was read: what happened while it travelled is told as well.
  stream = new EventSource(seen ? `/api/events?after=${seen}` : '/api/events');
  for (const type of types) stream.addEventListener(type, receive);
  stream.addEventListener('gap', () => soon());
  let lost = false;
  stream.onopen = () => {
    if (lost) soon();
    lost = false;
    root.dataset.stream = 'open';
    say('');
  };
  stream.onerror = () => {
    // A stream that was refused stays closed: the session is over, or the gateway is away for longer.
    if (!lost) say('The connection to the gateway is lost: this page stands still. Trying again.');
    lost = true;
    delete root.dataset.stream;
    if (stream?.readyState === EventSource.CLOSED) {
      stream = null;
      // Looking at the page itself tells which of the two: without a session it leads to the sign-in page.
      soon();
      setTimeout(open, 5000);
    }
  };
}

function close() {
  stream?.close();
  stream = null;
}

function receive(event) {
  seen = Math.max(seen, Number(event.lastEventId));
  document.dispatchEvent(new CustomEvent('vigil:event', { detail: { id: event.lastEventId, type: event.type, data: event.data } }));
  if (wanted.some((prefix) => event.type.startsWith(prefix))) soon();
}

function say(text) {
  if (note && note.textContent !== text) note.textContent = text;
}

function tell(text) {
  const line = document.createElement('p');
  line.className = 'flash bad';
  line.textContent = text;
  document.querySelector('[data-live="flash"]')?.replaceChildren(line);
}

export function soon() {
  if (timer) return;
  const wait = Math.max(waitFirst, lastFetch + waitBetween - performance.now());
  timer = setTimeout(refresh, wait);
}

async function refresh() {
  timer = 0;
  if (fetching) {
    again = true;
    return;
  }
  fetching = true;
  lastFetch = performance.now();
  try {
    const response = await fetch(isAnswer ? document.body.dataset.here : location.href, { headers: { 'X-Vigil-Live': '1', Accept: 'text/html' } });
    if (response.redirected && new URL(response.url).pathname === '/signin') location.reload();
    else if (response.ok) show(await response.text(), false);
  } catch {
    // The gateway is away; the stream notices when it is back and asks again.
  } finally {
    fetching = false;
    if (again) {
      again = false;
      soon();
    }
  }
}

function show(html, withFlash) {
  const fresh = new DOMParser().parseFromString(html, 'text/html');
  seen = Math.max(seen, Number(fresh.body.dataset.seen ?? 0));
  root.dataset.now = fresh.documentElement.dataset.now;
  clockAt = performance.now();
  for (const region of document.querySelectorAll('[data-live]')) {
    const name = region.dataset.live;
    if (name === 'flash' && !withFlash) continue;
    if (isAnswer && !onEachPage.includes(name)) continue;
    const next = fresh.querySelector(`[data-live="${CSS.escape(name)}"]`);
    if (next && !isHeld(region)) swap(region, next);
  }
  document.dispatchEvent(new CustomEvent('vigil:shown'));
}

// Somebody is typing here, or was asked a question: that is not taken away.
function isHeld(region) {
  const active = document.activeElement;
  if (region.contains(active) && active.matches('input, textarea, select')) return true;
  if (region.querySelector('details.confirm[open]')) return true;
  return [...region.querySelectorAll('textarea, select, input:not([type=hidden])')].some(isChanged);
}

function isChanged(field) {
  if (field.type === 'checkbox' || field.type === 'radio') return field.checked !== field.defaultChecked;
  if (!(field instanceof HTMLSelectElement)) return field.value !== field.defaultValue;
  const chosen = [...field.options].findIndex((option) => option.defaultSelected);
  return field.selectedIndex !== Math.max(0, chosen);
}

function swap(region, next) {
  const before = [...region.querySelectorAll('details')];
  const opened = new Set(before.filter((details) => details.open).map(keyOf));
  for (const details of next.querySelectorAll('details')) if (opened.has(keyOf(details))) details.open = true;
  if (region.innerHTML === next.innerHTML) return;
  const focused = region.contains(document.activeElement) ? keyOf(document.activeElement) : null;
  region.replaceChildren(...document.adoptNode(next).childNodes);
  if (focused) [...region.querySelectorAll('a, button, summary, input, select, textarea')].find((element) => keyOf(element) === focused)?.focus({ preventScroll: true });
}

function keyOf(element) {
  if (element.id) return `#${element.id}`;
  if (element.matches('summary')) return `summary ${keyOf(element.parentElement)}`;
  const home = element.closest('[id], [data-live]');
  const place = home?.id || home?.dataset.live || '';
  // By their place and not by their words, which may be counts.
  if (element.matches('details')) return `${place} details ${[...home.querySelectorAll('details')].indexOf(element)}`;
  const what = element.getAttribute('href') ?? element.form?.getAttribute('action') ?? '';
  return [place, element.tagName, what, element.name ?? '', element.textContent.trim()].join('|');
}

// Who works with the keys goes on where they were: at the same thing, else in the same item, else at the item that took its place.
function spotOf(element) {
  const region = element.closest('[data-live]');
  return { region: region?.dataset.live, key: keyOf(element), home: element.closest('li[id], section[id]')?.id, index: region ? stops(region).indexOf(element) : -1, element };
}

function goBack({ region, key, home, index, element }) {
  if (document.activeElement !== document.body) return;
  const part = region === undefined ? null : document.querySelector(`[data-live="${CSS.escape(region)}"]`);
  const all = part ? stops(part) : [];
  const item = home ? document.getElementById(home) : null;
  const next = all.find((stop) => keyOf(stop) === key) ?? all.find((stop) => item?.contains(stop)) ?? all[Math.min(index, all.length - 1)] ?? (element.isConnected ? element : null);
  next?.focus({ preventScroll: true });
}

function stops(region) {
  return [...region.querySelectorAll('a[href]:not([tabindex="-1"]), button:enabled, summary, input:not([type=hidden]), select, textarea')].filter((stop) => stop.checkVisibility());
}

// Forms that say so are sent without leaving the page: the answer is the page as it is after the change.
document.addEventListener('submit', async (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || !form.hasAttribute('data-quiet') || event.defaultPrevented) return;
  event.preventDefault();
  const button = event.submitter;
  const body = new URLSearchParams(new FormData(form, button));
  const spot = form.contains(document.activeElement) ? spotOf(document.activeElement) : null;
  if (button) button.disabled = true;
  try {
    const response = await fetch(form.action, { method: 'POST', body, headers: { Accept: 'text/html' } });
    const url = new URL(response.url);
    if (response.redirected && (url.pathname !== location.pathname || url.search !== location.search)) {
      location.assign(url);
      return;
    }
    const html = await response.text();
    if (!response.ok) {
      tell(new DOMParser().parseFromString(html, 'text/html').querySelector('.empty p')?.textContent ?? 'That did not work.');
      return;
    }
    form.reset();
    // A field that has the focus would hold its part back.
    if (spot && form.contains(document.activeElement)) document.activeElement.blur();
    form.closest('details')?.removeAttribute('open');
    show(html, true);
    if (button) button.disabled = false;
    if (spot) goBack(spot);
  } catch {
    tell('The gateway could not be reached.');
  } finally {
    if (button) button.disabled = false;
  }
});

// Times that say how long ago something was. The server's clock counts; a test clock may run at any speed and is left to the server.
let clockAt = performance.now();

function now() {
  return Date.parse(root.dataset.now) + (performance.now() - clockAt);
}

function relative(at) {
  const span = now() - at;
  const seconds = Math.abs(span) / 1000;
  const text = rough(seconds);
  if (!text) return 'now';
  return span > 0 ? `${text} ago` : `in ${text}`;
}

function rough(seconds) {
  if (seconds < 45) return null;
  if (seconds < 3600) return `${Math.max(1, Math.round(seconds / 60))} min`;
  if (seconds < 86400) return `${Math.round(seconds / 3600)} h`;
  if (seconds < 172800) return '1 day';
  return `${Math.round(seconds / 86400)} days`;
}

function tick() {
  if (root.dataset.clock === 'test') return;
  for (const time of document.querySelectorAll('time[data-relative]')) {
    const text = relative(Date.parse(time.dateTime));
    if (time.textContent !== text) time.textContent = text;
  }
}

setInterval(tick, 20000);

// A page that nobody looks at holds no connection: browsers allow few to one host, and many tabs may be open.
document.addEventListener('visibilitychange', () => {
  if (document.hidden) {
    close();
  } else {
    open();
    soon();
  }
});

// Menus and questions close when somebody clicks elsewhere or presses Escape.
document.addEventListener('click', (event) => {
  for (const details of document.querySelectorAll('details.confirm[open]')) if (!details.contains(event.target)) details.open = false;
});
document.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape') return;
  // An answer that was begun is not closed over its words.
  const answer = event.target.closest?.('details.answer[open]');
  if (answer && ![...answer.querySelectorAll('textarea')].some(isChanged)) {
    answer.open = false;
    answer.querySelector('summary').focus();
  }
  for (const details of document.querySelectorAll('details.confirm[open]')) {
    details.open = false;
    details.querySelector('summary')?.focus();
  }
});

if (!document.hidden) open();
