import { expect, test } from 'vitest';
import { keysOf, pathText, pointerTo } from './pointer';

test('keys with slashes and tildes survive a pointer', () => {
  const pointer = pointerTo('/attributes', 'a/b~c', 0);
  expect(pointer).toBe('/attributes/a~1b~0c/0');
  expect(keysOf(pointer)).toEqual(['attributes', 'a/b~c', '0']);
});

test('a path reads as programs write it', () => {
  expect(pathText('/messages/0/tool calls/x')).toBe('messages[0]["tool calls"].x');
});
