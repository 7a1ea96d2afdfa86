// A helper over the stock socket.io-client. Nothing here is needed: emit user_login, listen to receive_message, and all of
// it works. This keeps the cursor over page reloads, shows a toast in one tab only, and tells the other tabs what was read.

const REMEMBERED = 200;

/**
 * Logs the socket in, now and after every connect, and hands out what is pushed. The types tell the rest: push-bridge.d.ts.
 */
export function pushBridge(socket, login, { message, toast, read, resync, answer } = {}) {
  const name = `push-bridge:${login.userId ?? login.tokenId}`;
  const channel = new BroadcastChannel(name);
  const leadership = lead(name);

  // What this person was shown (1) or has read (2), by key, the oldest first; common to all tabs, also to those to come.
  const known = () => new Map(JSON.parse(localStorage.getItem(name) ?? '[]'));
  const note = (key, state) => {
    const all = known();
    const latest = Math.max(all.get(key) ?? 0, state);
    all.delete(key);
    localStorage.setItem(name, JSON.stringify([...all.set(key, latest)].slice(-REMEMBERED)));
  };
  const keep = (cursor) => typeof cursor === 'string' && sessionStorage.setItem(name, cursor);
  const shown = (fields) => {
    const cursor = sessionStorage.getItem(name);
    return cursor === null ? fields : { ...fields, cursor };
  };

  // Who logs in with the connect has to say there where it is: later is behind what has come by then.
  const hide = showIn(socket, shown);

  function logIn() {
    socket.emit('user_login', shown(login), (said) => {
      keep(said.cursor);
      answer?.(said);
    });
  }

  function pushed(push, cursor) {
    const key = push.id ?? cursor;
    const state = known().get(key) ?? 0;
    message?.(push, { key, read: state === 2 });
    if (state === 0 && leadership.isOurs()) {
      note(key, 1);
      toast?.(push, { key, read: false });
    }
    keep(cursor); // last: what a handler threw at comes again after a reload
  }

  const listeners = {
    connect: logIn,
    receive_message: pushed,
    cursor: keep, // how far it is when nothing is pushed
    resync_required: (why) => resync?.(why),
  };
  Object.entries(listeners).forEach(([event, listener]) => socket.on(event, listener));
  channel.onmessage = ({ data }) => read?.(data);
  if (socket.connected) logIn();

  return {
    read(key) {
      note(key, 2);
      channel.postMessage(key);
      read?.(key);
    },
    close() {
      Object.entries(listeners).forEach(([event, listener]) => socket.off(event, listener));
      channel.close();
      hide();
      leadership.end();
    },
  };
}

/** Shows the cursor in the socket's auth, which the page may change and replace as ever. Returns what undoes that. */
function showIn(socket, shown) {
  let auth;
  let seen; // what the page finds there
  const define = (target, name, get, set) =>
    Object.defineProperty(target, name, { get, set, configurable: true, enumerable: true });
  const hide = () => auth && delete auth.cursor;
  const take = (given) => {
    if (given === seen) return;
    hide();
    auth = seen = Object.isExtensible(given) ? given : given && { ...given };
    if (typeof given === 'function') {
      seen = (show) => given((fields) => show(shown(fields)));
    } else if (auth) {
      let { cursor } = auth; // the page's own, for as long as there is none
      define(auth, 'cursor', () => shown({ cursor }).cursor, (own) => { cursor = own; });
    }
  };
  take(socket.auth);
  define(socket, 'auth', () => seen, take);
  return () => {
    hide();
    Object.defineProperty(socket, 'auth', { value: auth, writable: true });
  };
}

/**
 * One tab leads: the one that was looked at last. A Web Lock says which, and passes on by itself when a tab goes. Without
 * locks, which browsers keep for https and localhost, every tab that can be seen leads.
 */
function lead(name) {
  if (!navigator.locks) {
    return { isOurs: () => document.visibilityState === 'visible', end() {} };
  }
  let ours = false;
  let waiting = new AbortController();
  let release = () => {};

  function ask(steal) {
    waiting.abort();
    const { signal } = (waiting = new AbortController());
    navigator.locks
      .request(name, steal ? { steal } : { signal }, () => {
        ours = true;
        return new Promise((free) => { release = free; });
      })
      .catch(() => { // another tab is looked at, or we ask anew
        if (!signal.aborted) {
          ours = false;
          ask(false);
        }
      });
  }

  const looked = () => ours || ask(true);
  addEventListener('focus', looked);
  ask(document.hasFocus());
  return {
    isOurs: () => ours,
    end() {
      removeEventListener('focus', looked);
      waiting.abort();
      release();
      ours = false;
    },
  };
}
