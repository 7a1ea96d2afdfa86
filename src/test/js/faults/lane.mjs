// One client's way through the network: a TCP address that leads to one node, as a balancer with sticky sessions does,
// and that can be cut the two ways that networks cut.

import { createServer, connect } from "node:net";

// How a cut looks:
//   silent - no byte comes through any more and nobody is told, as in a tunnel; both ends find out by their heartbeats
//   roamed - the client's own system tells it at once, as when it changes from Wi-Fi to mobile; the node hears nothing
export class Lane {
  #nodes;
  #at;
  #server;
  #pairs = new Set();
  #downUntil = 0;
  #how;
  #reaches = true;

  // Leads to the node of that index first.
  static open(nodes, at) {
    const lane = new Lane();
    lane.#nodes = nodes;
    lane.#at = at % nodes.length;
    lane.#server = createServer((client) => lane.#accept(client));
    return new Promise((opened) => lane.#server.listen(0, "127.0.0.1", () => opened(lane)));
  }

  get port() {
    return this.#server.address().port;
  }

  get node() {
    return this.#nodes[this.#at];
  }

  // Whether the newest connection was led to a node, and not into a cut.
  get reaches() {
    return this.#reaches;
  }

  // From here on new connections go to the next node.
  move() {
    this.#at = (this.#at + 1) % this.#nodes.length;
  }

  // Ends the use of all connections that there are, and lets no new one through for a time.
  cut(how, millis) {
    this.#how = how;
    this.#downUntil = Date.now() + millis;
    for (const pair of this.#pairs) {
      silence(pair);
      if (how === "roamed") {
        pair.client.resetAndDestroy();
      }
    }
  }

  // What happens to the connections of a page that is closed.
  hangUp() {
    for (const pair of this.#pairs) {
      pair.client.destroy();
    }
  }

  close() {
    this.#server.close();
    for (const pair of this.#pairs) {
      pair.client.destroy();
      pair.node?.destroy();
    }
  }

  #accept(client) {
    const pair = { client, node: undefined, silent: false };
    this.#pairs.add(pair);
    client.setNoDelay(true);
    client.on("error", () => {});
    client.on("close", () => {
      if (!pair.silent) {
        pair.node?.destroy();
      }
      this.#forget(pair);
    });
    const down = this.#downUntil - Date.now();
    this.#reaches = down <= 0;
    if (this.#reaches) {
      this.#dial(pair, this.#nodes.length);
    } else if (this.#how === "roamed") {
      client.resetAndDestroy();
    } else {
      setTimeout(() => this.#late(pair), down);
    }
  }

  // TCP goes on trying, and gets through when it can.
  #late(pair) {
    this.#reaches = true;
    if (!pair.client.destroyed && !pair.silent) {
      this.#dial(pair, this.#nodes.length);
    }
  }

  // A node that refuses is left out, as a balancer would; if all do, so does the lane.
  #dial(pair, tries) {
    const node = connect({ port: this.node, host: "127.0.0.1", noDelay: true });
    let there = false;
    pair.node = node;
    node.on("connect", () => {
      there = true;
      if (!pair.silent) {
        pair.client.pipe(node);
        node.pipe(pair.client);
      }
    });
    node.on("error", () => {});
    node.on("close", () => {
      if (pair.silent) {
        return;
      }
      if (!there && tries > 1 && !pair.client.destroyed) {
        this.move();
        this.#dial(pair, tries - 1);
      } else {
        pair.client.resetAndDestroy();
      }
      this.#forget(pair);
    });
  }

  #forget(pair) {
    if (pair.client.destroyed && (pair.node?.destroyed ?? true)) {
      this.#pairs.delete(pair);
    }
  }
}

// Neither end is read any more, so neither learns of the other.
function silence(pair) {
  pair.silent = true;
  pair.client.unpipe();
  pair.node?.unpipe();
  pair.client.pause();
  pair.node?.pause();
}
