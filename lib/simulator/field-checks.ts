/** The fields of a call against the declaration of its operation, as strictly as the documents allow. */
import type { MediaField, RequestField } from '../fields/request.ts';
import { isIdNumber } from '../identity.ts';
import { decodedLength } from '../media/base64.ts';
import { sniff, sniffLength } from '../media/magic.ts';
import { limitOf, type Operation, type ProfileName } from '../operation.ts';
import { type FieldCodes, fieldCodes } from './family-codes.ts';
import { Refusal, type Values, wireName } from './upstream.ts';

const absent = (value: unknown): boolean => value === undefined || value === null || value === '';
const characters = (text: string): number => Array.from(text).length;

// "fault" stood in one edition of the manual (specification 6.4).
const yesOrNo: readonly unknown[] = [true, false, 'true', 'false', 'fault'];

/** Fields whose wire value may be missing although Signet always sends it: the ones that choose a side of the answer. */
function choosesSide(operation: Operation, field: string): boolean {
  return Object.values(operation.result).some(
    (part) => part.kind === 'group' && part.when !== undefined && 'sent' in part.when && part.when.sent[0] === field,
  );
}

const isRequired = (operation: Operation, name: string, field: RequestField): boolean =>
  !('optional' in field) && !choosesSide(operation, name);

const refusalOf = (code: string | null, wire: string): Refusal =>
  code === null ? new Refusal('400101', wire) : new Refusal(code);

function checkSmall(field: Exclude<RequestField, MediaField>, value: string, wire: string, codes: FieldCodes): void {
  switch (field.kind) {
    case 'text':
      if (characters(value) > field.max) throw new Refusal(codes.tooLong);
      if (characters(value) < field.min) throw new Refusal(codes.identity);
      if (field.pattern && !field.pattern.test(value)) throw refusalOf(null, wire);
      return;
    case 'id-number':
      if (!isIdNumber(value.toUpperCase())) throw new Refusal(codes.identity);
      return;
    case 'choice': {
      const known = Object.values(field.values).includes(value);
      // photoType: "anything else: used as it is"; bizScene is equally harmless.
      if (!known && !('optional' in field)) throw new Refusal(codes.invalid);
      return;
    }
    case 'flag':
  }
}

function checkMedia(operation: Operation, profile: ProfileName, name: string, value: string, codes: FieldCodes): void {
  const field = operation.request[name] as MediaField;
  const limit = limitOf(operation, name, profile);
  if (value.length > limit.base64) throw new Refusal('400601');
  const [undecodable, wrongType] =
    field.media === 'video'
      ? [codes.video, codes.video]
      : name.startsWith('source')
        ? [codes.source, codes.sourceType]
        : [codes.undecodable, codes.wrongType];
  const size = decodedLength(value);
  if (size === null) throw new Refusal(undecodable);
  if (limit.raw !== undefined && size > limit.raw) throw new Refusal('400601');
  const type = sniff(Buffer.from(value.slice(0, (sniffLength / 3) * 4), 'base64'));
  if (type === null || !limit.types.includes(type)) throw new Refusal(wrongType);
}

/**
 * Checks every declared field; unknown ones are ignored.
 * @throws Refusal
 */
export function checkFields(operation: Operation, profile: ProfileName, values: Values): void {
  const codes = fieldCodes(operation.family);
  const missingIn = (name: string): boolean => {
    const wire = wireName(operation, name);
    return wire === null || absent(values[wire]);
  };
  const media: [name: string, value: string][] = [];
  for (const [name, field] of Object.entries(operation.request)) {
    const wire = wireName(operation, name);
    if (wire === null || name === 'orderNo' || operation.wire.absent?.[profile]?.includes(name)) continue;
    const value = values[wire];
    if (absent(value)) {
      if (!isRequired(operation, name, field)) continue;
      throw refusalOf(field.kind === 'media' ? codes.missingMedia : codes.missing, wire);
    }
    if (typeof value !== 'string') throw refusalOf(null, wire);
    if (field.kind === 'media') media.push([name, value]);
    else checkSmall(field, value, wire, codes);
  }
  checkRelations(operation, missingIn);
  for (const [name, constant] of Object.entries(operation.wire.constants ?? {})) {
    const allowed = typeof constant === 'boolean' ? yesOrNo : [constant];
    if (!allowed.includes(values[name])) throw new Refusal('400101', name);
  }
  for (const [name, value] of media) checkMedia(operation, profile, name, value, codes);
}

function checkRelations(operation: Operation, missingIn: (name: string) => boolean): void {
  const { with: companions = {}, oneOf } = operation.needs ?? {};
  for (const [name, other] of Object.entries(companions)) {
    if (!missingIn(name) && missingIn(other)) throw new Refusal('400101', wireName(operation, other)!);
  }
  if (oneOf && !oneOf.some((set) => !set.some(missingIn)))
    throw new Refusal('400101', wireName(operation, oneOf[0]![0]!)!);
}
