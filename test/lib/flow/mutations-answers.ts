/** The documented answers that mutations start from, and what the documents promise about each operation. */
import { readFileSync } from 'node:fs';

const words = (text: string): readonly string[] => text.trim().split(/\s+/);
const sample = (name: string): object =>
  JSON.parse(readFileSync(new URL(`../../fixtures/upstream/samples/${name}.json`, import.meta.url), 'utf8'));
/** Operations without a sample in the documents: the fields of their tables. */
const tabled = (result: object): object => ({
  code: '0',
  msg: '请求成功',
  bizSeqNo: '21062120001184415714222706920349',
  result: { orderNo: '', ...result },
  transactionTime: '20210621142227',
});

const faceNegatives = words(`
  66660004 66660034 -4007 66660010 66660005 66660024 66660007 66660006 66660014 66660023 66660025 66660036 400604
  66665001 66665002 -1403 -1404 -1490 -1492 -1497 -5016 -5017 -5019 -5020 -5021 -5024 -5025 -5026 -7001 -14099 -14100
  -15002 -15003 -15506 -15507 -15508 -15509 -15510`);
const notFound = words('66660011 66660020 66663001 66663002 66663003');

// Codes after which the outcome is unknown (specification, section 7.1): of every operation, and of faces.
const transient = words('999993 999997 999998 999999 999996 66660021 66660008 66660009');
const faceTransient = words('-1104 -1105 -4005 -5000 -5208');
/** Codes that say that the ticket or the signature was refused. */
export const ticketCodes: readonly string[] = ['400101', '400102'];

/** What is known about the answers of an operation. */
export interface Documented {
  readonly answer: object;
  /** Names of the values of which a success carries at least one; empty where it carries none. */
  readonly promised: readonly string[];
  /** The outcome of a success. */
  readonly outcome: string;
  /** Codes that are a business "no". */
  readonly negative: readonly string[];
  /** Codes that leave the outcome unknown. */
  readonly transient: readonly string[];
}

const entry = (
  answer: object,
  outcome: string,
  promised: string,
  negative: readonly string[] = [],
  more: readonly string[] = [],
): Documented => ({
  answer,
  outcome,
  promised: words(promised).filter((word) => word !== ''),
  negative,
  transient: [...transient, ...more],
});

const portrait = 'name sex nation birth address idcard';
const driver =
  'licenseNo name sex nationality address birth fetchDate driveClass validDateFrom validDateTo licenseStamp';
const vehicle = `plateNo vehicleType owner useCharacter address model vin engineNo registeDate issueDate licenseStamp
  authorizedCarryCapacity authorizedLoadQuality fileNumber total inspectionRecord externalDimensions curbWeright`;
const card = 'bankcardNo bankCardNo bankcardValidDate bankCardValidDate clarity';

/** Every operation. */
export const documented: Readonly<Record<string, Documented>> = {
  'face-verify': entry(sample('easyface-2021'), 'match', 'similarity', faceNegatives, faceTransient),
  'face-compare': entry(tabled({ similarity: '85.01' }), 'match', 'similarity', faceNegatives, faceTransient),
  'face-compare-group': entry(
    tabled({
      faceNum: 2,
      faceResultList: [
        { singleFaceCode: '1', singleFaceMsg: 'x', similarity: '91.50' },
        { singleFaceCode: 2, singleFaceMsg: 'x', similarity: '12' },
      ],
    }),
    'match',
    'faceNum faceResultList',
    faceNegatives,
    faceTransient,
  ),
  'liveness-challenge': entry(tabled({ lips: '9532' }), 'issued', 'lips', [], faceTransient),
  'liveness-verify': entry(
    tabled({ similarity: '88.00', liveRate: '99' }),
    'match',
    'similarity liveRate',
    faceNegatives,
    faceTransient,
  ),
  'video-best-photos': entry(
    tabled({ optimalPhoto: ['/9j/4AAQ', '/9j/4AAR'], optimalPhotoNum: 2 }),
    'extracted',
    'optimalPhoto',
    [],
    faceTransient,
  ),
  'consent-record': entry(sample('uploadauth-2020'), 'recorded', ''),
  'consent-check': entry(sample('checkauth-2020'), 'authorized', 'authTime userId name idNo idcard', ['66662001']),
  'id-card-ocr': entry(
    sample('idcardocrapp-portrait-2021'),
    'read',
    `${portrait} nativePlace warning multiWarning clarity`,
    [],
    ['66661099'],
  ),
  'bank-card-ocr': entry(
    sample('bankcardocrapp-2021'),
    'read',
    `${card} warningCode multiWarningCode warning multiWarnCode bankcardNoPhoto`,
  ),
  'driver-license-ocr': entry(sample('driverlicenseupload-2018'), 'read', driver),
  'vehicle-license-ocr': entry(sample('vehiclelicenseupload-2018'), 'read', vehicle),
  'id-card-result': entry(
    tabled({
      frontCode: '0',
      name: '***',
      sex: '男',
      nation: '汉',
      birth: '19880731',
      address: '*****',
      idcard: '***',
      frontWarnCode: '00010000',
      frontMultiWarning: '10010100',
      frontClarity: '78',
      operateTime: '2019-11-20 17:30:15',
      frontPhoto: '/9j/4AAQ',
      headPhoto: '/9j/4AAR',
    }),
    'read',
    `${portrait} frontWarnCode frontMultiWarning frontClarity authority validDate backWarnCode backMultiWarning
     backClarity operateTime frontPhoto backPhoto frontCrop backCrop headPhoto`,
    notFound,
    ['66661099'],
  ),
  'bank-card-result': entry(
    sample('getBankCardOcrResult-2021'),
    'read',
    `${card} warnCode multiWarnCode operateTime bankcardNoPhoto bankcardCropPhoto originBankcardPhoto`,
    notFound,
  ),
  'driver-license-result': entry(
    sample('querydriverlicenseocrresult-2018'),
    'read',
    `${driver} operateTime originImageStr`,
    notFound,
  ),
  'vehicle-license-result': entry(
    sample('queryvehiclelicenseocrresult-2018'),
    'read',
    `${vehicle} operateTime originImageStr`,
    notFound,
  ),
};
