/** The bytes of a `data:` URI, or of its first characters, as a browser reads them, a character each; none when it holds none. */
export function bytesOf(uri: string, characters = uri.length): string {
  const comma = uri.indexOf(',');
  if (comma < 0 || !/^data:/i.test(uri)) return '';
  const data = uri.slice(comma + 1, characters);
  const text = data.includes('%') ? data.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))) : data;
  if (!/;base64$/i.test(uri.slice(0, comma))) return text;
  const digits = text.replace(/[\s=]+/g, '');
  try {
    return atob(digits.slice(0, digits.length - (digits.length % 4 === 1 ? 1 : 0)));
  } catch {
    return '';
  }
}

/** WAV, Ogg, FLAC, WebM, MP3 with and without tags, AAC, and what is laid out as MP4. */
const SOUNDS = /^(RIFF....WAVE|OggS|fLaC|\x1aE\xdf\xa3|ID3|\xff[\xe2-\xff]|....ftyp)/s;

/** Says whether the bytes of a `data:` URI are a recording. A list of addresses to play, whatever it is called, is none. */
export function isRecording(uri: string): boolean {
  return SOUNDS.test(bytesOf(uri, 400));
}
