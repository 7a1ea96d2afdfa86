// The buttons: each makes a record and produces it through the real topic.

const comments = ['Wow!', 'Where was this?', 'I was there too.', 'More of these, please.'];
let made = 0;

/** What a backend would send. */
const kinds = {
  like: (tokens, actor) => event('like', tokens, 'post', { actor, post: { id: '42', title: 'Sunset' } }),
  comment: (tokens, actor) => event('comment', tokens, 'post', {
    actor, post: { id: '42', title: 'Sunset' }, comment: { id: String(++made), text: comments[made % comments.length] },
  }),
  follow: (tokens, actor) => event('follow', tokens, 'user', { actor }),
  original: (tokens) => ({ tokens, data: 'You shall not pass !!!' }),
  bad: (tokens) => ({ token: tokens[0], data: `It says token, not tokens. Number ${Date.now()}` }),
};

function event(type, tokens, entityType, data) {
  return { tokens, type, entityType, data, id: crypto.randomUUID?.() ?? String(Math.random()), occurredAt: new Date().toISOString() };
}

/** Returns what else can be produced: `burst(token, count)`, many events for one recipient in one go. */
export function producer(people, session, dead, books) {
  const recipients = document.getElementById('recipients');
  const line = document.getElementById('produced-note');

  recipients.append(...people.map((person, i) => {
    const chip = Object.assign(document.createElement('label'), { className: 'chip' });
    chip.append(Object.assign(document.createElement('input'), { type: 'checkbox', value: person, checked: i === 0 }), person);
    return chip;
  }));

  async function produce(kind) {
    const tokens = chosen();
    if (tokens.length === 0 && kind !== 'bad') {
      show('Choose at least one recipient.', '');
      return;
    }
    const event = kinds[kind](tokens, actor(tokens));
    const record = JSON.stringify(event);
    const started = performance.now();
    const answer = await post(kind === 'bad' ? 'page/records' : 'api', record);
    const took = Math.round(performance.now() - started);
    show(answer.responseCode === 0 ? `The broker has it, after ${took} ms.` : `Refused: ${answer.data}`, record);
    note(event, answer);
    if (kind === 'bad' && answer.responseCode === 0) {
      await dead.expect(record);
    }
  }

  /** An event with an id, for who is in this tab, goes into the books. */
  function note({ tokens, id }, answer) {
    if (answer.responseCode === 0 && id && tokens.includes(session.token())) {
      books.sent(id);
    }
  }

  /** The person in this tab; somebody else where that is the only recipient, as nobody likes their own post. */
  function actor(tokens) {
    const self = session.token();
    const name = self && tokens.some((token) => token !== self) ? self : people.find((person) => !tokens.includes(person)) ?? 'dora';
    return { id: name, name: name.charAt(0).toUpperCase() + name.slice(1) };
  }

  function chosen() {
    return [...recipients.querySelectorAll(':checked')].map((box) => box.value);
  }

  function show(words, record) {
    document.getElementById('produced').hidden = false;
    line.textContent = words;
    document.getElementById('produced-record').textContent = record;
    document.getElementById('produced-record').hidden = record === '';
  }

  document.getElementById('kinds').addEventListener('click', (click) => {
    const kind = click.target.closest('button')?.dataset.kind;
    if (kind) {
      produce(kind).catch((error) => show(`Not produced: ${error.message}`, ''));
    }
  });

  return {
    /** Resolves to the milliseconds until the broker had them all. */
    async burst(token, count) {
      const started = performance.now();
      const events = Array.from({ length: count }, () => kinds.like([token], actor([token])));
      const answer = await post('page/records', events.map((event) => JSON.stringify(event)).join('\n'), 'application/x-ndjson');
      if (answer.responseCode !== 0) {
        throw new Error(answer.data);
      }
      events.forEach((event) => note(event, answer));
      return Math.round(performance.now() - started);
    },
  };
}

async function post(path, body, type = 'application/json') {
  const response = await fetch(path, { method: 'POST', headers: { 'content-type': type }, body });
  return response.json();
}
