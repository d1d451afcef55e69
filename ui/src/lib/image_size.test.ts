import { expect, test } from 'vitest';
import { imageSize } from './image_size';

const uri = (bytes: number[]) => `data:image/x;base64,${btoa(String.fromCharCode(...bytes))}`;

test('the size of a PNG, a GIF and a JPEG is read from their heads', () => {
  expect(imageSize(uri([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13, 73, 72, 68, 82, 0, 0, 4, 0, 0, 0, 3, 0]))).toEqual({ width: 1024, height: 768 });
  expect(imageSize(uri([0x47, 0x49, 0x46, 0x38, 0x39, 0x61, 2, 1, 3, 0]))).toEqual({ width: 258, height: 3 });
  expect(imageSize(uri([0xff, 0xd8, 0xff, 0xe0, 0, 4, 0, 0, 0xff, 0xc0, 0, 17, 8, 0, 100, 0, 200, 3, 0, 0]))).toEqual({ width: 200, height: 100 });
});

test('what is no image has no size', () => {
  expect(imageSize('data:image/png;base64,!!!')).toBeNull();
  expect(imageSize('data:image/png,abc')).toBeNull();
  expect(imageSize(uri([1, 2, 3]))).toBeNull();
  expect(imageSize('https://example.com/a.png')).toBeNull();
});
