// What a form would lead to follows what is typed: form[data-preview] is posted to that address, and the part that data-part names is put in place of the one that is there.
// Without this module the button [data-preview-now] shows the whole page anew.

const pause = 250;
let timer = 0;
let asked = 0;

for (const kind of ['input', 'change']) {
  document.addEventListener(kind, (event) => {
    const form = event.target.closest?.('form[data-preview]');
    if (!form) return;
    clearTimeout(timer);
    timer = setTimeout(() => preview(form), pause);
  });
}

document.addEventListener('click', (event) => {
  const button = event.target.closest?.('[data-preview-now]');
  if (!button) return;
  event.preventDefault();
  preview(button.form);
});

// Leaving with words that were not saved asks first; the browser has the words for it.
addEventListener('beforeunload', (event) => {
  const changed = [...document.querySelectorAll('form[data-preview] textarea')].some((field) => field.value !== field.defaultValue && !field.form.dataset.sent);
  if (changed) event.preventDefault();
});
document.addEventListener('submit', (event) => {
  if (event.target.matches('form[data-preview]')) event.target.dataset.sent = 'true';
});

async function preview(form) {
  const number = ++asked;
  try {
    const response = await fetch(form.dataset.preview, { method: 'POST', body: new URLSearchParams(new FormData(form)), headers: { Accept: 'text/html', 'X-Vigil-Live': '1' } });
    if (number !== asked) return;
    const fresh = new DOMParser().parseFromString(await response.text(), 'text/html').getElementById(form.dataset.part);
    if (fresh) document.getElementById(form.dataset.part).replaceChildren(...document.adoptNode(fresh).childNodes);
  } catch {
    // The gateway is away: what is shown stays as it was, and the next key asks again.
  }
}
