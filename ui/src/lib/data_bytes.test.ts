import { expect, test } from 'vitest';
import { isRecording } from './data_bytes';

const uri = (text: string, mime = 'audio/wav') => `data:${mime};base64,${btoa(text)}`;

test('a recording is known by its bytes', () => {
  for (const sound of ['RIFF\x24\0\0\0WAVEfmt ', 'OggS\0', 'fLaC\0', '\x1aE\xdf\xa3', 'ID3\x04', '\xff\xfb\x90', '\xff\xf1\x50', '\0\0\0\x20ftypM4A ']) {
    expect(isRecording(uri(sound)), sound).toBe(true);
  }
  expect(isRecording(`data:audio/wav,RIFF%24%00%00%00WAVEfmt`)).toBe(true);
});

test('what names addresses to play is no recording', () => {
  for (const list of ['#EXTM3U\nhttps://evil.test/a.ts\n', '[playlist]\nFile1=https://evil.test', '<asx><entry><ref href="https://evil.test"/></entry></asx>', '<?xml version="1.0"?><MPD/>', 'RTSPtextRTSP://evil.test', '', '\xff\xd8\xff']) {
    expect(isRecording(uri(list)), list).toBe(false);
  }
  expect(isRecording('https://evil.test/a.wav')).toBe(false);
});
