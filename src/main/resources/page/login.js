// Who is in this tab. The token is kept in the address, so that a reload and a link both log in.

export function login(connection, people, books) {
  const input = document.getElementById('token');
  const note = document.getElementById('login-note');
  const logOut = document.getElementById('log-out');
  let token = new URLSearchParams(location.search).get('token') ?? '';

  function show(words, wrong = '') {
    note.textContent = wrong || words;
    note.classList.toggle('wrong', wrong !== '');
    logOut.hidden = token === '';
    document.title = token === '' ? 'push-bridge' : `${token} · push-bridge`;
    for (const chip of document.querySelectorAll('#people .chip')) {
      chip.setAttribute('aria-pressed', String(chip.textContent === token));
    }
    history.replaceState(null, '', token === '' ? location.pathname : addressOf(token));
  }

  async function logIn(as) {
    try {
      const answer = await connection.login(as);
      if (!answer.ok) {
        throw new Error(answer.error);
      }
      token = as;
      books.loggedIn(as, answer);
      input.value = people.includes(as) ? '' : as;
      show(`Logged in as ${as}${answer.sessions > 1 ? `, in ${answer.sessions} tabs and devices` : ''}.`);
    } catch (error) {
      show('', `Not logged in: ${error.message}`);
    }
  }

  document.getElementById('people').append(...people.map((person) => {
    const chip = Object.assign(document.createElement('button'), { type: 'button', className: 'chip', textContent: person });
    chip.addEventListener('click', () => logIn(person));
    return chip;
  }));
  document.getElementById('tabs').append(...people.flatMap((person, i) => {
    const link = Object.assign(document.createElement('a'), { href: addressOf(person), target: '_blank', textContent: person });
    return i === 0 ? [link] : [i === people.length - 1 ? ' or ' : ', ', link];
  }), '.');
  document.getElementById('login').addEventListener('submit', (event) => {
    event.preventDefault();
    logIn(input.value);
  });
  logOut.addEventListener('click', async () => {
    try {
      await connection.logout();
      token = '';
      books.loggedOut();
      show('Logged out. The connection stays.');
    } catch (error) {
      show('', `Not logged out: ${error.message}`);
    }
  });
  connection.onReady(() => token === '' ? show('Not logged in: nothing is pushed to this tab.') : logIn(token));

  return { token: () => token };
}

function addressOf(token) {
  return `${location.pathname}?token=${encodeURIComponent(token)}`;
}
