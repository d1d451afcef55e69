import type { Hit } from '../api/types';

/** Whether the words that were found stand in the name of an attribute: its name is then the place, too. */
export function isInName({ place, before, text, after }: Hit): boolean {
  return place === `${before}${text}${after}`;
}
