// The helper's own types; behind those of the events in push-bridge.d.ts.

/** What is known of a push beside itself. */
export interface Known {
  /** Its name in this helper: its `id`, or else its cursor, which is another one on each node. Give your records ids. */
  key: string;
  /** Whether it was read here or in another tab, as far as the last 200 tell. */
  read: boolean;
}

export interface Handlers {
  /** Every push, in every tab. After a reload, what came meanwhile comes first. */
  message?(push: Push, known: Known): void;
  /** Every push once per person and browser, in the tab that was looked at last. */
  toast?(push: Push, known: Known): void;
  /** A push was read, here or in another tab. */
  read?(key: string): void;
  /** The absence was longer than the bridge can replay: fetch what there is from your own backend. */
  resync?(why: ResyncRequired): void;
  /** The bridge's answer to a login. */
  answer?(answer: Ack): void;
}

export interface PushBridge {
  /** Tells this tab's handlers and the other tabs that a push was read. */
  read(key: string): void;
  /** Stops listening; the socket stays as it is, without a cursor in its `auth`. */
  close(): void;
}

/**
 * Logs in, now and after every connect, and hands out what is pushed. The login is read at every connect, so that a fresh
 * token can be put into it. A socket that logs in by its `auth` shows its cursor there too, if it is not connected yet: an
 * object has it as one more property, and a function's answer too. Both stay yours, to change or to replace.
 *
 * The cursor is kept in sessionStorage, what was shown and read in localStorage, both under `push-bridge:` and the login's
 * `userId`, or else its `tokenId`: give a `userId` where the token is a secret or changes.
 */
export function pushBridge(socket: Socket<any, any>, login: UserLogin, handlers?: Handlers): PushBridge;
