/**
 * The wire, written down from the upstream specification (sections 2.2, 5 and 6) and the public contract's rule for what
 * the documents do not show: `appId` in POST bodies, `webankAppId` for the four licence calls, `app_id` in GET queries.
 */
export interface WireRow {
  /** Method and path, the same on every host. */
  readonly call: string;
  /** The host of the generation that has two. */
  readonly host: 'ida' | 'idasc';
  /** Names of the app id on webank, tencentcloud and kyc1. */
  readonly appId: readonly [string, string, string];
  /** Everything else but nonce, version and sign, for a request with every field; media by the public field's name. */
  readonly values: Readonly<Record<string, string | boolean | { readonly media: string }>>;
  /** The names of `values` that stay when every optional field is left out. */
  readonly always: readonly string[];
}

const person = { name: '样本甲', idNo: '110101199001010015' };
const orderNo = 'aabc1457895464';
const userId = 'user0001';
const media = (field: string) => ({ media: field });

const everywhere = (name: string): readonly [string, string, string] => [name, name, name];
const olderElseAppId = ['webankAppId', 'appId', 'appId'] as const;

/** One row for each operation, by its name. */
export const wireTable: Readonly<Record<string, WireRow>> = {
  'face-verify': {
    call: 'POST /api/paas/easyface',
    host: 'ida',
    appId: ['webankAppId', 'webankAppId', 'appId'],
    values: { orderNo, ...person, userId, photoStr: media('photo'), photoType: '1' },
    always: ['orderNo', 'name', 'idNo', 'photoStr'],
  },
  'face-compare': {
    call: 'POST /api/paas/easycompare',
    host: 'ida',
    appId: olderElseAppId,
    values: {
      orderNo,
      ...person,
      userId,
      photoStr: media('photo'),
      sourcePhotoStr: media('sourcePhoto'),
      sourcePhotoType: '2',
    },
    always: ['orderNo', 'name', 'idNo', 'photoStr', 'sourcePhotoStr', 'sourcePhotoType'],
  },
  'face-compare-group': {
    call: 'POST /api/v2/multiface/compare',
    host: 'idasc',
    appId: olderElseAppId,
    values: {
      orderNo,
      ...person,
      userId,
      photoStr: media('photo'),
      sourcePhotoStr: media('sourcePhoto'),
      sourcePhotoType: '2',
    },
    always: ['orderNo', 'name', 'idNo', 'photoStr', 'sourcePhotoStr', 'sourcePhotoType'],
  },
  'liveness-challenge': {
    call: 'POST /api/paas/getlips',
    host: 'idasc',
    appId: olderElseAppId,
    values: { orderNo, ...person },
    always: ['orderNo', 'name', 'idNo'],
  },
  'liveness-verify': {
    call: 'POST /api/paas/facecompare',
    host: 'idasc',
    appId: olderElseAppId,
    values: {
      orderNo,
      antiAttack: true,
      ...person,
      userId,
      sourcePhotoStr: media('sourcePhoto'),
      sourcePhotoType: '2',
      videoStr: media('video'),
    },
    always: ['orderNo', 'antiAttack', 'name', 'idNo', 'videoStr'],
  },
  'video-best-photos': {
    call: 'POST /api/v2/paas/optimalphoto',
    host: 'idasc',
    appId: olderElseAppId,
    values: { orderNo, videoFile: media('video') },
    always: ['orderNo', 'videoFile'],
  },
  'consent-record': {
    call: 'POST /api/v2/paas/uploadauth',
    host: 'idasc',
    appId: olderElseAppId,
    values: { orderNo, userId, name: person.name, idcard: person.idNo, protocolFileStr: media('agreement') },
    always: ['orderNo', 'userId'],
  },
  'consent-check': {
    call: 'POST /api/v2/paas/checkauth',
    host: 'idasc',
    appId: everywhere('appId and webankAppId'),
    values: { orderNo, userId, ...person },
    always: ['orderNo', 'userId'],
  },
  'id-card-ocr': {
    call: 'POST /api/paas/idcardocrapp',
    host: 'ida',
    appId: olderElseAppId,
    values: { orderNo, userId, cardType: '0', idcardStr: media('photo'), getNative: '1' },
    always: ['orderNo', 'cardType', 'idcardStr'],
  },
  'bank-card-ocr': {
    call: 'POST /api/paas/bankcardocrapp',
    host: 'ida',
    appId: ['webankAppId', 'webankAppId', 'appId'],
    values: { orderNo, userId, bankcardStr: media('photo') },
    always: ['orderNo', 'bankcardStr'],
  },
  'driver-license-ocr': {
    call: 'POST /api/v2/ocrpaas/driverlicenseupload',
    host: 'idasc',
    appId: everywhere('webankAppId'),
    values: { orderNo, imageStr: media('photo'), bizScene: '03' },
    always: ['orderNo', 'imageStr'],
  },
  'vehicle-license-ocr': {
    call: 'POST /api/v2/ocrpaas/vehiclelicenseupload',
    host: 'idasc',
    appId: everywhere('webankAppId'),
    // On webank without `vehicleLicenseSide`, which only a client of 2026 shows.
    values: { orderNo, imageStr: media('photo'), bizScene: '03', vehicleLicenseSide: '1' },
    always: ['orderNo', 'imageStr'],
  },
  'id-card-result': {
    call: 'GET /api/server/getOcrResult',
    host: 'idasc',
    appId: everywhere('app_id'),
    values: { order_no: orderNo, get_file: '1' },
    always: ['order_no'],
  },
  'bank-card-result': {
    call: 'GET /api/server/getBankCardOcrResult',
    host: 'idasc',
    appId: everywhere('app_id'),
    values: { order_no: orderNo, get_file: '1' },
    always: ['order_no'],
  },
  'driver-license-result': {
    call: 'POST /api/v2/ocrbase/querydriverlicenseocrresult',
    host: 'idasc',
    appId: everywhere('webankAppId'),
    values: { orderNo, getFile: '1' },
    always: ['orderNo'],
  },
  'vehicle-license-result': {
    call: 'POST /api/v2/ocrbase/queryvehiclelicenseocrresult',
    host: 'idasc',
    appId: everywhere('webankAppId'),
    values: { orderNo, getFile: '1' },
    always: ['orderNo'],
  },
};
