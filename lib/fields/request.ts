/**
 * Request fields. Fields are the named values of requests and results. A field carries everything that is known about a value: how the
 * upstream spells it, its length, its meaning, a synthetic sample and how sensitive it is. Validation, wire bodies,
 * result parsing, the OpenAPI document, the docs, the simulator and the tests are all derived from them.
 */

/**
 * Class of JR/T 0171-2020: C3 face, video, card expiry; C2 identity and document data; C1 order data.
 * Only C1 values may be kept in an order record or written to a log.
 */
export type Sensitivity = 'C1' | 'C2' | 'C3';

/** What every field says about itself. `sample` is synthetic; its type is the type of the value. */
interface About<T> {
  readonly wire: string;
  readonly meaning: string;
  readonly sample: T;
  readonly sensitivity: Sensitivity;
}

/** Text of a request. `min` and `max` count characters for names and bytes otherwise (reliability: SEC-4). */
export interface TextField extends About<string> {
  readonly kind: 'text';
  readonly min: number;
  readonly max: number;
  readonly pattern?: RegExp;
}
/** An 18-character ID number with its GB 11643 check digit; `x` becomes `X`. */
export interface IdNumberField extends About<string> {
  readonly kind: 'id-number';
}
/** One of a few words; `values` maps each to what the upstream calls it. */
export interface ChoiceField<T extends string = string> extends About<T> {
  readonly kind: 'choice';
  readonly values: Readonly<Record<T, string>>;
}
/** A boolean, sent as `"1"` when true and left out otherwise. */
export interface FlagField extends About<boolean> {
  readonly kind: 'flag';
}
/** A photo, video or PDF: `{ base64 }`, or `{ mediaId }` of a staged file. What is allowed stands in the operation's `limits`. */
export interface MediaField extends About<{ readonly base64: string } | { readonly mediaId: string }> {
  readonly kind: 'media';
  readonly media: 'picture' | 'video' | 'document';
}

/** A field of a request. */
export type RequestField = TextField | IdNumberField | ChoiceField | FlagField | MediaField;
/** A request field that may be left out. */
export type Optional<F> = F & { readonly optional: true };

/** Ids of staged files: opaque, made by Signet. */
export const mediaIdPattern = /^[A-Za-z0-9]{32}$/;

/** Marks a request field as optional. */
export const optional = <F extends RequestField>(field: F): Optional<F> => ({ ...field, optional: true });

/** The order number: the caller's idempotency key (upstream: `orderNo`, 1 to 32 letters and digits). */
export const orderNo: TextField = {
  kind: 'text',
  wire: 'orderNo',
  min: 1,
  max: 32,
  pattern: /^[A-Za-z0-9]{1,32}$/,
  meaning: 'Number of the order: 1 to 32 letters and digits, unique, the idempotency key of the call',
  sample: 'demo20210621142227',
  sensitivity: 'C1',
};

/** A person's name as on the ID card. One-character names are refused upstream (spec section 9). */
export const name: TextField = {
  kind: 'text',
  wire: 'name',
  min: 2,
  max: 20,
  meaning: 'Name of the person as on the ID card',
  sample: '样本甲',
  sensitivity: 'C2',
};

/** The 18-character number of the ID card. */
export const idNo: IdNumberField = {
  kind: 'id-number',
  wire: 'idNo',
  meaning: 'ID card number, 18 characters with a right check digit',
  sample: '990101199001010019',
  sensitivity: 'C2',
};

/** The caller's own name for the user; never personal data. */
export const userId: TextField = {
  kind: 'text',
  wire: 'userId',
  min: 1,
  max: 32,
  pattern: /^[A-Za-z0-9]{1,32}$/,
  meaning: "The caller's own number for the person: 1 to 32 letters and digits, no personal data in it",
  sample: 'user0001',
  sensitivity: 'C1',
};

/** The first bytes of a file of each kind. */
const heads = { picture: '/9j/4AAQ', video: 'AAAAGGZ0eXA=', document: 'JVBERi0=' };

const media = (wire: string, kind: MediaField['media'], meaning: string): MediaField => ({
  kind: 'media',
  media: kind,
  wire,
  meaning,
  sample: { base64: heads[kind] },
  sensitivity: 'C3',
});

/** The photo that is checked or read. */
export const photo = media('photoStr', 'picture', 'The photo');
/** The caller's own trusted photo to compare with. */
export const sourcePhoto = media('sourcePhotoStr', 'picture', 'The trusted photo to compare with');
/** The recording of a person who reads the digits, or of a face. */
export const video = media('videoStr', 'video', 'The video');
/** The signed consent agreement. */
export const agreement = media('protocolFileStr', 'document', 'The consent agreement as PDF');

/** What kind of photo `photo` is (upstream: `photoType` 1 = front of an ID card, the head is cropped first). */
export const photoType: ChoiceField<'id-card-portrait'> = {
  kind: 'choice',
  wire: 'photoType',
  values: { 'id-card-portrait': '1' },
  meaning: 'Given when the photo shows an ID card: the head is cut from it first',
  sample: 'id-card-portrait',
  sensitivity: 'C1',
};

/** What kind of photo `sourcePhoto` is (upstream: 1 with mesh or watermark, 2 high definition). */
export const sourcePhotoType: ChoiceField<'mesh' | 'hd'> = {
  kind: 'choice',
  wire: 'sourcePhotoType',
  values: { mesh: '1', hd: '2' },
  meaning: 'Whether the trusted photo carries a mesh or watermark, or is a clear one',
  sample: 'hd',
  sensitivity: 'C1',
};

/** The side of an ID card (upstream: `cardType` 0 portrait, 1 emblem; always sent). */
export const cardSide: ChoiceField<'portrait' | 'emblem'> = {
  kind: 'choice',
  wire: 'cardType',
  values: { portrait: '0', emblem: '1' },
  meaning: 'Which side of the ID card the photo shows',
  sample: 'portrait',
  sensitivity: 'C1',
};

/** The page of a vehicle licence (`vehicleLicenseSide`, seen in a client of 2026 only). */
export const licenseSide: ChoiceField<'main' | 'supplementary'> = {
  kind: 'choice',
  wire: 'vehicleLicenseSide',
  values: { main: '1', supplementary: '2' },
  meaning: 'Which page of the vehicle licence the photo shows',
  sample: 'main',
  sensitivity: 'C1',
};

/** What the licence is read for (upstream: `bizScene` 01 to 09). */
export const businessScene: ChoiceField<
  | 'loan'
  | 'credit-card'
  | 'account-opening'
  | 'change-password'
  | 'reset-password'
  | 'transfer'
  | 'loss-report-or-release'
  | 'login'
  | 'profile-update'
> = {
  kind: 'choice',
  wire: 'bizScene',
  values: {
    loan: '01',
    'credit-card': '02',
    'account-opening': '03',
    'change-password': '04',
    'reset-password': '05',
    transfer: '06',
    'loss-report-or-release': '07',
    login: '08',
    'profile-update': '09',
  },
  meaning: 'What the document is read for',
  sample: 'account-opening',
  sensitivity: 'C1',
};

/** Also tell the place that the ID number stands for (upstream: `getNative`). */
export const withNativePlace: FlagField = {
  kind: 'flag',
  wire: 'getNative',
  meaning: 'Also answer the place that the first digits of the ID number stand for',
  sample: true,
  sensitivity: 'C1',
};

/** Also answer the pictures (upstream: `getFile`, in queries `get_file`). */
export const files: FlagField = {
  kind: 'flag',
  wire: 'getFile',
  meaning: 'Also answer the pictures',
  sample: true,
  sensitivity: 'C1',
};
