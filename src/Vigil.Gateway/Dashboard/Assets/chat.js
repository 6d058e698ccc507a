// The answer of an agent as it comes: words, tools at work, a button to stop. Without this module the form stores the words, and the page is looked at again.
import { soon } from './live.js';

const pending = document.getElementById('pending');
let running = null;

document.addEventListener('submit', (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || !form.dataset.chat) return;
  event.preventDefault();
  if (!running) send(form);
});

document.addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) event.target.closest?.('form[data-chat]')?.requestSubmit();
});

document.addEventListener('click', (event) => {
  if (event.target.closest?.('[data-stop]')) running?.abort();
});

// The page has the answer itself now, drawn by the server.
document.addEventListener('vigil:shown', () => {
  if (!running) pending.querySelectorAll('li:not(.kept)').forEach((item) => item.remove());
});

async function send(form) {
  const field = form.elements.message;
  const message = field.value;
  if (!message.trim()) return;
  running = new AbortController();
  busy(form, true);
  pending.replaceChildren(turn('user', 'You', message));
  const answer = turn('assistant', form.dataset.name, '');
  pending.append(answer);
  field.value = '';
  answer.scrollIntoView({ block: 'nearest' });
  try {
    const response = await fetch('/api/chat', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-Vigil-Csrf': form.elements.csrf.value },
      body: JSON.stringify({ agent: form.dataset.chat, session: form.elements.session.value, message }),
      signal: running.signal,
    });
    if (!response.ok) fail(answer, (await response.json()).error, field, message);
    else await read(response, answer, field, message);
  } catch (problem) {
    const words = problem.name === 'AbortError' ? 'Stopped.' : 'The connection was lost.';
    note(answer, words);
  } finally {
    running = null;
    busy(form, false);
    field.focus();
    soon();
  }
}

async function read(response, answer, field, message) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const frames = (rest + value).split('\n\n');
    rest = frames.pop();
    for (const frame of frames) {
      const type = /^event: (.*)$/m.exec(frame)?.[1];
      const data = /^data: (.*)$/m.exec(frame)?.[1];
      if (type && data) show(answer, type, JSON.parse(data), field, message);
    }
  }
}

function show(answer, type, data, field, message) {
  if (type === 'text') {
    answer.querySelector('.words').textContent += data.text;
    answer.scrollIntoView({ block: 'nearest' });
  } else if (type === 'anew') {
    note(answer, data.why);
  } else if (type === 'tool') {
    tool(answer, data);
  } else if (type === 'error') {
    fail(answer, data.error, field, message);
  }
}

function tool(answer, { name, state, ms, summary }) {
  if (state === 'started') {
    const line = note(answer, `uses ${name}${summary ? `: ${summary}` : ''} …`);
    line.className = 'tool small';
    line.dataset.tool = name;
    return;
  }
  const line = [...answer.querySelectorAll('[data-tool]')].find((one) => one.dataset.tool === name && !one.dataset.ended);
  if (!line) return;
  line.dataset.ended = 'true';
  line.textContent = line.textContent.replace(/ …$/, state === 'failed' ? ': it failed' : `, ${Math.round(ms)} ms`);
}

// What was asked is put back, so that nobody has to write it again.
function fail(answer, error, field, message) {
  answer.classList.add('kept');
  const line = note(answer, [error?.message, error?.hint].filter(Boolean).join(' ') || 'That did not work.');
  line.className = 'bad';
  if (!field.value) field.value = message;
}

function note(answer, text) {
  const line = document.createElement('p');
  line.className = 'small muted';
  line.textContent = text;
  answer.append(line);
  return line;
}

function turn(role, name, text) {
  const item = document.createElement('li');
  item.className = `turn ${role}`;
  const head = document.createElement('p');
  head.className = 'small muted';
  const who = document.createElement('strong');
  who.textContent = name;
  head.append(who);
  const words = document.createElement('div');
  words.className = 'words';
  words.textContent = text;
  item.append(head, words);
  return item;
}

function busy(form, is) {
  // What this page shows as it comes in, it does not show a second time as somebody's words that wait for an answer.
  document.body.classList.toggle('sending', is);
  form.querySelector('.primary').disabled = is;
  form.querySelector('[data-stop]').hidden = !is;
}
