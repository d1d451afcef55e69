// What a part asks of the page: parts know neither the clipboard nor the outside. The shell listens.
import type { SafeLink } from './link';

/** The event by which a part asks that a person be asked whether a link may be opened. */
export const LINK_ASKED = 'spanglass-link-asked';
/** The event by which a part asks for a text to be copied. */
export const COPY_ASKED = 'spanglass-copy-asked';

export interface CopyAsked {
  text: string | Promise<string>;
  done(): void;
  failed(reason: string): void;
}

/** Asks to open a link; whoever listens shows its host first. */
export function askToOpen(from: EventTarget, link: SafeLink): void {
  from.dispatchEvent(new CustomEvent<SafeLink>(LINK_ASKED, { detail: link, bubbles: true }));
}

/** Copies a text; rejects with a sentence when it cannot. */
export function askToCopy(from: EventTarget, text: string | Promise<string>): Promise<void> {
  return new Promise((done, reject) => {
    const detail: CopyAsked = { text, done, failed: (reason) => reject(new Error(reason)) };
    from.dispatchEvent(new CustomEvent(COPY_ASKED, { detail, bubbles: true }));
  });
}
