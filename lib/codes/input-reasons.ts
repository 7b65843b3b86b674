import { advise } from './reason-kinds.ts';

/** Why an answer is of class input: the data is to blame, and other data may pass. */
export const inputReasons = {
  ...advise('input', 'retake', {
    blurred: ['The picture is blurred: hold the camera still and take it again.', '照片模糊，请拿稳手机重新拍摄。'],
    'face-covered': [
      'The face is covered: take off mask, hat or glasses and capture again.',
      '面部有遮挡，请摘下口罩、帽子或眼镜后重新拍摄。',
    ],
    'several-faces': [
      'Several faces are in the picture: capture one person alone.',
      '画面中有多张人脸，请仅拍摄本人。',
    ],
    'too-many-faces': [
      'More faces are in the picture than allowed: at most two.',
      '画面中人脸过多，最多允许两张人脸。',
    ],
    'no-face': [
      'No face was found: show the whole face and capture again.',
      '未检测到人脸，请露出完整面部后重新拍摄。',
    ],
    'face-misplaced': [
      "The face is outside the frame or at a wrong distance: centre it at arm's length.",
      '人脸不在框内或距离不当，请保持一臂距离并将人脸居中。',
    ],
    'face-unreadable': [
      'The features of the face could not be read: face the camera in good light.',
      '无法提取人脸特征，请在光线充足处正对镜头重新拍摄。',
    ],
    'eyes-closed': ['The eyes are closed: keep them open and capture again.', '检测到闭眼，请睁开双眼重新拍摄。'],
    'no-blink': ['No blink was seen: blink naturally while recording.', '未检测到眨眼，请在录制时自然眨眼。'],
    'keep-still': ['The face moved too much: keep still and record again.', '面部晃动过大，请保持静止后重新录制。'],
    'too-bright': ['The light is too strong: move away from it and capture again.', '光线过强，请避开强光后重新拍摄。'],
    'video-unusable': ['The video could not be used: record it again.', '视频无法使用，请重新录制。'],
    'video-too-small': [
      'The resolution of the video is too low: record at least 270 x 480 pixels.',
      '视频分辨率过低，请以不低于270×480的分辨率重新录制。',
    ],
    'no-best-photo': [
      'The video holds no picture good enough: record it again in good light.',
      '视频中没有合格的人脸画面，请在光线充足处重新录制。',
    ],
    'photo-unreadable': ['The picture could not be decoded: take it again.', '图片无法解析，请重新拍摄。'],
    'wrong-side': ['This is the wrong side of the card: capture the other one.', '证件正反面有误，请拍摄另一面。'],
    'wrong-document': [
      'The picture does not clearly show the expected document: take it again.',
      '图片不是所要求的证件或画质不佳，请重新拍摄。',
    ],
    'card-not-aligned': [
      'The card is not aligned with the frame: lay it into the frame and take it again.',
      '证件未与取景框对齐，请对齐后重新拍摄。',
    ],
    'document-unreadable': [
      'The document could not be read: take it again, sharp and without glare.',
      '证件无法识别，请在清晰、无反光的条件下重新拍摄。',
    ],
    'document-date-wrong': [
      'A date on the document cannot be right: take it again.',
      '证件上的日期不正确，请重新拍摄。',
    ],
    'card-number-unreadable': [
      'The card number could not be read: avoid glare and covering fingers.',
      '无法识别卡号，请避免反光或手指遮挡后重新拍摄。',
    ],
  }),
  ...advise('input', 'new-challenge', {
    'challenge-expired': ['The digits to read have expired: ask for new ones.', '数字已失效，请重新获取后再录制。'],
    'digits-misread': [
      'The digits could not be understood: ask for new ones and read them clearly.',
      '未能识别所读数字，请重新获取数字并清晰朗读。',
    ],
    'no-sound': [
      'The video has no sound: allow the microphone and read new digits.',
      '视频没有声音，请开启麦克风权限并重新获取数字后朗读。',
    ],
    'sound-too-quiet': ['The voice is too quiet: read new digits louder.', '声音太小，请重新获取数字并大声朗读。'],
  }),
  ...advise('input', 'correct-input', {
    'identity-malformed': ['Name or ID number is malformed: check both.', '姓名或身份证号格式有误，请核对后重新填写。'],
    'source-photo-unusable': [
      'The photo to compare with cannot be used: supply another one.',
      '比对源照片无法使用，请更换照片。',
    ],
    'photo-format': [
      'Size or format of the photo is not accepted: supply another one.',
      '照片大小或格式不符合要求，请更换照片。',
    ],
    'video-format': [
      'Size or format of the video is not accepted: supply another one.',
      '视频大小或格式不符合要求，请更换视频。',
    ],
    'media-too-large': ['Photo, video or file is too large: send a smaller one.', '上传的文件过大，请压缩后重新上传。'],
  }),
  ...advise('input', 'none', {
    'document-expired': ['The document has expired: a valid one is needed.', '证件已过期，请使用有效期内的证件。'],
    'temporary-card': [
      'Temporary ID cards are not accepted: the regular card is needed.',
      '不支持临时身份证，请使用正式身份证。',
    ],
  }),
};
