import { bytesOf } from './data_bytes';

/** Width and height in pixels, as an image's first bytes say. */
export interface PixelSize {
  width: number;
  height: number;
}

/** More pixels than this are not decoded. */
export const PIXEL_LIMIT = 64_000_000;

/** So many characters of a URI reach past the metadata of almost every JPEG. */
const HEAD = 87_400;

/** Reads the size of a PNG, GIF, WebP, JPEG, BMP or AVIF from a `data:` URI, by its bytes and not by what it is called; `null` = not told. */
export function imageSize(uri: string): PixelSize | null {
  const head = bytesOf(uri, HEAD);
  return size(head) ?? (uri.length > HEAD ? size(bytesOf(uri)) : null);
}

function size(bytes: string): PixelSize | null {
  return png(bytes) ?? gif(bytes) ?? webp(bytes) ?? jpeg(bytes) ?? bmp(bytes) ?? avif(bytes);
}

const u8 = (text: string, at: number): number => text.charCodeAt(at) || 0;
const be16 = (text: string, at: number): number => (u8(text, at) << 8) | u8(text, at + 1);
const le16 = (text: string, at: number): number => u8(text, at) | (u8(text, at + 1) << 8);
const be32 = (text: string, at: number): number => be16(text, at) * 65536 + be16(text, at + 2);

function png(text: string): PixelSize | null {
  return text.startsWith('\x89PNG\r\n') ? { width: be32(text, 16), height: be32(text, 20) } : null;
}

function gif(text: string): PixelSize | null {
  return text.startsWith('GIF8') ? { width: le16(text, 6), height: le16(text, 8) } : null;
}

function webp(text: string): PixelSize | null {
  if (!text.startsWith('RIFF') || text.slice(8, 12) !== 'WEBP') return null;
  switch (text.slice(12, 16)) {
    case 'VP8X':
      return { width: 1 + le16(text, 24) + (u8(text, 26) << 16), height: 1 + le16(text, 27) + (u8(text, 29) << 16) };
    case 'VP8 ':
      return { width: le16(text, 26) & 0x3fff, height: le16(text, 28) & 0x3fff };
    case 'VP8L':
      return {
        width: 1 + (le16(text, 21) & 0x3fff),
        height: 1 + ((u8(text, 22) >> 6) | (u8(text, 23) << 2) | ((u8(text, 24) & 0xf) << 10)),
      };
    default:
      return null;
  }
}

function jpeg(text: string): PixelSize | null {
  if (!text.startsWith('\xff\xd8')) return null;
  for (let at = 2; at + 9 < text.length; at += 2 + be16(text, at + 2)) {
    const marker = u8(text, at + 1);
    if (u8(text, at) !== 0xff) return null;
    // Start of frame, any coding; C4, C8 and CC are tables.
    if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) {
      return { width: be16(text, at + 7), height: be16(text, at + 5) };
    }
    if (be16(text, at + 2) < 2) return null;
  }
  return null;
}

function bmp(text: string): PixelSize | null {
  if (!text.startsWith('BM')) return null;
  const le32 = (at: number): number => le16(text, at) | (le16(text, at + 2) << 16);
  return { width: Math.abs(le32(18)), height: Math.abs(le32(22)) };
}

/** The largest of the sizes that an AVIF tells of its pictures. */
function avif(text: string): PixelSize | null {
  if (text.slice(4, 8) !== 'ftyp') return null;
  let largest: PixelSize | null = null;
  for (let at = text.indexOf('ispe'); at >= 0; at = text.indexOf('ispe', at + 4)) {
    const told = { width: be32(text, at + 8), height: be32(text, at + 12) };
    if (!largest || told.width * told.height > largest.width * largest.height) largest = told;
  }
  return largest;
}
