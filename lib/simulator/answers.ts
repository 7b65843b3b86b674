/** Answers: result fields written the way the upstream writes them. The samples are the declarations' own. */
import type { Group, Leaf, List, ResultField, ResultFields } from '../fields/result.ts';
import type { Operation } from '../operation.ts';
import { isoChina } from '../time.ts';
import { specimenPicture } from './specimen.ts';
import { isShown, type Subject, wasRead } from './subject.ts';

type Written = Record<string, unknown>;

/** `yyyy-MM-dd HH:mm:ss` in UTC+8. */
const wallTime = (at: number): string => isoChina(at).slice(0, 19).replace('T', ' ');

function writeWarnings(leaf: Leaf, path: string, { values }: Subject): Written {
  const [single, multi] = [values[path], values[`${path}#multi`]];
  const [oneWire, allWire] = leaf.wire as [string, string?];
  let written: [one: string, all: string];
  if (leaf.kind === 'warning-bits') {
    written = [single ?? multi ?? String(leaf.raw), multi ?? single ?? String(leaf.raw)];
  } else {
    const codes = ((multi ?? single ?? '').match(/-?\d+/g) ?? []).filter((code) => code !== '0');
    written = [single ?? codes[0] ?? '0', codes.length > 0 ? `[${codes.join(',')}]` : '0'];
  }
  return { [oneWire]: written[0], ...(allWire === undefined ? {} : { [allWire]: written[1] }) };
}

/** The sample that the order was answered with: its query repeats it. */
function madeWith({ creator }: Subject, path: string): unknown {
  let fields: ResultFields | undefined = creator.result;
  let field: ResultField | undefined;
  for (const name of path.split('.')) {
    field = fields && Object.hasOwn(fields, name) ? fields[name] : undefined;
    fields = field?.kind === 'group' ? field.fields : undefined;
  }
  return field && 'raw' in field ? field.raw : undefined;
}

function writeLeaf(leaf: Leaf, path: string, subject: Subject, isQuery: boolean): Written {
  const own = subject.values[path];
  if (own === null) return {};
  // Where upload and query spell a value differently, the upload's spelling is declared first.
  const wire = (isQuery ? leaf.wire.at(-1) : leaf.wire[0])!;
  switch (leaf.kind) {
    case 'warning-bits':
    case 'warning-codes':
      return writeWarnings(leaf, path, subject);
    case 'picture':
      return { [wire]: specimenPicture };
    case 'pictures': {
      const count = /^[1-3]$/.test(own ?? '') ? Number(own) : 1;
      return { [wire]: Array.from({ length: count }, () => specimenPicture), [`${wire}Num`]: count };
    }
    case 'time':
      return { [wire]: own ?? wallTime(subject.at) };
    default:
      return { [wire]: own ?? madeWith(subject, path) ?? leaf.raw };
  }
}

/** Faces of a group: by default the first one passes and the second one does not. */
const passesOf = (subject: Subject, path: string): string[] => (subject.values[path] ?? '1,2').split(',');

function writeList(list: List, path: string, subject: Subject): Written {
  const elements = passesOf(subject, path).map((pass) => {
    const element: Written = {};
    for (const [name, field] of Object.entries(list.fields)) {
      if (!('wire' in field) || field.kind === 'list') continue;
      const wire = field.wire[0]!;
      if (field.kind === 'pass') {
        element[wire] = pass;
        element[wire.replace(/Code$/, 'Msg')] = pass === '1' ? '通过' : '不通过';
      } else element[wire] = pass === '1' ? (subject.values[`${path}.${name}`] ?? field.raw) : '12.34';
    }
    return element;
  });
  return { [list.wire[0]!]: elements };
}

function writeGroup(group: Group, name: string, path: string, subject: Subject, isQuery: boolean): Written {
  const { when } = group;
  if (when && 'files' in when ? !subject.files : !wasRead(subject, name)) return {};
  const told = when && 'answered' in when ? { [when.answered[0]]: when.answered[1] } : {};
  return { ...told, ...writeFields(group.fields, `${path}.`, subject, isQuery) };
}

function writeFields(fields: ResultFields, prefix: string, subject: Subject, isQuery: boolean): Written {
  const written: Written = {};
  const list = Object.entries(fields).find((entry): entry is [string, List] => entry[1].kind === 'list');
  for (const [name, field] of Object.entries<ResultField>(fields)) {
    const path = `${prefix}${name}`;
    if (field.kind === 'group') Object.assign(written, writeGroup(field, name, path, subject, isQuery));
    else if (field.kind === 'list') Object.assign(written, writeList(field, path, subject));
    else if (!('wire' in field)) continue;
    else if (field.kind === 'count' && list) {
      written[field.wire[0]!] = passesOf(subject, `${prefix}${list[0]}`).length;
    } else if (isShown(subject, name, field)) Object.assign(written, writeLeaf(field, path, subject, isQuery));
  }
  return written;
}

/** The business values of a positive answer, by their wire names. */
export function writeAnswer(operation: Operation, subject: Subject): Written {
  return writeFields(operation.result, '', subject, operation.order.kind === 'reads');
}
