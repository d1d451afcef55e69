// Whatever a trace says, it stays text: texts that try to be programs, and texts that lead out, in every place that is shown, in a
// browser, in an exported page and in the real window. Requests, connections and look-ups of names are counted by the kernel.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';

let report;
before(() => {
  const watch = join(import.meta.dirname, 'hostile/watch.mjs');
  const own = ['unshare', '--map-root-user', '--net', '--mount'];
  const canHave = spawnSync(own[0], [...own.slice(1), 'ip', 'link', 'add', 'out0', 'type', 'veth', 'peer', 'name', 'gone0']).status === 0;
  const [command, ...args] = canHave ? [...own, process.execPath, watch] : [process.execPath, watch];
  const environment = { ...process.env, SPANGLASS_NETWORK: canHave ? 'own' : 'shared' };
  const run = spawnSync(command, args, { env: environment, encoding: 'utf8', maxBuffer: 1 << 26, stdio: ['ignore', 'pipe', 'inherit'] });
  const line = run.stdout.split('\n').find((line) => line.startsWith('REPORT '));
  assert.ok(line, `the walk ended with ${run.status ?? run.signal}`);
  report = JSON.parse(line.slice('REPORT '.length));
});

test('the texts are as many as promised, and the observer sees what leaves', () => {
  assert.ok(report.scripts >= 200 && report.leads >= 60 && report.positions >= 20, JSON.stringify(report));
  assert.ok(report.control.connections > 0, 'a connection is seen');
  if (report.ownNetwork) assert.ok(report.control.packets > 0 && report.control.lookUps.includes('control.evil.test'), 'a packet and a look-up are seen');
  else console.log('not observed from outside: this machine gives no network of its own (unshare --net)');
});

describe('S09, S10', () => {
  for (const name of ['browser', 'exported page', ...(process.env.SPANGLASS_HOSTILE_WINDOW === 'off' ? [] : ['window'])]) {
    test(`${name}: nothing runs, nothing is asked for, nothing leaves`, () => {
      const seen = report.surfaces.find((surface) => surface.name === name);
      assert.equal(seen.spans, report.texts, JSON.stringify(seen));
      assert.deepEqual([seen.ran, seen.stopped, seen.planted, seen.requests, seen.lookUps], [[], [], [], [], []]);
      assert.deepEqual([seen.navigations, seen.connections, seen.packets], [0, 0, 0]);
      assert.deepEqual(seen.changed, [], 'markup is shown as it was written');
      console.log(
        `safety S09 S10 ${name}: ${report.scripts} programs and ${report.leads} addresses x ${report.positions} places, all shown as text; ` +
          `0 run, 0 stopped by the policy, 0 requests, 0 connections, ${report.ownNetwork ? '0 names looked up, 0 packets' : 'packets not counted'}, 0 navigations`,
      );
    });
  }
});
