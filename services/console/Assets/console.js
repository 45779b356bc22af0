// What lives on a page that works without it: times in the reader's zone, buttons that copy, the stream of requests.

const pad = number => String(number).padStart(2, '0');

// In the reader's own zone, as wide as before; what the server has drawn (UTC) is in the title.
function localize(root) {
  for (const time of root.querySelectorAll('time[datetime]')) {
    const at = new Date(time.dateTime);
    if (Number.isNaN(at.getTime())) continue;
    time.textContent = `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())} ${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}`;
  }
}

async function copy(button) {
  const text = button.parentElement.querySelector('pre').textContent;
  const label = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = 'Copied';
  } catch {
    // Pages that came without TLS from elsewhere have no clipboard: what is to be copied is selected.
    getSelection().selectAllChildren(button.parentElement.querySelector('pre'));
    button.textContent = 'Press Ctrl+C';
  }
  setTimeout(() => { button.textContent = label; }, 2000);
}

// New rows come drawn from the console; a row is text, whatever names are in it.
function live(body) {
  const most = Number(body.dataset.liveMost);
  const state = document.querySelector('[data-live-state]');
  const said = state.textContent;
  const stream = new EventSource(body.dataset.live);
  stream.onopen = () => { state.textContent = said; };
  stream.onerror = () => {
    state.textContent = stream.readyState === EventSource.CLOSED
      ? 'The stream has ended. Load the page again to go on.'
      : 'The connection is interrupted; it is tried again.';
  };
  stream.onmessage = event => {
    const template = document.createElement('template');
    template.innerHTML = event.data;
    const row = template.content.firstElementChild;
    localize(row);
    row.classList.add('fresh');
    body.prepend(row);
    while (body.children.length > most) body.lastElementChild.remove();
    document.querySelector('[data-live-empty]').hidden = true;
  };
}

for (const body of document.querySelectorAll('[data-live]')) live(body);

for (const button of document.querySelectorAll('[data-copy]')) {
  button.hidden = false;
  button.addEventListener('click', () => copy(button));
}

// A request to the gateway itself, whose answer is shown as it comes; without this the page's own form sends it, and shows it whole.
async function send(form) {
  const answer = document.querySelector('[data-answer]');
  const usage = document.querySelector('[data-usage]');
  const button = form.querySelector('button');
  const field = name => form.elements[name].value;
  answer.textContent = '';
  usage.textContent = '';
  button.disabled = true;
  try {
    const response = await fetch('/v1/messages', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'anthropic-version': '2023-06-01', 'x-api-key': field('key').trim() },
      body: JSON.stringify({
        model: field('model').trim(), max_tokens: Number(field('tokens')), stream: true, messages: [{ role: 'user', content: field('message') }],
      }),
    });
    if (!response.ok) {
      usage.textContent = (await response.json()).error?.message ?? `The gateway answered ${response.status}`;
      return;
    }
    const counted = {};
    let rest = '';
    for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
      const events = (rest + text).split('\n\n');
      rest = events.pop();
      for (const event of events) {
        const data = event.split('\n').find(line => line.startsWith('data:'));
        if (data) show(JSON.parse(data.slice(5)), answer, counted);
      }
    }
    usage.textContent = counted.error ?? `${counted.input_tokens ?? 0} tokens in, ${counted.output_tokens ?? 0} out`;
  } catch (error) {
    usage.textContent = `The answer broke off: ${error.message}`;
  } finally {
    button.disabled = false;
  }
}

function show(event, answer, counted) {
  if (event.type === 'content_block_delta') answer.textContent += event.delta.text ?? '';
  if (event.type === 'error') counted.error = event.error.message;
  Object.assign(counted, event.message?.usage, event.usage);
}

for (const form of document.querySelectorAll('[data-try]')) {
  form.addEventListener('submit', event => {
    event.preventDefault();
    send(form);
  });
}

localize(document);
