// Compiles typed.ts and the examples of schemas/ against the package for browsers: node types.mjs <package> <schemas>.
// Prints what the compiler complains of: nothing, if the types are those of the schemas.

import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import ts from 'typescript';

const [client, schemas] = process.argv.slice(2).map((path) => resolve(path));
const known = readdirSync(join(schemas, 'data')).map((name) => name.replace('.schema.json', ''));
/** Wrong by a length, of which no type knows. */
const beyondTypes = 'schema--comment-without-text.json';
const lines = ["import type { DataByType } from 'push-bridge-client';"];

/** The data of an example, as its type must take it, or must not. */
function example(folder, name, expectation) {
  const record = JSON.parse(readFileSync(join(schemas, 'examples', folder, name), 'utf8'));
  if (known.includes(record.type)) {
    lines.push(...expectation, `export const e${lines.length}: DataByType['${record.type}'] = ${JSON.stringify(record.data ?? {})};`);
  }
}
readdirSync(join(schemas, 'examples', 'valid')).forEach((name) => example('valid', name, []));
readdirSync(join(schemas, 'examples', 'invalid'))
  .filter((name) => name.startsWith('schema--') && name !== beyondTypes)
  .forEach((name) => example('invalid', name, [`// @ts-expect-error ${name}`]));

const examples = 'examples.ts';
const options = {
  module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler, target: ts.ScriptTarget.ES2022,
  lib: ['lib.es2022.d.ts', 'lib.dom.d.ts'], strict: true, noEmit: true, skipLibCheck: false, types: [],
  paths: { 'push-bridge-client': [join(client, 'push-bridge.d.ts')], 'socket.io-client': [resolve('node_modules/socket.io-client-v4')] },
};
const host = ts.createCompilerHost(options);
const getSourceFile = host.getSourceFile.bind(host);
host.getSourceFile = (name, ...more) =>
  name.endsWith(examples) ? ts.createSourceFile(name, lines.join('\n'), ts.ScriptTarget.Latest) : getSourceFile(name, ...more);
const fileExists = host.fileExists.bind(host);
host.fileExists = (name) => name.endsWith(examples) || fileExists(name);
for (const { file, start, messageText } of ts.getPreEmitDiagnostics(ts.createProgram(['typed.ts', examples], options, host))) {
  const line = file ? `${file.fileName}:${file.getLineAndCharacterOfPosition(start).line + 1}: ` : '';
  console.log(line + ts.flattenDiagnosticMessageText(messageText, ' '));
}
