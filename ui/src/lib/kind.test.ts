import { expect, test } from 'vitest';
import { kindLook } from './kind';

test('a kind nobody knows is drawn as other', () => expect(kindLook('quantum')).toEqual({ colour: 'other', icon: 'other', word: 'span' }));
