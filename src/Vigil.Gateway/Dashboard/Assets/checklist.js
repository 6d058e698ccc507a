// The plan beside the checklist follows what is typed: the text goes to the preview, and its plan is put in place. Without this module the button Preview does it.

const pause = 250;
let timer = 0;
let asked = 0;

document.addEventListener('input', (event) => {
  const form = event.target.closest?.('form[data-checklist]');
  if (!form || event.target.name !== 'text') return;
  clearTimeout(timer);
  timer = setTimeout(() => preview(form), pause);
});

document.addEventListener('click', (event) => {
  const button = event.target.closest?.('[data-preview]');
  if (!button) return;
  event.preventDefault();
  preview(button.form);
});

// Leaving with words that were not saved asks first; the browser has the words for it.
addEventListener('beforeunload', (event) => {
  const field = document.querySelector('form[data-checklist] textarea');
  if (field && field.value !== field.defaultValue && !field.form.dataset.sent) event.preventDefault();
});
document.addEventListener('submit', (event) => {
  if (event.target.matches('form[data-checklist]')) event.target.dataset.sent = 'true';
});

async function preview(form) {
  const number = ++asked;
  try {
    const response = await fetch(form.dataset.checklist, { method: 'POST', body: new URLSearchParams(new FormData(form)), headers: { Accept: 'text/html', 'X-Vigil-Live': '1' } });
    if (number !== asked) return;
    const fresh = new DOMParser().parseFromString(await response.text(), 'text/html');
    const plan = fresh.getElementById('plan');
    if (plan) document.getElementById('plan').replaceChildren(...document.adoptNode(plan).childNodes);
  } catch {
    // The gateway is away: the plan stays as it was, and the next key asks again.
  }
}
