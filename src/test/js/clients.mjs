// Runs the stock Socket.IO clients of three generations for the Java tests.
//
// In, one JSON object a line: {do, client, …}. Out, one a line: what happened to which client, in order of arrival.
//   open {generation, url, options, events}   -> {client, is: "connected", id, recovered} at each connect, or
//                                                {client, is: "refused", reason, data}. With options.login, a user_login
//                                                follows each connect -> {client, is: "login", answer}
//   emit {event, args, ack}                   -> {client, is: "ack", ack, args}, if an ack number was given
//   disconnect                                -> the client's own call
//   kill                                      -> the TCP connections are cut without a word
// Unasked: {client, is: "event", event, args}, {client, is: "cursor", cursor}, {client, is: "on WebSocket", extensions} after an upgrade or from the start,
// {client, is: "disconnected", reason}, {client, is: "error", reason}. An event with an ack gets its arguments back.
// Bytes are what JSON makes of a Buffer. The end of the input ends the process.

import http from "node:http";
import https from "node:https";
import { createInterface } from "node:readline";
import io2 from "socket.io-client-v2";
import { io as io3 } from "socket.io-client-v3";
import { io as io4 } from "socket.io-client-v4";

const generations = { 2: io2, 3: io3, 4: io4 };
const clients = new Map();
/** A port where nobody listens. */
const NOBODY = 1;

/** The connections of one client, to cut them; none gets through from then on until the client knows. */
const wires = (Agent) => class extends Agent {
  open = new Set();
  isCut = false;

  constructor() {
    super({ keepAlive: true });
  }

  createConnection(options, ...rest) {
    const wire = super.createConnection(this.isCut ? { ...options, port: NOBODY } : options, ...rest);
    this.open.add(wire);
    wire.on("close", () => this.open.delete(wire));
    return wire;
  }

  cut() {
    this.isCut = true;
    this.open.forEach((wire) => wire.destroy());
  }

  /** Closes what is idle, and what is in use when it is done. */
  release() {
    this.isCut = false;
    this.keepAlive = false;
    Object.values(this.freeSockets).flat().forEach((wire) => wire.destroy());
  }
};

const Wires = { "http:": wires(http.Agent), "https:": wires(https.Agent) };

function say(client, is, more) {
  process.stdout.write(JSON.stringify({ client, is, ...more }) + "\n");
}

function open({ client, generation, url, options, events }) {
  const wires = new Wires[new URL(url).protocol]();
  const query = generation === 2 ? options.auth : undefined; // all that 2.x has
  const { login, ...own } = options;
  const socket = generations[generation](url, { ...own, query, agent: wires, forceNew: true });
  clients.set(client, { socket, wires });
  socket.on("connect", () => {
    say(client, "connected", { id: socket.id, recovered: socket.recovered });
    if (login) {
      socket.emit("user_login", login, (answer) => say(client, "login", { answer }));
    }
    const { engine } = socket.io;
    const onWebSocket = () => say(client, "on WebSocket", { extensions: engine.transport.ws.extensions });
    engine.transport.name === "websocket" ? onWebSocket() : engine.once("upgrade", onWebSocket);
  });
  const refused = (error) => say(client, "refused", { reason: String(error?.message ?? error), data: error?.data });
  socket.on("connect_error", refused);
  socket.on("error", refused); // what 2.x says where later ones say connect_error
  socket.on("disconnect", (reason) => {
    wires.release();
    say(client, "disconnected", { reason });
  });
  socket.on("cursor", (cursor) => say(client, "cursor", { cursor }));
  for (const event of events) {
    socket.on(event, (...args) => {
      if (typeof args.at(-1) === "function") {
        args.pop()(...args);
      }
      say(client, "event", { event, args });
    });
  }
}

const deeds = {
  open,
  emit({ client, event, args, ack }) {
    const answer = ack === undefined ? [] : [(...args) => say(client, "ack", { ack, args })];
    clients.get(client).socket.emit(event, ...args, ...answer);
  },
  disconnect: ({ client }) => clients.get(client).socket.disconnect(),
  kill: ({ client }) => clients.get(client).wires.cut(),
};

const withBytes = (key, value) => (value?.type === "Buffer" ? Buffer.from(value.data) : value);

createInterface({ input: process.stdin })
  .on("line", (line) => {
    const order = JSON.parse(line, withBytes);
    try {
      deeds[order.do](order);
    } catch (error) {
      say(order.client, "error", { reason: `${order.do}: ${error.stack}` });
    }
  })
  .on("close", () => process.exit(0));
