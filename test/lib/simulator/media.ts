import { specimenPicture } from '../../../lib/simulator/specimen.ts';

const base64 = (text: string) => Buffer.from(text, 'latin1').toString('base64');

/** The smallest files that pass as what they are called. */
export const sampleMedia = {
  picture: specimenPicture,
  video: base64('\0\0\0\u0018ftypmp42\0\0\0\0SPECIMEN'),
  document: base64('%PDF-1.4 SPECIMEN'),
};

/** Media whose end tells the simulator what to do. */
export const marked = (marker: string, kind: keyof typeof sampleMedia = 'picture') => ({
  base64: Buffer.concat([Buffer.from(sampleMedia[kind], 'base64'), Buffer.from(`signet-simulator:${marker}`)]).toString(
    'base64',
  ),
});
