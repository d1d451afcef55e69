// The keys of a tree of JSON (https://www.w3.org/WAI/ARIA/apg/patterns/treeview/).

interface Tree {
  /** Rows in all, and which is the current one. */
  rows: number;
  at: number;
  /** Rows of a page; 0 = the tree does not scroll by itself. */
  page: number;
  /** Of the current row. */
  opens: boolean;
  open: boolean;
  /** Opens or closes the current row. */
  toggle(): void;
  move(to: number): void;
  /** Goes to the row around the current one. */
  out(): void;
}

/** Does what a key says; one that leads out of the tree, or that a button within a row has, goes on to whoever else listens. */
export function treeKey(event: KeyboardEvent, tree: Tree): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const does = actionOf(event, tree);
  if (!does) return;
  does();
  event.preventDefault();
  event.stopPropagation();
}

function actionOf({ key, target }: KeyboardEvent, tree: Tree): (() => void) | null {
  const { at, rows, page } = tree;
  const to = (row: number) => () => tree.move(Math.max(0, Math.min(rows - 1, row)));
  switch (key) {
    case 'ArrowDown':
      return at < rows - 1 ? to(at + 1) : null;
    case 'ArrowUp':
      return at > 0 ? to(at - 1) : null;
    case 'PageDown':
      return page > 0 ? to(at + page) : null;
    case 'PageUp':
      return page > 0 ? to(at - page) : null;
    case 'ArrowRight':
      return tree.opens && !tree.open ? tree.toggle : to(at + 1);
    case 'ArrowLeft':
      return tree.open ? tree.toggle : tree.out;
    case 'Home':
      return to(0);
    case 'End':
      return to(rows - 1);
    case 'Enter':
    case ' ':
      return target instanceof Element && target.closest('button') ? null : tree.toggle;
    default:
      return null;
  }
}
