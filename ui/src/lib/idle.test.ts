import { expect, test } from 'vitest';
import { whenIdle } from './idle';

test('work is done in order, one piece at a time, and can be given up', async () => {
  const done: string[] = [];
  await new Promise<void>((end) => {
    whenIdle(() => done.push('first'));
    const giveUp = whenIdle(() => done.push('given up'));
    whenIdle(() => {
      done.push('last');
      end();
    });
    giveUp();
    expect(done).toEqual([]);
  });
  expect(done).toEqual(['first', 'last']);
});
