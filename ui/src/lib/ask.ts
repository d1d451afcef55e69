import type { SafeLink } from './link';

/** The event by which a part asks that a person be asked whether a link may be opened. */
export const LINK_ASKED = 'spanglass-link-asked';

/** Asks to open a link; whoever listens at the top shows its host first. */
export function askToOpen(from: EventTarget, link: SafeLink): void {
  from.dispatchEvent(new CustomEvent<SafeLink>(LINK_ASKED, { detail: link, bubbles: true }));
}
