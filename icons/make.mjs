// Draws every icon the bundles need from the two drawings beside this file: `node icons/make.mjs` after changing one.
// The results are committed, so that a build needs neither this nor a network.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const here = import.meta.dirname;
const small = [16, 24, 32];
const large = [48, 64, 128, 256, 512, 1024];
const scratch = mkdtempSync(join(tmpdir(), 'icons-'));

const draw = (drawing, ...options) =>
  execFileSync('npx', ['--yes', '@tauri-apps/cli@2.12.5', 'icon', join(here, drawing), '--output', scratch, ...options], { stdio: 'inherit' });

for (const [drawing, sizes] of [['spanglass-small.svg', small], ['spanglass.svg', large]]) {
  draw(drawing, '--png', sizes.join(','));
  for (const size of sizes) copyFileSync(join(scratch, `${size}x${size}.png`), join(here, `${size}x${size}.png`));
}
draw('spanglass.svg');
copyFileSync(join(scratch, 'icon.icns'), join(here, 'icon.icns'));
writeFileSync(join(here, 'icon.ico'), ico([16, 24, 32, 48, 64, 256]));
rmSync(scratch, { recursive: true });

/** One .ico of PNG images: a header of 6 bytes, 16 bytes for each image, then the images. */
function ico(sizes) {
  const images = sizes.map((size) => readFileSync(join(here, `${size}x${size}.png`)));
  const head = Buffer.alloc(6 + 16 * images.length);
  head.writeUInt16LE(1, 2);
  head.writeUInt16LE(images.length, 4);
  let offset = head.length;
  images.forEach((image, index) => {
    const at = 6 + 16 * index;
    head.writeUInt8(sizes[index] % 256, at);
    head.writeUInt8(sizes[index] % 256, at + 1);
    head.writeUInt16LE(1, at + 4);
    head.writeUInt16LE(32, at + 6);
    head.writeUInt32LE(image.length, at + 8);
    head.writeUInt32LE(offset, at + 12);
    offset += image.length;
  });
  return Buffer.concat([head, ...images]);
}
