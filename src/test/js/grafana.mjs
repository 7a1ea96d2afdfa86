// Holds the dashboard against Grafana's own types, those of the version that the compose file runs: node grafana.mjs
// <dashboard>. Prints what is wrong, one a line: names that Grafana does not know, and values that it does not take.

import { readFileSync } from 'node:fs';
import ts from 'typescript';

const dashboard = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const source = 'dashboard.ts';
const problems = [];
/** Their options and fields are types of their own. */
const kinds = { stat: 'Stat', timeseries: 'TimeSeries' };
const lines = [`
import type { AnnotationQuery, Dashboard, DataQuery, FieldConfig, MatcherConfig, Panel, RowPanel } from '@grafana/schema';
${Object.entries(kinds).map(([type, kind]) =>
    `import type * as ${kind} from '@grafana/schema/dist/types/raw/composable/${type}/panelcfg/x/${kind}PanelCfg_types.gen.d.ts';`).join('\n')}
/** As JSON has it: the words of an enum. What Grafana has a default for may be left out. */
type Plain<T> = 0 extends 1 & T ? T : T extends string ? \`\${T}\` : T extends (infer E)[] ? Plain<E>[]
  : T extends object ? { [K in keyof T]?: Plain<T[K]> } : T;
/** Of its queries, Grafana's types know what they have in common; Prometheus' are a part of its data source. */
type Query = Pick<DataQuery, 'refId'> & { expr: string; legendFormat?: string; exemplar?: boolean };
/** What an override may change. */
type Option = Exclude<keyof FieldConfig, 'custom'> | \`custom.\${string & keyof TimeSeries.FieldConfig}\`;`];

function check(type, what, value) {
  lines.push(`export const v${lines.length}: ${type} = ${JSON.stringify(value)}; // ${what}`);
}

const { panels, annotations, ...head } = dashboard;
check("Plain<Omit<Dashboard, 'panels' | 'annotations'>>", 'the dashboard', head);
for (const { titleFormat, textFormat, target, ...annotation } of annotations.list) { // the formats are Prometheus' own
  check("Plain<Omit<AnnotationQuery, 'target'>>", annotation.name, annotation);
  check('Query', annotation.name, target);
}
for (const { options, fieldConfig, targets, type, ...panel } of panels) {
  if (type === 'row') {
    check('Plain<RowPanel>', panel.title, { ...panel, type });
  } else if (kinds[type] === undefined) {
    problems.push(`${panel.title}: ${type} is not among the panels that are looked at`);
  } else {
    const { defaults: { custom, ...defaults }, overrides } = fieldConfig;
    check("Plain<Omit<Panel, 'options' | 'fieldConfig' | 'targets'>>", panel.title, { ...panel, type });
    check(`Plain<${kinds[type]}.Options>`, panel.title, options);
    check("Plain<Omit<FieldConfig, 'custom'>>", panel.title, defaults);
    check(type === 'timeseries' ? 'Plain<TimeSeries.FieldConfig>' : 'undefined', panel.title, custom);
    check('Query[]', panel.title, targets);
    check(`{ matcher: Plain<MatcherConfig>; properties: { id: Option; value: unknown }[] }[]`, panel.title, overrides);
  }
}

const options = { module: ts.ModuleKind.NodeNext, strict: true, noEmit: true, skipLibCheck: true, types: [] };
const host = ts.createCompilerHost(options);
const getSourceFile = host.getSourceFile.bind(host);
host.getSourceFile = (name, ...more) =>
  name.endsWith(source) ? ts.createSourceFile(name, lines.join('\n'), ts.ScriptTarget.Latest) : getSourceFile(name, ...more);
const fileExists = host.fileExists.bind(host);
host.fileExists = (name) => name.endsWith(source) || fileExists(name);
const text = lines.join('\n').split('\n');
for (const { file, start, messageText } of ts.getPreEmitDiagnostics(ts.createProgram([source], options, host))) {
  const where = file ? text[file.getLineAndCharacterOfPosition(start).line].replace(/.*\/\/ /, '') : '';
  problems.push(`${where}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`);
}
console.log(problems.join('\n'));
