// @vitest-environment jsdom
import { fireEvent, render } from '@testing-library/svelte';
import { expect, test } from 'vitest';
import Media from './Media.svelte';

const drawn = (uri: string) => render(Media, { type: 'image', media: { mime: null, uri, bytes: null, sha256: null, transcript: null } });

test('a picture whose bytes tell no size is not drawn, whatever it is called', () => {
  const { container } = drawn('data:image/png;base64,AAAA');
  expect(container.querySelector('img')).toBeNull();
  expect(container.textContent).toContain('not a picture');
});

test('a picture of few pixels is drawn, one of too many is not', () => {
  const gif = (width: number) => `data:image/gif;base64,${btoa(`GIF89a${String.fromCharCode(width & 255, width >> 8, 255, 255)}`)}`;
  expect(drawn(gif(9)).container.querySelector('img')).not.toBeNull();
  const { container } = drawn(gif(60_000));
  expect(container.querySelector('img')).toBeNull();
  expect(container.textContent).toContain('too many pixels');
});

test('a drawing is drawn for who asks', async () => {
  const { container, getByText } = drawn(`data:image/svg+xml;base64,${btoa('<svg xmlns="http://www.w3.org/2000/svg"/>')}`);
  expect(container.querySelector('img')).toBeNull();
  await fireEvent.click(getByText('Draw it'));
  expect(container.querySelector('img')).not.toBeNull();
});

test('a sound is loaded when it is played, and a list of addresses never', () => {
  const heard = (bytes: string) => render(Media, { type: 'audio', media: { mime: null, uri: `data:audio/wav;base64,${btoa(bytes)}`, bytes: null, sha256: null, transcript: null } }).container;
  expect(heard('RIFF\x24\0\0\0WAVEfmt ').querySelector('audio')?.getAttribute('preload')).toBe('none');
  const list = heard('#EXTM3U\nhttps://evil.test/a.ts\n');
  expect(list.querySelector('audio')).toBeNull();
  expect(list.textContent).toContain('no recording');
});
