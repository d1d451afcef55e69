import { expect, test } from 'vitest';
import { imageSize } from './image_size';

const uri = (bytes: number[]) => `data:image/x;base64,${btoa(bytes.map((byte) => String.fromCharCode(byte)).join(''))}`;

test('the size of a PNG, a GIF and a JPEG is read from their heads', () => {
  expect(imageSize(uri([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13, 73, 72, 68, 82, 0, 0, 4, 0, 0, 0, 3, 0]))).toEqual({ width: 1024, height: 768 });
  expect(imageSize(uri([0x47, 0x49, 0x46, 0x38, 0x39, 0x61, 2, 1, 3, 0]))).toEqual({ width: 258, height: 3 });
  expect(imageSize(uri([0xff, 0xd8, 0xff, 0xe0, 0, 4, 0, 0, 0xff, 0xc0, 0, 17, 8, 0, 100, 0, 200, 3, 0, 0]))).toEqual({ width: 200, height: 100 });
});

test('what is no image has no size', () => {
  expect(imageSize('data:image/png;base64,!!!')).toBeNull();
  expect(imageSize('data:image/png,abc')).toBeNull();
  expect(imageSize('data:image/avif;base64,AAAAEGZ0eXBhdmlm')).toBeNull();
  expect(imageSize(uri([1, 2, 3]))).toBeNull();
  expect(imageSize('https://example.com/a.png')).toBeNull();
});

test('a size is read however it is written', () => {
  const png = [0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13, 73, 72, 68, 82, 0, 0, 4, 0, 0, 0, 3, 0];
  const expected = { width: 1024, height: 768 };
  const [, base64 = ''] = uri(png).split(',');
  expect(imageSize(`data:image/png,${png.map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')}`)).toEqual(expected);
  expect(imageSize(`data:image/png;base64,${base64.replace(/(.)/g, '$1 \n')}`)).toEqual(expected);
  expect(imageSize(`data:image/png;base64,${base64.replace('=', '%3D')}`)).toEqual(expected);
  expect(imageSize(`data:image/png;base64,${base64}=====`)).toEqual(expected);
});

test('a JPEG that says its size late, a BMP and an AVIF are no way around the bound', () => {
  const metadata = [0xff, 0xe1, 0xff, 0xff, ...Array<number>(0xfffd).fill(0)];
  expect(imageSize(uri([0xff, 0xd8, ...metadata, ...metadata, 0xff, 0xc0, 0, 17, 8, 0xff, 0xff, 0xff, 0xfe, 3, 0, 0]))).toEqual({ width: 65_534, height: 65_535 });
  expect(imageSize(uri([0x42, 0x4d, ...Array<number>(16).fill(0), 0x60, 0xea, 0, 0, 0xa0, 0x15, 0xff, 0xff]))).toEqual({ width: 60_000, height: 60_000 });
  const ispe = (width: number, height: number) => [0, 0, 0, 20, 0x69, 0x73, 0x70, 0x65, 0, 0, 0, 0, 0, 0, width, 0, 0, 0, height, 0];
  expect(imageSize(uri([0, 0, 0, 16, 0x66, 0x74, 0x79, 0x70, 0x61, 0x76, 0x69, 0x66, ...ispe(1, 1), ...ispe(200, 100)]))).toEqual({ width: 51_200, height: 25_600 });
});
