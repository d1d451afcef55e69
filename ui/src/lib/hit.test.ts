import { expect, test } from 'vitest';
import type { Hit } from '../api/types';
import { isInName } from './hit';

const hit = (place: string, before: string, text: string, after: string) => ({ place, before, text, after }) as Hit;

test('words in the name of an attribute are told from those in its value', () => {
  expect(isInName(hit('app.user.id', 'app.', 'user', '.id'))).toBe(true);
  expect(isInName(hit('app.user.id', 'the ', 'user', ' said'))).toBe(false);
});
