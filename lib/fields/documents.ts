/** The result fields of each document, shared by the operation that reads it and the one that reads the result again. */
import { date, type Group, longTerm, month, picture, score, sex, text, time, validFrom, validUntil } from './result.ts';

/** When the upstream read the document. */
export const recognizedAt = time(
  'operateTime',
  'When the upstream read the document',
  '2021-06-21 17:40:06',
  '2021-06-21T17:40:06+08:00',
  { optional: true },
);

/** Portrait side of an ID card (specification 6.9; sample form of `nation` without 族). */
export const portraitFields = {
  name: text('name', 'Name', '样本甲'),
  sex: sex('sex', 'Sex', '男', 'male'),
  ethnicity: text('nation', 'Ethnic group', '汉'),
  birthDate: date('birth', 'Date of birth', '19900101', '1990-01-01'),
  address: text('address', 'Address', '样本省样本市样本区样本路1号101室'),
  idNo: text('idcard', 'ID number', '990101199001010019'),
};

/** Emblem side of an ID card (specification 6.9). */
export const emblemFields = {
  issuingAuthority: text('authority', 'Issuing authority', '样本市公安局样本分局'),
  validFrom,
  validUntil,
  longTerm,
};

/** Bank card (specification 6.10 and 6.15: the two spell the same things differently). */
export const bankCardFields = {
  cardNo: text(['bankcardNo', 'bankCardNo'], 'Card number', '6222020000000000000'),
  validThru: month(['bankcardValidDate', 'bankCardValidDate'], 'Month of expiry', '12/2034', '2034-12'),
  clarity: score('clarity', 'How clear the picture is, 0 to 100', '79', 79),
};

/** Driving licence, main page (specification 6.11). */
export const driverLicenseFields = {
  licenseNo: text('licenseNo', 'Licence number', '990101199001010019'),
  name: text('name', 'Name', '样本甲'),
  sex: sex('sex', 'Sex', '男', 'male'),
  nationality: text('nationality', 'Nationality', '样本国'),
  address: text('address', 'Address', '样本省样本市样本区样本路1号101室'),
  birthDate: date('birth', 'Date of birth', '1990-01-01', '1990-01-01'),
  firstIssueDate: date('fetchDate', 'Date of first issue', '2018-01-01', '2018-01-01'),
  vehicleClass: text('driveClass', 'Class of vehicles', 'C1'),
  validFrom: date('validDateFrom', 'First day of validity', '2024-01-01', '2024-01-01'),
  validUntil: date('validDateTo', 'Last day of validity', '2034-01-01', '2034-01-01'),
  stamp: text('licenseStamp', 'Text of the red stamp', '样本市公安局样本章'),
};

const page2 = { optional: true } as const;

/** Vehicle licence (specification 6.13; `registeDate` and `curbWeright` are the upstream's own spellings). */
export const vehicleLicenseFields = {
  plateNo: text('plateNo', 'Plate number', '京A·样本01'),
  vehicleType: text('vehicleType', 'Type of vehicle', '小型轿车'),
  owner: text('owner', 'Owner', '样本甲'),
  useCharacter: text('useCharacter', 'Use', '非营运'),
  address: text('address', 'Address', '样本省样本市样本区样本路1号101室'),
  model: text('model', 'Make and model', '样本牌SPEC0001'),
  vin: text('vin', 'Vehicle identification number', 'SPECIMEN000000001'),
  engineNo: text('engineNo', 'Engine number', 'SPEC0001'),
  registerDate: date('registeDate', 'Date of registration', '2020-01-01', '2020-01-01'),
  issueDate: date('issueDate', 'Date of issue', '2020-01-01', '2020-01-01'),
  stamp: text('licenseStamp', 'Text of the red stamp', '样本市公安局样本章'),
  authorizedCarryCapacity: text('authorizedCarryCapacity', 'Persons allowed (supplementary page)', '5人', page2),
  authorizedLoadQuality: text('authorizedLoadQuality', 'Load allowed (supplementary page)', '--', page2),
  fileNumber: text('fileNumber', 'File number (supplementary page)', '000000000001', page2),
  total: text('total', 'Total mass (supplementary page)', '1800kg', page2),
  inspectionRecord: text(
    'inspectionRecord',
    'Inspection record (supplementary page)',
    '检验有效期至2034年01月 京A(样本)',
    page2,
  ),
  externalDimensions: text('externalDimensions', 'Outer dimensions (supplementary page)', '4600×1800×1500mm', page2),
  curbWeight: text('curbWeright', 'Curb weight (supplementary page)', '1400kg', page2),
};

/** The photo that a licence order was made with. */
export const originalImage: Group = {
  kind: 'group',
  meaning: 'The pictures',
  when: { files: true },
  fields: { original: picture('originImageStr', 'The photo as sent', { optional: true }) },
};
