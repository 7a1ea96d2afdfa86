// Runs a crowd of stock clients for the fault suite, each behind a lane of its own, and writes down what each one saw.
//
// In, one JSON object a line: {ask, do, …}. Out, one a line for each: {ask, …} with the answer, or {ask, error}.
//   open {nodes, visitors: [{token, login, transports}], comesBack}   -> {} once their lanes are there
//        login: "event" (user_login on every connect, as the original's page), "auth" (in the handshake, with the cursor as it
//        is then) or "both" (as the helper for browsers does it)
//        comesBack: "same" node or "next" node, after a lost connection
//   status                          -> {visitors, loggedIn, ended, quietMillis, onNode: {port: visitors}, refusal}
//   cut {how, millis, each}         -> every each-th visitor's lane is cut once
//   storm {how, millis, every}      -> every lane is cut again and again, at its own random pace around `every`; calm ends it
//   calm | reload {each} | linger   -> linger: nobody moves or is cut any more
//   report                          -> {visitors: [{token, received: [partition, number, …], returns, cuts, resyncs: [at, …], dismissed}]}
// A return is one way back after a lost connection or a closed page: {away, recovered, missed, replay}, with times in
// milliseconds. `missed` counts the events that were sent before the new connection was open and came through it; `replay`
// is the time from there to the last of them. The end of the input ends the process.

import { createInterface } from "node:readline";
import { io } from "socket.io-client-v4";
import { Lane } from "./lane.mjs";

const nothing = () => ({ missed: 0, replay: 0 });
const now = () => performance.timeOrigin + performance.now();

class Visitor {
  received = [];
  returns = [];
  cuts = 0;
  resyncs = [];
  dismissed = 0;
  refusal;
  loggedIn = false;
  ended = new Set();
  lastAt = now();
  #lane;
  #socket;
  #cursor;
  #resumes = false;
  #comesBack;
  #leftAt;
  #openAt;
  #return = nothing();
  // What comes between the opening of a connection and the answer to its login belongs to the same return.
  #early = nothing();
  #storm;

  constructor({ token, login, transports }, lane, comesBack) {
    Object.assign(this, { token, login, transports });
    this.#lane = lane;
    this.#comesBack = comesBack;
  }

  get node() {
    return this.#lane.node;
  }

  // A page that is opened again says with its login how far the one before came: where it logs in by an event, until that is
  // agreed, and after that the client's own offset counts.
  open() {
    this.#resumes = this.#cursor !== undefined;
    const login = () => ({ tokenId: this.token, userId: "1", ...(this.#cursor && { cursor: this.#cursor }) });
    const auth = this.login === "event" ? undefined : (show) => show(login());
    const socket = io(`http://127.0.0.1:${this.#lane.port}`, {
      forceNew: true,
      transports: this.transports,
      reconnectionDelay: 100,
      reconnectionDelayMax: 1000,
      timeout: 3000,
      auth,
    });
    this.#socket = socket;
    // Of a page that is gone nobody sees anything.
    const listen = (emitter, event, listener) =>
      emitter.on(event, (...args) => socket === this.#socket && listener(...args));
    listen(socket.io, "open", () => (this.#openAt = now()));
    listen(socket, "connect", () => {
      if (this.login === "auth") {
        this.#in(socket.recovered);
      } else {
        const said = this.#resumes || auth ? login() : { tokenId: this.token, userId: "1" };
        socket.emit("user_login", said, (answer) => socket === this.#socket && this.#answered(answer));
      }
    });
    listen(socket, "cursor", (cursor) => this.#remember(cursor));
    listen(socket, "disconnect", (reason) => this.#lost(reason));
    listen(socket, "connect_error", () => this.#lane.reaches && this.#lane.move());
    listen(socket, "receive_message", (event, ...more) => this.#event(event.data, more.at(-1)));
    listen(socket, "resync_required", () => this.resyncs.push(now()));
  }

  #answered(answer) {
    if (!answer.ok) {
      this.refusal = answer.error;
    } else if (this.#socket.connected) {
      this.#resumes = false;
      this.#remember(answer.cursor);
      this.#in(this.#socket.recovered || answer.recovered === true);
    }
  }

  #in(recovered) {
    this.loggedIn = true;
    if (this.#leftAt !== undefined) {
      this.#return = { away: now() - this.#leftAt, recovered, ...this.#early };
      this.returns.push(this.#return);
      this.#leftAt = undefined;
    }
  }

  #lost(reason) {
    this.#leave();
    this.dismissed += reason === "io server disconnect" ? 1 : 0;
  }

  #leave() {
    this.loggedIn = false;
    this.#leftAt ??= now();
    this.#early = nothing();
    if (this.#comesBack === "next") {
      this.#lane.move();
    }
  }

  #event({ p, n, at, end }, cursor) {
    this.lastAt = now();
    this.#remember(cursor);
    this.received.push(p, n);
    if (end) {
      this.ended.add(p);
    }
    if (at < this.#openAt) {
      const sum = this.#leftAt === undefined ? this.#return : this.#early;
      sum.missed++;
      sum.replay = this.lastAt - this.#openAt;
    }
  }

  #remember(cursor) {
    if (typeof cursor === "string") {
      this.#cursor = cursor;
    }
  }

  cut(how, millis) {
    this.cuts++;
    this.#lane.cut(how, millis);
  }

  storm(how, millis, every) {
    const pause = every * (0.7 + 0.6 * Math.random());
    this.#storm = setTimeout(() => {
      this.cut(how, millis);
      this.storm(how, millis, every);
    }, pause);
  }

  calm() {
    clearTimeout(this.#storm);
  }

  linger() {
    this.calm();
    this.#comesBack = "same";
  }

  // The page is closed without a goodbye, and a new one, which has only the cursor that the old one stored, is opened.
  reload() {
    this.cuts++;
    const page = this.#socket;
    this.#socket = undefined;
    this.#lane.hangUp();
    page.disconnect();
    this.#leave();
    this.open();
  }

  get seen() {
    const { token, received, returns, cuts, resyncs, dismissed } = this;
    return { token, received, returns, cuts, resyncs, dismissed };
  }
}

let visitors = [];

const every = (each) => visitors.filter((_, index) => index % each === 0);

function perNode() {
  const count = {};
  for (const visitor of visitors.filter((each) => each.loggedIn)) {
    count[visitor.node] = (count[visitor.node] ?? 0) + 1;
  }
  return count;
}

const deeds = {
  async open({ nodes, visitors: wanted, comesBack }) {
    const lanes = await Promise.all(wanted.map((_, index) => Lane.open(nodes, index)));
    visitors = wanted.map((each, index) => new Visitor(each, lanes[index], comesBack));
    visitors.forEach((visitor) => visitor.open());
  },
  status: ({ partitions }) => ({
    visitors: visitors.length,
    loggedIn: visitors.filter((each) => each.loggedIn).length,
    ended: visitors.filter((each) => each.ended.size === partitions).length,
    quietMillis: Math.round(now() - Math.max(0, ...visitors.map((each) => each.lastAt))),
    onNode: perNode(),
    refusal: visitors.find((each) => each.refusal)?.refusal,
  }),
  cut: ({ how, millis, each }) => every(each).forEach((visitor) => visitor.cut(how, millis)),
  storm: ({ how, millis, every }) => visitors.forEach((visitor) => visitor.storm(how, millis, every)),
  calm: () => visitors.forEach((visitor) => visitor.calm()),
  linger: () => visitors.forEach((visitor) => visitor.linger()),
  reload: ({ each }) => every(each).forEach((visitor) => visitor.reload()),
  report: () => ({ visitors: visitors.map((each) => each.seen) }),
};

createInterface({ input: process.stdin })
  .on("line", async (line) => {
    const { ask, do: deed, ...order } = JSON.parse(line);
    try {
      process.stdout.write(JSON.stringify({ ask, ...(await deeds[deed](order)) }) + "\n");
    } catch (error) {
      process.stdout.write(JSON.stringify({ ask, error: error.stack }) + "\n");
    }
  })
  .on("close", () => process.exit(0));
