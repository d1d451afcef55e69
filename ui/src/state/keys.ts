/** The keys of everything that is not always on screen, one line each: a view takes its commands from here, and `?` shows those of all views. */
import type { Command } from './commands.svelte';

const GROUPS = {
  Timeline: [
    ['timeline.down', 'Next span', 'ArrowDown'],
    ['timeline.up', 'Span above', 'ArrowUp'],
    ['timeline.open', 'Unfold, or go to the first child', 'ArrowRight'],
    ['timeline.shut', 'Fold, or go to the parent', 'ArrowLeft'],
    ['timeline.page-down', 'A screen down', 'PageDown'],
    ['timeline.page-up', 'A screen up', 'PageUp'],
    ['timeline.first', 'First span', 'Home'],
    ['timeline.last', 'Last span', 'End'],
    ['timeline.below', 'Unfold everything below', '*'],
    ['timeline.fold-all', 'Fold all', '['],
    ['timeline.unfold-all', 'Unfold all', ']'],
    ['timeline.next-sibling', 'Next sibling', '.'],
    ['timeline.previous-sibling', 'Sibling above', ','],
    ['timeline.inspect', 'Go to the inspector', 'Enter'],
    ['timeline.in', 'Zoom in', 'w', '+', '='],
    ['timeline.out', 'Zoom out', 's', '-'],
    ['timeline.left', 'Move left', 'a'],
    ['timeline.right', 'Move right', 'd'],
    ['timeline.fit', 'Fit the span, then the whole trace', 'f'],
    ['timeline.critical', 'Show the critical path', 'c'],
  ],
  Conversation: [
    ['conversation.next', 'Next turn', '.'],
    ['conversation.previous', 'Previous turn', ','],
    ['conversation.jump', 'Go to the span that executed the tool call', 'j'],
    ['conversation.copy', 'Copy the message', 'y'],
    ['conversation.find', 'Find in the transcript', 'Mod+f'],
    ['conversation.hit', 'Go to the next hit', 'n'],
    ['conversation.hit-before', 'Go to the hit before', 'Shift+n'],
  ],
  Stream: [
    ['stream.play', 'Play or pause', ' '],
    ['stream.replay', 'Replay from the start', 'r'],
    ['stream.next', 'Next chunk', 'ArrowRight'],
    ['stream.previous', 'Previous chunk', 'ArrowLeft'],
    ['stream.stall', 'Go to the next stall, the longest first', 'n'],
    ['stream.stall-before', 'Go to the stall before', 'Shift+n'],
  ],
  Compare: [
    ['compare.next', 'Go to the next difference', 'n'],
    ['compare.previous', 'Go to the difference before', 'Shift+n'],
    ['compare.all', 'Show only differences, or all', 'a'],
    ['compare.streams', 'Go to how the answers were streamed', 's'],
    ['compare.close', 'Leave the comparison', 'Escape'],
  ],
  Hits: [
    ['hits.next', 'Go to the next hit', 'n'],
    ['hits.before', 'Go to the hit before', 'Shift+n'],
  ],
  Trace: [
    ['trace.error', 'Go to the next error', 'e'],
    ['trace.compare', 'Compare with the last run of this name that went well', '7'],
    ['trace.export', 'Export this trace', 'Shift+e'],
    ['trace.delete', 'Delete this trace', 'Shift+Delete'],
    ['trace.deselect', 'Close the inspector', 'Escape'],
  ],
  Traces: [
    ['list.pick', 'Select this trace', 'x'],
    ['selection.compare', 'Compare the two selected traces', 'Shift+c'],
    ['selection.delete', 'Delete the selected traces', 'Delete'],
    ['selection.clear', 'Select nothing', 'Escape'],
  ],
} as const satisfies Record<string, readonly (readonly [id: string, title: string, ...keys: string[]])[]>;

/** What can be done somewhere in the window. */
export type Keyed = Omit<Command, 'run'>;

export const KEYS: Keyed[] = Object.entries(GROUPS).flatMap(([group, list]) => list.map(([id, title, ...keys]) => ({ id, title, group, keys })));

type Id = (typeof GROUPS)[keyof typeof GROUPS][number][0];

/** A command of the list; `title` says what it does as things are. */
export function keyed(id: Id, run: () => void, title?: string): Command {
  const known = KEYS.find((each) => each.id === id);
  if (!known) throw new Error(`no keys of ${id}`);
  return { ...known, ...(title && { title }), run };
}

const OF_A_VIEW = ['Timeline', 'Conversation', 'Stream', 'Compare', 'Hits'];

/** Keys by group: those of the view on screen first, then what is always there, then what `known` tells of other views. */
export function keysByGroup(offered: Keyed[], known: Keyed[]): { group: string; here: boolean; items: Keyed[] }[] {
  const here = new Set(offered.map((each) => each.id));
  const groups = new Map<string, Keyed[]>();
  for (const each of [...offered, ...known.filter((each) => !here.has(each.id))]) {
    if (each.keys.length > 0) groups.set(each.group, [...(groups.get(each.group) ?? []), each]);
  }
  const place = new Map(known.map((each, at) => [each.id, at]));
  const ordered = (items: Keyed[]) => items.sort((a, b) => (place.get(a.id) ?? -1) - (place.get(b.id) ?? -1));
  const found = [...groups].map(([group, items]) => ({ group, here: items.some((each) => here.has(each.id)), items: ordered(items) }));
  const rank = (each: { group: string; here: boolean }) => (!each.here ? 2 : OF_A_VIEW.includes(each.group) ? 0 : 1);
  return found.sort((a, b) => rank(a) - rank(b));
}
