/** Everything that can be done, in one list: the palette, the `?` sheet and the keyboard all read it. */
import { SvelteMap } from 'svelte/reactivity';

export interface Command {
  /** A stable name, such as `timeline.fit`. */
  id: string;
  /** A verb, such as `Fit the whole trace`. */
  title: string;
  /** Where it stands in the palette and on the sheet: `Trace`, `Timeline`, `Conversation`, … */
  group: string;
  /**
   * Keys as `KeyboardEvent.key` names them, each with `Mod+`, `Shift+` or `Alt+` before it when they are needed;
   * several keys do the same.
   */
  keys: string[];
  /** Its key only tells why there is nothing to do: no list offers it. */
  idle?: boolean;
  run(): void;
}

class Commands {
  #sets = new SvelteMap<object, Command[]>();

  all: Command[] = $derived([...this.#sets.values()].flat());

  /** Offers `commands` until the returned function is called: `$effect(() => commands.offer([...]))`. */
  offer(list: Command[]): () => void {
    const owner = {};
    this.#sets.set(owner, list);
    return () => this.#sets.delete(owner);
  }

  /** Runs the command of a key; the one offered last wins. Says whether there was one. */
  press(event: KeyboardEvent): boolean {
    const pressed = keyName(event);
    for (const command of [...this.all].reverse()) {
      if (command.keys.includes(pressed)) {
        command.run();
        return true;
      }
    }
    return false;
  }
}

/** The name of a pressed key, such as `Mod+k`, `Shift+Tab`, `?`. */
export function keyName(event: KeyboardEvent): string {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const letter = /^[a-z]$/.test(key);
  return `${event.metaKey || event.ctrlKey ? 'Mod+' : ''}${event.altKey ? 'Alt+' : ''}${event.shiftKey && (letter || key.length > 1) ? 'Shift+' : ''}${key}`;
}

/** Whether keys belong to what is being written. */
export function isWriting(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches('input:not([type=checkbox], [type=radio], [type=range]), textarea, select'));
}

export const commands = new Commands();
