/** Rules that a request can break: what `errors` of a problem names beside the pointer. */

/** Every rule by its name, with what is wrong there. */
export const rules = {
  required: 'It is missing, and needed, perhaps only because of another field that was sent.',
  unknown: 'No such field or check exists; at /continues: no such verification of this caller exists.',
  'not-in-profile': "The upstream of this stage's profile does not have the field.",
  type: 'It is of another JSON type than it must be.',
  'one-of': 'None of several fields is there of which one is needed, or two are that exclude each other.',
  empty: 'There is nothing in it.',
  'too-short': 'The text has too few characters.',
  'too-long': 'The text has too many characters.',
  length: 'The ID number does not have 18 characters.',
  pattern: 'The text has a form or characters that are not allowed there.',
  choice: 'It is none of the values that are allowed.',
  'check-digit': 'The ID number is none: its digits and its check digit do not fit.',
  base64: 'It is not strict base64.',
  'too-large': 'The file is larger than the field, or any field, takes.',
  'media-type': 'The file is of a type that the field does not take, or not of the type of its grant.',
  'unknown-media': 'No such file of this caller exists.',
  'not-uploaded': 'The file was granted and has not been uploaded, or it is deleted.',
  changed: 'Another file lies there than the one that was looked at first.',
  used: 'The file serves another order or verification.',
  'not-staged': 'A plan takes staged files only, by their mediaId.',
  expired: 'The file was granted more than a day ago; at /continues: the first of the chain is a day old.',
  running: 'The verification to continue is not decided yet.',
  'other-person': 'It is about another person than the subject, or than the verification to continue.',
  'no-challenge': 'The order is no successful, recent challenge of this caller.',
} as const satisfies Readonly<Record<string, string>>;
