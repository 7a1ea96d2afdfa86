// The stock socket.io-client, and the line at the top that says how it is doing.

/* global io */

/** Connects at once; `onReady` is called after every connect, `onPush` for every push. */
export function connect({ socketPort, socketPath }) {
  const socket = io(`${location.protocol}//${location.hostname}:${socketPort}`, { path: socketPath });
  const line = document.getElementById('connection');
  const text = document.getElementById('connection-text');

  function show(state, words) {
    line.dataset.state = state;
    text.textContent = words;
  }

  socket.on('connect', () => {
    const engine = socket.io.engine;
    const connected = () => show('connected', `connected by ${engine.transport.name}, socket ${socket.id}`);
    engine.on('upgrade', connected);
    connected();
  });
  socket.on('disconnect', (reason) => show('disconnected', `disconnected: ${reason}`));
  socket.on('connect_error', (error) => show('disconnected', `not connected: ${error.message}`));

  // How far this tab is, and whose it was then: it gets what it has missed, whatever it was that broke.
  let cursor;
  let owner;
  socket.on('receive_message', (push, reached) => {
    cursor = reached;
    if (socket.connected) { // not volatile, which leaves out what comes while a poll is on its way
      socket.emit('message_received', reached);
    }
  });
  socket.on('cursor', (reached) => { cursor = reached; });

  return {
    onReady: (ready) => (socket.connected ? ready() : undefined, socket.on('connect', ready)),
    onPush: (push) => socket.on('receive_message', push),
    onResync: (resync) => socket.on('resync_required', resync),
    /** Resolves to the bridge's answer: {ok: true, ...} or {ok: false, error}. */
    login(tokenId) {
      const since = tokenId === owner ? cursor : undefined;
      owner = tokenId;
      return socket.timeout(5000).emitWithAck('user_login', { tokenId, userId: tokenId, socketId: socket.id, cursor: since });
    },
    logout: () => socket.timeout(5000).emitWithAck('user_logout', {}),
    isUp: () => socket.connected,
    id: () => socket.id,
    /** What a bad network does: the connection is gone, and the client notices and comes back by itself. */
    cut: () => socket.io.engine.close(),
    pause: () => socket.disconnect(),
    goOn: () => socket.connect(),
  };
}
