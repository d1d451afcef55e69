// The goals of the interface that a browser can measure, each beside its bar: `cargo xtask bench --ui`.
//
// A figure that misses its bar is printed as missed and fails nothing: machines differ, and a bar is for the one the window runs on.
// `SPANGLASS_BENCH=U09,U20` measures only these; `SPANGLASS_BENCH_SPANS` says how large the largest trace is.

import { colours, markdown, screenReaders, withoutMouse } from './bench/elsewhere.mjs';
import { holds, print } from './bench/measure.mjs';
import { deep, growth, skewed, wide } from './bench/shapes.mjs';
import { conversation, json } from './bench/texts.mjs';
import { moments, search, timeline, zoomDepth } from './bench/timelines.mjs';
import { browser, serve } from './harness.mjs';

const large = Number(process.env.SPANGLASS_BENCH_SPANS ?? 1_000_000);
/** How long one piece of work may take: what takes longer is said, and the others have their turn. */
const LIMIT_S = Number(process.env.SPANGLASS_BENCH_LIMIT ?? 300);
const only = process.env.SPANGLASS_BENCH?.split(',');

/** Each goal's work; what is searched is what was sent before. */
const WORK = [
  ['U17', colours],
  ['U22', markdown],
  ['U15', withoutMouse],
  ['U16', screenReaders],
  ['U09 U10', growth],
  ['U11', deep],
  ['U12', wide],
  ['U13', skewed],
  ['U18 U20', conversation],
  ['U19', json],
  ['U06 U21', zoomDepth],
  ['U07', moments],
  ['U03 U04', (app, chromium) => timeline(app, chromium, 10_000)],
  ['U03 U04', (app, chromium) => timeline(app, chromium, 100_000)],
  ['U01 U02 U04 U05 U08', (app, chromium) => timeline(app, chromium, large)],
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

const [app, chromium] = await Promise.all([serve(), browser()]);
try {
  for (const [goals, work] of WORK) {
    if (only && !only.some((goal) => goals.includes(goal))) continue;
    // What cannot be measured is a missed row of its own, and costs the others nothing.
    await within(LIMIT_S, Promise.resolve().then(() => work(app, chromium))).catch((error) => holds(goals.split(' ')[0], goals, error.message.split('\n')[0], 'a figure', false));
    for (const context of chromium.contexts()) await context.close();
  }
} finally {
  print();
  console.log('Elsewhere: U14 (cargo test: critical paths by hand); WebKit’s own figures for U01 to U05 need the real window.');
  await chromium.close();
  await app.stop();
}
