/** Base64 as the upstream wants it: standard alphabet, padded, without a `data:` prefix or white space. */

const slice = 65_536;
const dataPrefix = /^data:[^,]{0,128};base64,/;

/** Takes off a `data:…;base64,` prefix and all white space. */
export function bare(text: string): string {
  const body = text.startsWith('data:') ? text.replace(dataPrefix, '') : text;
  return /\s/.test(body) ? body.replace(/\s+/g, '') : body;
}

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
