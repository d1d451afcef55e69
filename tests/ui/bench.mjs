// The goals of the interface, each beside its bar: `cargo xtask bench --ui`. What a page can be asked is asked in Chromium and in the
// real window, with the same words: WebKit draws without a graphics card there, on a display in memory.
//
// A figure that misses its bar is printed as missed and fails nothing: machines differ, and a bar is for the one the window runs on.
// `SPANGLASS_BENCH=U09,U20` measures only these; `SPANGLASS_BENCH_SPANS` says how large the largest trace is, `SPANGLASS_BENCH_IN=window`
// or `=Chromium` where alone.

import { execFileSync } from 'node:child_process';

import { colours, markdown, screenReaders, withoutMouse } from './bench/elsewhere.mjs';
import { holds, measuredIn, print } from './bench/measure.mjs';
import { inChromium, inWindow } from './bench/places.mjs';
import { deep, growth, skewed, wide } from './bench/shapes.mjs';
import { start } from './bench/start.mjs';
import { conversation, json } from './bench/texts.mjs';
import { moments, search, timeline, zoomDepth } from './bench/timelines.mjs';
import { scratch } from './harness.mjs';

const large = Number(process.env.SPANGLASS_BENCH_SPANS ?? 1_000_000);
/** How long one piece of work may take: what takes longer is said, and the others have their turn. */
const LIMIT_S = Number(process.env.SPANGLASS_BENCH_LIMIT ?? 300);
const only = process.env.SPANGLASS_BENCH?.split(',');
const places = process.env.SPANGLASS_BENCH_IN?.split(',') ?? ['Chromium', 'window'];

/** What is the same wherever it is looked at. */
const ONCE = [
  ['U17', colours],
  ['U22', markdown],
  ['U15', withoutMouse],
  ['U16', screenReaders],
];

/** Each goal's work; what is searched is what was sent before. */
const WORK = [
  ['U09 U10', growth],
  ['U11', deep],
  ['U12', wide],
  ['U13', skewed],
  ['U18 U20', conversation],
  ['U19', json],
  ['U06 U21', zoomDepth],
  ['U07', moments],
  ['U01 U03', (place) => timeline(place, 1_000)],
  ['U01 U03 U04', (place) => timeline(place, 10_000)],
  ['U01 U03 U04', (place) => timeline(place, 100_000)],
  ['U01 U02 U04 U05 U08', (place) => timeline(place, large)],
  ['U08', search],
];

/** Waits for work, at most so long. */
function within(seconds, work) {
  let timer;
  const late = new Promise((_, failed) => {
    timer = setTimeout(() => failed(new Error(`not done within ${seconds} s`)), seconds * 1000);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

/** Measures what is wanted. What cannot be measured is a missed row of its own, and costs the others nothing. */
async function measure(work, ...given) {
  for (const [goals, each] of work) {
    if (only && !only.some((goal) => goals.includes(goal))) continue;
    await within(LIMIT_S, Promise.resolve().then(() => each(...given))).catch((error) => holds(goals.split(' ')[0], goals, error.message.split('\n')[0], 'a figure', false));
  }
}

/** Says why a place is not there, if it is not: the window's driver is a package of its own, and for Linux alone. */
function missing(name) {
  if (name !== 'window') return undefined;
  try {
    execFileSync('WebKitWebDriver', ['--help'], { stdio: 'ignore' });
    execFileSync('Xvfb', ['-help'], { stdio: 'ignore' });
    return undefined;
  } catch (error) {
    return error.code === 'ENOENT' ? `${error.path} is not on this machine` : undefined;
  }
}

try {
  await measure(ONCE);
  for (const name of places) {
    measuredIn(name);
    const why = missing(name);
    if (why) {
      holds('U01', 'all of it', why, 'a figure', false);
      continue;
    }
    const folder = scratch();
    if (name === 'window') await measure([['U01', start]], folder, 'nothing');
    const place = name === 'window' ? await inWindow(folder) : await inChromium();
    try {
      await measure(WORK, place);
    } finally {
      await place.close();
    }
    if (name === 'window') await measure([['U01', start]], folder, 'all of this');
  }
} finally {
  print();
  console.log('Elsewhere: U14 (cargo test: critical paths by hand). WebKit tells nobody what its scripts hold (U04, U05, U19), or how large an answer was (U02).');
}
