// U15 to U17 and U22: goals that are tests, run here for their count; and how far apart the colours of kinds are.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { holds } from './measure.mjs';

const top = join(import.meta.dirname, '../../..');

/** Ends what runs longer. */
const LIMITS = { encoding: 'utf8', timeout: 240_000, maxBuffer: 64 << 20 };

function tests(goal, what, ...files) {
  const { stdout, error } = spawnSync(process.execPath, ['--test', '--test-reporter=tap', ...files.map((file) => join(top, 'tests/ui', file))], { ...LIMITS, cwd: top });
  const count = (word) => Number(new RegExp(`^# ${word} (\\d+)`, 'm').exec(stdout ?? '')?.[1] ?? 0);
  holds(goal, what, error ? error.message : `${count('pass')} pass, ${count('fail')} fail`, 'all pass', !error && count('fail') === 0 && count('pass') > 0);
}

export const withoutMouse = () => tests('U15', 'tasks without a mouse', 'keyboard.test.mjs');

export const screenReaders = () => tests('U16', 'axe on every screen, dark and light', 'accessibility.test.mjs');

export function markdown() {
  const { status, stdout } = spawnSync('npx', ['vitest', 'run', 'src/lib/markdown.test.ts'], { ...LIMITS, cwd: join(top, 'ui') });
  holds('U22', 'Markdown: what it says, what is refused, hostile texts', /Tests .*?(\d+ passed)/.exec(stdout ?? '')?.[1] ?? 'not run to its end', 'all pass', status === 0);
}

/** Machado et al. 2009, severity 1, on linear RGB. */
const SIGHTS = {
  'all three': [1, 0, 0, 0, 1, 0, 0, 0, 1],
  'no red': [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  'no green': [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
  'no blue': [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039],
};

function lab(hex, m) {
  const rgb = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  const [r, g, b] = [0, 3, 6].map((row) => Math.min(1, Math.max(0, m[row] * rgb[0] + m[row + 1] * rgb[1] + m[row + 2] * rgb[2])));
  const xyz = [(0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.95047, 0.2126 * r + 0.7152 * g + 0.0722 * b, (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.08883];
  const [x, y, z] = xyz.map((t) => (t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116));
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

/** CIEDE2000. */
function distance([l1, a1, b1], [l2, a2, b2]) {
  const [rad, cos, sin] = [(deg) => (deg * Math.PI) / 180, (deg) => Math.cos(rad(deg)), (deg) => Math.sin(rad(deg))];
  const mean = (Math.hypot(a1, b1) + Math.hypot(a2, b2)) / 2;
  const g = 0.5 * (1 - Math.sqrt(mean ** 7 / (mean ** 7 + 25 ** 7)));
  const [p1, p2] = [a1 * (1 + g), a2 * (1 + g)];
  const [c1, c2] = [Math.hypot(p1, b1), Math.hypot(p2, b2)];
  const hue = (a, b) => (a === 0 && b === 0 ? 0 : ((Math.atan2(b, a) * 180) / Math.PI + 360) % 360);
  const [h1, h2] = [hue(p1, b1), hue(p2, b2)];
  let turn = h2 - h1;
  if (c1 * c2 === 0) turn = 0;
  else if (Math.abs(turn) > 180) turn -= Math.sign(turn) * 360;
  const [dl, dc, dh] = [l2 - l1, c2 - c1, 2 * Math.sqrt(c1 * c2) * sin(turn / 2)];
  const [l, c] = [(l1 + l2) / 2, (c1 + c2) / 2];
  const h = c1 * c2 === 0 ? h1 + h2 : Math.abs(h1 - h2) <= 180 ? (h1 + h2) / 2 : (h1 + h2 + (h1 + h2 < 360 ? 360 : -360)) / 2;
  const t = 1 - 0.17 * cos(h - 30) + 0.24 * cos(2 * h) + 0.32 * cos(3 * h + 6) - 0.2 * cos(4 * h - 63);
  const [sl, sc, sh] = [1 + (0.015 * (l - 50) ** 2) / Math.sqrt(20 + (l - 50) ** 2), 1 + 0.045 * c, 1 + 0.015 * c * t];
  const rt = -2 * Math.sqrt(c ** 7 / (c ** 7 + 25 ** 7)) * sin(60 * Math.exp(-(((h - 275) / 25) ** 2)));
  return Math.sqrt((dl / sl) ** 2 + (dc / sc) ** 2 + (dh / sh) ** 2 + rt * (dc / sc) * (dh / sh));
}

/** The two kinds that look most alike, for every sight and in both themes. */
export function colours() {
  const [dark, light] = readFileSync(join(top, 'ui/src/styles/tokens.css'), 'utf8').split(/(?=:root\[data-theme="light"\])/);
  for (const [theme, css] of Object.entries({ dark, light })) {
    const kinds = [...css.matchAll(/--(?:kind-(\w+)|bar-(error)): (#[0-9a-f]{6})/g)].map(([, kind, error, hex]) => [kind ?? error, hex]);
    for (const [sight, m] of Object.entries(SIGHTS)) {
      let least = { of: '', apart: Infinity };
      kinds.forEach(([a, one], i) => kinds.slice(i + 1).forEach(([b, two]) => {
        const apart = distance(lab(one, m), lab(two, m));
        if (apart < least.apart) least = { of: `${a}, ${b}`, apart };
      }));
      holds('U17', `the closest colours, ${theme}, sight of ${sight}: ${least.of}`, `ΔE ${least.apart.toFixed(1)}`, '≥ 15', least.apart >= 15);
    }
  }
}
