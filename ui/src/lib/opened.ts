/** What is said of a file that was opened. */
import type { OpenedFile } from '../api/types';
import { bytes, exact, percent, plural } from './format';

type Said = { says: string | null; tone: 'plain' | 'warning' | 'error' };

/** Nothing is said of what came whole: its traces stand in the list, and the first of them is shown. */
export function opened(file: OpenedFile): Said {
  const { running, stopped, taken, known, problem } = file;
  const came = plural(taken + known, 'span');
  const read = file.bytes > 0 ? `${percent(file.bytes_read / file.bytes)} of ${bytes(file.bytes)}` : null;
  // A file that is one document is taken apart when all of it is there.
  const whole = file.bytes > 0 && file.bytes_read >= file.bytes;
  if (running && whole) return { says: `is read, all ${bytes(file.bytes)}: ${taken + known > 0 ? `${came} so far, the rest is being stored` : 'its spans are being made out'}`, tone: 'plain' };
  if (running) return { says: ['is being read', [read, taken + known > 0 ? `${came} so far` : null].filter(Boolean).join(', ')].filter(Boolean).join(': '), tone: 'plain' };
  if (stopped) return { says: `was stopped${read === null ? '' : ` at ${read}`}. ${came} came and stay; opened again, it is read to its end`, tone: 'warning' };
  if (problem !== null && taken + known === 0) return { says: `was not opened: ${problem}`, tone: 'error' };
  if (problem !== null) return { says: `was read in part. ${came} came; ${problem}`, tone: 'warning' };
  if (taken === 0 && known > 0) return { says: `holds nothing new: ${known === 1 ? 'its span was' : `all of its ${exact(known)} spans were`} here already`, tone: 'plain' };
  return { says: null, tone: 'plain' };
}
