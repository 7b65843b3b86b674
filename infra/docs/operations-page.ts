/** docs/operations.md: each operation, as Signet offers it and as the upstream knows it. */
import type { ResultField, ResultFields } from '../../lib/fields/result.ts';
import { outcomesOf } from '../../lib/openapi/outcomes.ts';
import { absentOn, mediaWords, profileNames, requestFieldSchema } from '../../lib/openapi/request-schema.ts';
import { isValue, mayBeMissing, resultFieldSchema } from '../../lib/openapi/result-schema.ts';
import { type Operation, verbAndPath } from '../../lib/operation.ts';
import { appIdNames, originOf, profiles } from '../../lib/profiles.ts';
import { evidenceOn, unproven } from './evidence.ts';
import { code, codes, page, schemaWords, table } from './markdown.ts';

function profileTable(operation: Operation): string {
  const { path } = verbAndPath(operation.upstream);
  const posts = operation.upstream.startsWith('POST ');
  return table(
    profileNames.map((name) => {
      const profile = profiles[name];
      return {
        profile: code(name),
        address: code(`${originOf(operation, profile)}${path}${posts && profile.orderNoInUrl ? '?orderNo=…' : ''}`),
        'app id as': codes(appIdNames(operation, profile)),
        'shown by': evidenceOn(operation, name),
      };
    }),
  );
}

/** What a request field becomes on the wire. */
function wireOf({ request, wire }: Operation, name: string): string {
  const field = request[name]!;
  const spelled = wire.alias && Object.hasOwn(wire.alias, name) ? wire.alias[name]! : field.wire;
  if (spelled === null) return 'not sent';
  if (field.kind === 'flag') return `${code(spelled)}: ${code('"1"')} when true`;
  if (field.kind !== 'choice') return code(spelled);
  return `${code(spelled)}: ${Object.entries(field.values)
    .map(([word, sent]) => code(`${word} → "${sent}"`))
    .join(', ')}`;
}

function requestRows(operation: Operation) {
  return Object.entries(operation.request).map(([name, field]) => {
    const absent = absentOn(operation, name);
    const required = profileNames.filter((profile) =>
      operation.wire.requires?.[profile]?.some((other) => other === name),
    );
    const type =
      field.kind === 'media' ? mediaWords(operation, name) : schemaWords(requestFieldSchema(operation, name));
    const notes = [
      absent.length > 0 ? `; not on ${absent.join(', ')}` : '',
      required.length > 0 ? `; on ${required.join(', ')} Signet fills one in when it is left out` : '',
    ];
    return {
      field: code(name),
      required: 'optional' in field ? 'no' : 'yes',
      type,
      meaning: field.meaning + notes.join(''),
      upstream: wireOf(operation, name),
    };
  });
}

function needsWords({ needs }: Operation): readonly string[] {
  const sets = needs?.oneOf?.map((set) => set.map(code).join(' with ')).join(', or ');
  const pairs = Object.entries(needs?.with ?? {}).map(([name, other]) => `${code(name)} needs ${code(other)}`);
  return [...(sets ? [`needs ${sets}`] : []), ...pairs];
}

const whenWords = (field: ResultField): string => {
  if (field.kind !== 'group' || !field.when) return mayBeMissing(field) ? '; left out when there is none' : '';
  if ('files' in field.when) return '; with `files`';
  return 'sent' in field.when ? `; when ${code(field.when.sent.join(': '))} was asked for` : '; when it was read';
};

function resultRows(fields: ResultFields, above = ''): readonly Readonly<Record<string, string>>[] {
  return Object.entries(fields).flatMap(([name, field]) => {
    const path = `${above}${name}`;
    const row = {
      field: code(path),
      type: isValue(field) ? schemaWords(resultFieldSchema(field, true)) : field.kind === 'list' ? 'list' : 'object',
      meaning: field.meaning + whenWords(field),
      upstream: 'wire' in field ? codes(field.wire) : field.kind === 'group' ? '' : "Signet's own",
    };
    if (field.kind === 'group') return [row, ...resultRows(field.fields, `${path}.`)];
    return field.kind === 'list' ? [row, ...resultRows(field.fields, `${path}[].`)] : [row];
  });
}

const outcomeRows = (operation: Operation) =>
  [...outcomesOf(operation)].map(([outcome, reasons]) => ({ outcome: code(outcome), reason: codes(reasons) }));

/** What it proves that the query knows nothing of an order. */
const proofs = {
  always: 'proves that nothing was bought',
  'same-host': 'proves that nothing was bought where both calls have one host',
  'when-confirmed': `proves nothing until the stage's ${code('notFoundProves')} says so`,
};

function orderWords({ order }: Operation): string {
  switch (order.kind) {
    case 'creates':
      if (order.continuedBy) return `leaves an order, which ${code(order.continuedBy)} takes over`;
      if (!order.query) return 'leaves an order; nothing reads it later';
      return `leaves an order; ${code(order.query)} reads it later${order.notFoundProves ? `, and its "not found" ${proofs[order.notFoundProves]}` : ''}`;
    case 'continues':
      return `takes over the order of ${code(order.from)}; nothing reads it later`;
    case 'reads':
      return `reads the result of an order of ${code(order.of)}; leaves none`;
    case 'traces':
      return 'leaves no order; its `orderNo` is a trace';
  }
}

function quirks(operation: Operation): readonly string[] {
  const constants = Object.entries(operation.wire.constants ?? {});
  return [
    `Order: ${orderWords(operation)}.`,
    ...needsWords(operation).map((rule) => `Rule: ${rule}.`),
    ...constants.map(([name, value]) => `Always sent: ${code(`${name}: ${JSON.stringify(value)}`)}.`),
    `Envelope of its answers: ${code(operation.envelope.name)}. Codes of the family ${code(operation.family)}.`,
  ];
}

function section(operation: Operation): readonly string[] {
  return [
    `## ${operation.name}`,
    `${operation.summary}: ${code(operation.route)}, upstream ${code(operation.upstream)}.`,
    quirks(operation)
      .map((line) => `- ${line}`)
      .join('\n'),
    profileTable(operation),
    'Request:',
    table(requestRows(operation)),
    'Result:',
    table(resultRows(operation.result)),
    'Outcomes:',
    table(outcomeRows(operation)),
  ];
}

/** The page. */
export const operationsPage = (operations: readonly Operation[]): string =>
  page(
    '# Operations',
    `Every operation, in the order of the registry. ${code('upstream')} columns give the spelling on the wire; where there are several, all are read. ${unproven} means that nobody has been seen to use the call on that profile: it is offered as it works elsewhere. A value that cannot be parsed is null and stands raw in ${code('result.unparsed')}; with a negative outcome a result holds only what came with it. A photo, video or agreement is ${code('{ "base64": "…" }')} or, staged before, ${code('{ "mediaId": "…" }')}: [media.md](media.md).`,
    ...operations.flatMap(section),
  );
