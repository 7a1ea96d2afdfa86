// A node of stock Socket.IO, to compare with: node stock.mjs PORT PING_INTERVAL PING_TIMEOUT [recovery]
//
// It gets every event over its standard input, one JSON object a line, {tokens, entityType, data}, and so loses none on the
// way in. It does for a token what the original push server did, with rooms. With `recovery` it has Socket.IO's own
// connection state recovery, which is in the node's memory. The end of the input, or SIGTERM, ends it.

import { createInterface } from "node:readline";
import { Server } from "socket.io";

const [port, pingInterval, pingTimeout, recovery] = process.argv.slice(2);

const io = new Server(Number(port), {
  pingInterval: Number(pingInterval),
  pingTimeout: Number(pingTimeout),
  ...(recovery && { connectionStateRecovery: { maxDisconnectionDuration: 120_000 } }),
});

io.on("connection", (socket) => {
  const login = (tokenId) => socket.join(`token ${tokenId}`);
  const { tokenId } = socket.handshake.auth;
  if (tokenId !== undefined) {
    login(tokenId);
  }
  socket.on("user_login", (user, answer) => {
    login(user.tokenId);
    answer?.({ ok: true });
  });
});

createInterface({ input: process.stdin })
  .on("line", (line) => {
    const { tokens, entityType, data } = JSON.parse(line);
    io.to(tokens.map((token) => `token ${token}`)).emit("receive_message", { entityType, data });
  })
  .on("close", () => process.exit(0));

process.on("SIGTERM", () => io.close(() => process.exit(0)));
