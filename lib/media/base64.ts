/** Base64 as the upstream wants it: standard alphabet, padded, without a `data:` prefix or white space. */

const slice = 65_536;
const dataPrefix = /^data:[^,]{0,128};base64,/;

/** Takes off a `data:…;base64,` prefix and all white space. */
export function bare(text: string): string {
  const body = text.startsWith('data:') ? text.replace(dataPrefix, '') : text;
  return /\s/.test(body) ? body.replace(/\s+/g, '') : body;
}

/** How many characters of padded base64 so many bytes become. */
export const base64Length = (bytes: number): number => 4 * Math.ceil(bytes / 3);

/**
 * The number of bytes that strict base64 stands for, or null when it is not that. Node decodes garbage without a word,
 * and the upstream would charge for it. Decodes in slices, because regular expressions over megabytes overflow the stack.
 */
export function decodedLength(text: string): number | null {
  const { length } = text;
  if (length === 0 || length % 4 !== 0) return null;
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  try {
    for (let at = 0; at < length; at += slice) {
      const part = text.slice(at, at + slice);
      const last = at + slice >= length;
      // atob skips white space and accepts missing padding; the count gives both away.
      if (atob(part).length !== (part.length / 4) * 3 - (last ? padding : 0)) return null;
    }
  } catch {
    return null;
  }
  return (length / 4) * 3 - padding;
}

/** Padded base64, as bytes, of bytes that come in pieces of any size. */
export async function* encoded(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let carried = Buffer.alloc(0);
  for await (const piece of pieces) {
    const bytes =
      carried.length > 0 ? Buffer.concat([carried, piece]) : Buffer.from(piece.buffer, piece.byteOffset, piece.length);
    // Three bytes are four characters: what is left over goes with the next piece.
    const whole = bytes.length - (bytes.length % 3);
    if (whole > 0) yield Buffer.from(bytes.toString('base64', 0, whole), 'latin1');
    carried = Buffer.from(bytes.subarray(whole));
  }
  if (carried.length > 0) yield Buffer.from(carried.toString('base64'), 'latin1');
}
