/**
 * What media fields may hold, as the upstream documents it (specification, sections 6 and 8). Which limit holds for which
 * field stands in each operation, where needed per profile.
 */

/** File types that a media field may hold, told by their first bytes. */
export type MediaType = 'image/jpeg' | 'image/png' | 'image/bmp' | 'video/mp4' | 'application/pdf';

/** What a media field may hold: `base64` is the longest text in characters, `raw` the longest file in bytes. */
export interface Limit {
  readonly base64: number;
  readonly raw?: number;
  readonly types: readonly MediaType[];
}

const MiB = 1024 * 1024;
const pictures = ['image/jpeg', 'image/png'] as const;

/** The documented size limits (upstream specification, sections 6 and 8). */
export const limit = {
  /** "3M" of base64 text, "original" picture at most 2 MB. */
  photo2M: { base64: 3 * MiB, raw: 2 * MiB, types: pictures },
  /** 20 MB of base64 text, BMP allowed too (easyface since 2021). */
  photo20M: { base64: 20 * MiB, types: [...pictures, 'image/bmp'] },
  /** "3M" of base64 text. */
  picture3M: { base64: 3 * MiB, types: pictures },
  /** 20 MB of base64 text. */
  picture20M: { base64: 20 * MiB, types: pictures },
  /** "1M" of base64 text (source photo of several faces). */
  picture1M: { base64: MiB, types: pictures },
  /** "3M" of base64 text. */
  video3M: { base64: 3 * MiB, types: ['video/mp4'] },
  /** A PDF of at most 1 MB, which is 1,398,104 characters. */
  pdf1M: { base64: 4 * Math.ceil(MiB / 3), raw: MiB, types: ['application/pdf'] },
} as const satisfies Record<string, Limit>;
