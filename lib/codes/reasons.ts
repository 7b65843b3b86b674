import { inputReasons } from './input-reasons.ts';
import { advise, negative } from './reason-kinds.ts';

/** Every reason a code can have, by its stable slug. Upstream texts never pass: these sentences stand in for them. */
export const reasons = {
  ...advise('positive', 'none', { passed: ['The call succeeded.', '调用成功。'] }),

  ...negative('no-match', 'none', {
    'not-same-person': [
      'The faces are not of the same person: verify the identity another way.',
      '比对结果不是同一人，请改用其他方式核验身份。',
    ],
  }),
  ...negative('not-live', 'retake', {
    'spoof-suspected': [
      'A picture, screen, mask or edited recording is suspected: capture the person live.',
      '疑似翻拍、面具或合成影像，请由本人现场重新拍摄。',
    ],
    'liveness-failed': [
      'The liveness check failed: face the camera in even light and capture again.',
      '活体检测未通过，请在光线均匀处正对镜头重新拍摄。',
    ],
  }),
  ...negative('refused', 'none', {
    'risk-refused': [
      'Risk control refused this verification: verify the person another way.',
      '风控未通过，请改用其他方式核验。',
    ],
  }),
  ...negative('identity-mismatch', 'correct-input', {
    'identity-mismatch': [
      'Name and ID number do not belong together: check both.',
      '姓名与身份证号不匹配，请核对后重新填写。',
    ],
  }),
  ...negative('identity-not-found', 'correct-input', {
    'identity-not-found': [
      'The authority does not know this ID number: check it.',
      '权威机构查无此身份证号，请核对后重新填写。',
    ],
  }),
  ...negative('no-reference', 'none', {
    'no-reference-photo': [
      'The authority holds no photo of this person: compare with a photo of your own.',
      '权威机构没有此人的照片，请改用自备照片进行比对。',
    ],
  }),
  ...negative('not-authorized', 'none', {
    'not-authorized': [
      'No consent of this person is on record: ask for it first.',
      '没有此人的授权记录，请先取得本人授权。',
    ],
  }),
  ...negative('not-found', 'none', {
    'not-visible': ['No result is visible for this order number.', '查不到该订单号的结果。'],
  }),

  ...inputReasons,

  ...advise('rate', 'none', {
    throttled: ['Too many requests at once: try again shortly.', '请求过于频繁，请稍后再试。'],
  }),
  ...advise('rate', 'try-tomorrow', {
    'subject-limit': [
      'This person has used up the attempts of 24 hours: try again tomorrow.',
      '此人24小时内的核验次数已达上限，请明天再试。',
    ],
  }),

  ...advise('auth', 'none', {
    'ticket-refused': [
      'The upstream refused the signature: try again in a minute.',
      '签名校验未通过，请一分钟后再试。',
    ],
  }),

  ...advise('config', 'none', {
    'malformed-call': [
      'The upstream refused a parameter of the call: tell the operator.',
      '接口参数异常，请联系服务运营方。',
    ],
    'version-refused': [
      'The upstream refused the version of the call: tell the operator.',
      '接口版本不受支持，请联系服务运营方。',
    ],
    permission: [
      'The upstream refused access to this interface: tell the operator.',
      '没有该接口的访问权限，请联系服务运营方。',
    ],
    'app-id-unknown': [
      'The upstream does not know the app id: tell the operator.',
      '应用标识不存在，请联系服务运营方。',
    ],
    'contract-ended': [
      'The contract with the upstream has ended: tell the operator.',
      '服务已过有效期，请联系服务运营方。',
    ],
    'quota-used-up': ['The quota of the trial is used up: tell the operator.', '试用次数已用完，请联系服务运营方。'],
    'service-not-contracted': [
      'This service is not part of the contract: tell the operator.',
      '未开通此项服务，请联系服务运营方。',
    ],
  }),

  ...advise('transient', 'none', {
    'upstream-timeout': [
      'The upstream timed out and the outcome is unknown: look the order up later.',
      '上游服务超时，结果未知，请稍后查询该订单。',
    ],
    'upstream-error': [
      'The upstream failed and the outcome is unknown: look the order up later.',
      '上游服务处理失败，结果未知，请稍后查询该订单。',
    ],
    'upstream-maintenance': [
      'The upstream is under maintenance and the outcome is unknown: look the order up later.',
      '上游系统维护中，结果未知，请稍后查询该订单。',
    ],
  }),

  ...advise('other', 'none', {
    'similarity-unavailable': [
      'The upstream could not work out a similarity: tell the operator.',
      '上游未能得出相似度，请联系服务运营方。',
    ],
    'sdk-only': [
      'The upstream gave an answer that belongs to its SDK and H5 pages: tell the operator.',
      '上游返回了仅用于SDK或H5的结果码，请联系服务运营方。',
    ],
    unproven: [
      'The upstream gave an answer whose meaning is not confirmed: tell the operator.',
      '上游返回了含义未经证实的结果码，请联系服务运营方。',
    ],
    unlisted: [
      'The upstream gave an answer that is not listed: tell the operator.',
      '上游返回了未收录的结果码，请联系服务运营方。',
    ],
  }),
};

/** A stable slug of `reasons`. */
export type Reason = keyof typeof reasons;
