// Holds Kubernetes objects against the schemas of Kubernetes' API: node kubernetes.mjs < objects.json, an array. Prints
// what is wrong, one a line: first by the schemas, which know values, then by their types, which know every name.

import { readFileSync } from 'node:fs';
import ts from 'typescript';

const objects = JSON.parse(readFileSync(0, 'utf8'));
const source = 'objects.ts';
const problems = [];
let text = '';

for (const [i, object] of objects.entries()) {
  const module = `kubernetes-models/${object.apiVersion}`;
  const model = (await import(module))[object.kind];
  if (model === undefined) {
    problems.push(`${object.apiVersion} ${object.kind}: no such kind`);
    continue;
  }
  try {
    new model(object).validate();
  } catch (error) {
    problems.push(`${object.kind}: ${error.message}`);
  }
  text += `import type { I${object.kind} as T${i} } from '${module}';\n`
    + `export const o${i}: T${i} = ${JSON.stringify(object, null, 2)};\n`;
}

const options = { module: ts.ModuleKind.NodeNext, strict: true, noEmit: true, skipLibCheck: true, types: [] };
const host = ts.createCompilerHost(options);
const getSourceFile = host.getSourceFile.bind(host);
host.getSourceFile = (name, ...more) =>
  name.endsWith(source) ? ts.createSourceFile(name, text, ts.ScriptTarget.Latest) : getSourceFile(name, ...more);
const fileExists = host.fileExists.bind(host);
host.fileExists = (name) => name.endsWith(source) || fileExists(name);
for (const diagnostic of ts.getPreEmitDiagnostics(ts.createProgram([source], options, host))) {
  problems.push(ts.flattenDiagnosticMessageText(diagnostic.messageText, ' '));
}
console.log(problems.join('\n'));
