import { expect, test } from 'vitest';
import { PROPOSED, rules } from './redaction';

test('rules are written as the engine reads them', () => {
  expect(rules(PROPOSED)).toBe('secrets,emails');
  expect(rules({ secrets: false, emails: false, structure: true, attributes: ' user.id, app.*\n' })).toBe('structure,attribute:user.id,attribute:app.*');
  expect(rules({ secrets: false, emails: false, structure: false, attributes: ' , ' })).toBe('');
});
