import { expect, test } from 'vitest';
import { rank } from './rank';

const names = ['Fit the whole trace', 'Show the critical path', 'Copy', 'Collapse all'];
const by = (typed: string) => rank(names, typed, (name) => name);

test('nothing typed keeps the order', () => expect(by(' ')).toEqual(names));
test('the start of a word beats letters in between', () => expect(by('co')[0]).toBe('Copy'));
test('letters need not touch', () => expect(by('cpath')).toEqual(['Show the critical path']));
test('what has not all letters is left out', () => expect(by('xyz')).toEqual([]));
