// Puts the package for browsers together: node types.mjs <schemas> <client> <target>. What is in client goes to target as it
// is, and beside it push-bridge.d.ts: the types of what browsers send and get, from the schemas, and those of the helper.

import { cpSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { load } from 'js-yaml';
import { compile } from 'json-schema-to-typescript';

const [schemas, client, target] = process.argv.slice(2);
const { messages } = load(readFileSync(join(schemas, 'asyncapi.yaml'), 'utf8')).components;

/** One exported interface. Of a property that the schema leaves open, TypeScript may not know anything either. */
function interfaceOf({ $schema, title, ...schema }, name) {
  const properties = Object.fromEntries(Object.entries(schema.properties)
    .map(([key, property]) => [key, property.type ? property : { ...property, tsType: 'unknown' }]));
  return compile({ ...schema, properties }, name, { bannerComment: '' });
}

const closed = (schema, changes) => ({ ...schema, ...changes, additionalProperties: false });
const types = readdirSync(join(schemas, 'data')).map((name) => basename(name, '.schema.json')).sort();
const nameOf = (type) => type.replace(/(?:^|[._-])([a-z0-9])/g, (_, first) => first.toUpperCase());
const { type, data, ...fields } = messages.receiveMessage.payload.properties;

const parts = [
  `// Generated from schemas/: what browsers send to push-bridge and get from it.

import type { Socket } from 'socket.io-client';
`,
  ...await Promise.all(types.map((name) =>
    interfaceOf(JSON.parse(readFileSync(join(schemas, 'data', `${name}.schema.json`), 'utf8')), nameOf(name)))),
  `/**
 * What data is, by type. Add your own types to it:
 * \`declare module 'push-bridge-client' { interface DataByType { share: { url: string } } }\`
 */
export interface DataByType {
${types.map((name) => `  ${name}: ${nameOf(name)};`).join('\n')}
}
`,
  await interfaceOf(closed(messages.receiveMessage.payload, { required: ['entityType'], properties: fields }), 'Envelope'),
  `/** What receive_message brings: where its type is known, so is its data. */
export type Push = PushOf<keyof DataByType> | (Envelope & { type?: undefined; data: unknown });

/** A push of one type. */
export type PushOf<T extends keyof DataByType> = T extends unknown ? Envelope & { type: T; data: DataByType[T] } : never;
`,
  await interfaceOf(closed(messages.userLogin.payload), 'UserLogin'),
  await interfaceOf(closed(messages.ack.payload), 'Ack'),
  await interfaceOf(closed(messages.resyncRequired.payload), 'ResyncRequired'),
  `/** For \`const socket: Socket<ServerToClient, ClientToServer> = io(…)\`. */
export interface ServerToClient {
  /** The cursor says how far this client has come; user_login takes it. */
  receive_message(push: Push, cursor: string): void;
  /** How far this client is when nothing is pushed. The client remembers it by itself. */
  cursor(cursor: string): void;
  /** The absence was longer than the bridge can replay: ask your own backend. */
  resync_required(why: ResyncRequired): void;
  /** Somebody else has connected (push.socket.new-user). */
  new_user(nobody: Record<string, never>): void;
}

export interface ClientToServer {
  user_login(login: UserLogin, answer?: (answer: Ack) => void): void;
  user_logout(nothing: unknown, answer?: (answer: Ack) => void): void;
}
`,
  readFileSync(join(client, 'helper.d.ts'), 'utf8').replace(/^\/\/.*\n\n/, ''),
];
rmSync(target, { recursive: true, force: true });
cpSync(client, target, { recursive: true });
rmSync(join(target, 'helper.d.ts'));
writeFileSync(join(target, 'push-bridge.d.ts'), parts.join('\n'));
