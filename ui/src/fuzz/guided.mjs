// Looks for texts that break a promise, by what they reach in the code: what V8 counts of each block tells which texts are worth to go
// on from. `node guided.mjs <bundle of targets> <promise> <seconds> <folder of the corpus> <folder of what breaks it>`
//
// Not Jazzer.js, which has libFuzzer's ways: what it ships for Linux starts on systems of 2023 and later alone (4.0.0).
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** What a text may cost: milliseconds of a processor (this one may wait for others), and mebibytes of the whole process. */
const LONGEST = 1000;
const LARGEST = 512;

/** Longer texts are cut: most of what is reached is reached with short ones. */
const LENGTH = 20_000;

const [bundle, promise, seconds, corpus, artifacts] = process.argv.slice(2);
const session = new Session();
session.connect();
const ask = (method, parameters) => {
  let answer;
  session.post(method, parameters, (error, result) => {
    if (error) throw new Error(error.message);
    answer = result;
  });
  return answer;
};
ask('Profiler.enable');
ask('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
const { Chance, damaged, promises, SEEDS } = createRequire(import.meta.url)(bundle);

/** Says whether a text reached what none before it has: a block, or one twice as often as ever. */
const reached = new Set();
function isNew() {
  const before = reached.size;
  for (const { url, functions } of ask('Profiler.takePreciseCoverage').result) {
    if (!url.endsWith(bundle)) continue;
    for (const { ranges } of functions) {
      for (const { startOffset, endOffset, count } of ranges) {
        if (count > 0) reached.add(`${startOffset} ${endOffset} ${Math.min(Math.floor(Math.log2(count)), 10)}`);
      }
    }
  }
  return reached.size > before;
}

/** Holds a text against the promise; returns what it took, in milliseconds. */
function hold(text) {
  const start = process.cpuUsage();
  promises[promise](text);
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

function fail(text, why) {
  mkdirSync(artifacts, { recursive: true });
  const file = join(artifacts, `${promise}-${createHash('sha256').update(text).digest('hex').slice(0, 16)}`);
  writeFileSync(file, text);
  console.error(`${why}\nthe text: ${file}`);
  process.exit(1);
}

function attempt(text) {
  try {
    // What is collected of texts before it does not fall into the same place twice.
    if (hold(text) > LONGEST && hold(text) > LONGEST) fail(text, `it takes longer than ${LONGEST} ms`);
  } catch (error) {
    fail(text, error.stack);
  }
  const memory = process.memoryUsage.rss() / 2 ** 20;
  if (memory > LARGEST) fail(text, `it takes ${memory.toFixed()} MiB`);
  return isNew();
}

mkdirSync(corpus, { recursive: true });
const kept = [...SEEDS[promise], ...readdirSync(corpus).map((file) => readFileSync(join(corpus, file), 'utf8'))];
kept.forEach(attempt);
const known = kept.length;
const start = Date.now();
const chance = new Chance(start);
let tried = 0;
for (; Date.now() - start < Number(seconds) * 1000; tried++) {
  // The latest have been gone on from least often.
  const from = chance.below(2) ? kept[kept.length - 1 - chance.below(Math.min(kept.length, 20))] : chance.of(kept);
  const text = damaged(from, kept, chance).slice(0, LENGTH);
  if (!attempt(text)) continue;
  kept.push(text);
  writeFileSync(join(corpus, createHash('sha256').update(text).digest('hex').slice(0, 16)), text);
}
console.log(`${promise}: ${tried} texts, ${kept.length - known} of them reached what none before had, ${reached.size} places in all`);
