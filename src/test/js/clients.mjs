// Runs the stock Socket.IO clients of three generations for the Java tests.
//
// In, one JSON object a line: {do, client, …}. Out, one a line: what happened to which client, in order of arrival.
//   open {generation, url, options, events}   -> {client, is: "connected", id} or {client, is: "refused", reason, data}
//   emit {event, args, ack}                   -> {client, is: "ack", ack, args}, if an ack number was given
//   connect | disconnect                      -> the client's own call
//   kill                                      -> the TCP connection is cut without a word
// Unasked: {client, is: "event", event, args}, {client, is: "disconnected", reason}, {client, is: "error", reason}.
// The end of the input ends the process.

import { createInterface } from "node:readline";
import io2 from "socket.io-client-v2";
import { io as io3 } from "socket.io-client-v3";
import { io as io4 } from "socket.io-client-v4";

const generations = { 2: io2, 3: io3, 4: io4 };
const sockets = new Map();

function say(client, is, more) {
  process.stdout.write(JSON.stringify({ client, is, ...more }) + "\n");
}

function open({ client, generation, url, options, events }) {
  const socket = generations[generation](url, { ...options, forceNew: true });
  sockets.set(client, socket);
  socket.on("connect", () => say(client, "connected", { id: socket.id }));
  socket.on("connect_error", (error) => say(client, "refused", { reason: String(error?.message ?? error), data: error?.data }));
  socket.on("disconnect", (reason) => say(client, "disconnected", { reason }));
  for (const event of events) {
    socket.on(event, (...args) => say(client, "event", { event, args }));
  }
}

const deeds = {
  open,
  emit({ client, event, args, ack }) {
    const answer = ack === undefined ? [] : [(...args) => say(client, "ack", { ack, args })];
    sockets.get(client).emit(event, ...args, ...answer);
  },
  connect: ({ client }) => sockets.get(client).connect(),
  disconnect: ({ client }) => sockets.get(client).disconnect(),
  kill: ({ client }) => sockets.get(client).io.engine.transport.ws._socket.destroy(),
};

createInterface({ input: process.stdin })
  .on("line", (line) => {
    const order = JSON.parse(line);
    try {
      deeds[order.do](order);
    } catch (error) {
      say(order.client, "error", { reason: `${order.do}: ${error.stack}` });
    }
  })
  .on("close", () => process.exit(0));
