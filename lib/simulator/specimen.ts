/**
 * The one picture that the simulator answers with: a grey JPEG of 8 x 8 pixels with the comment "SPECIMEN synthetic,
 * Signet", 171 bytes. What callers upload is not kept.
 */
export const specimenPicture =
  '/9j//gAcU1BFQ0lNRU4gc3ludGhldGljLCBTaWduZXT/2wBDABAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQ' +
  'EBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBD/wAALCAAIAAgBAREA/8QAFAABAAAAAAAAAAAA' +
  'AAAAAAAAAP/EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AP//Z';
