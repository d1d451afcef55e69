/** What is said of a file that was opened. */
import type { OpenedFile } from '../api/types';
import { exact, plural } from './format';

type Said = { says: string | null; tone: 'plain' | 'warning' | 'error' };

/** Nothing is said of what came whole: its traces stand in the list, and the first of them is shown. */
export function opened(file: OpenedFile): Said {
  const { running, taken, known, problem } = file;
  const came = plural(taken + known, 'span');
  if (running) return { says: taken + known > 0 ? `is being read: ${came} so far` : 'is being read', tone: 'plain' };
  if (problem !== null && taken + known === 0) return { says: `was not opened: ${problem}`, tone: 'error' };
  if (problem !== null) return { says: `was read in part. ${came} came; ${problem}`, tone: 'warning' };
  if (taken === 0 && known > 0) return { says: `holds nothing new: ${known === 1 ? 'its span was' : `all of its ${exact(known)} spans were`} here already`, tone: 'plain' };
  return { says: null, tone: 'plain' };
}
