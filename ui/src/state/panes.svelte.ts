/** How much room the window has. */

/** Below this the list folds to a rail. */
const RAIL = '(max-width: 1180px)';
/** Below this the inspector covers the trace. */
const DRAWER = '(max-width: 900px)';

/** Below this the window's bar folds what is not always needed: only a browser is that narrow. */
const NARROW = '(max-width: 560px)';

class Panes {
  rail = $state(matchMedia(RAIL).matches);
  /** The inspector covers the trace, so it opens only when it is asked for. */
  covering = $state(matchMedia(DRAWER).matches);
  /** It was asked for: by a click on a span, or by Enter. */
  asked = $state(true);

  narrow = $state(matchMedia(NARROW).matches);

  constructor() {
    matchMedia(NARROW).addEventListener('change', (event) => (this.narrow = event.matches));
    matchMedia(RAIL).addEventListener('change', (event) => (this.rail = event.matches));
    matchMedia(DRAWER).addEventListener('change', (event) => (this.covering = event.matches));
    // Walking with the keys keeps the tree in sight.
    window.addEventListener('pointerdown', () => (this.asked = true), { capture: true });
    window.addEventListener('keydown', (event) => this.#walked(event.key), { capture: true });
  }

  get inspector(): boolean {
    return !this.covering || this.asked;
  }

  /** Something was chosen to be seen in the trace's own pane: what covers it goes. */
  look(): void {
    if (this.covering) this.asked = false;
  }

  #walked(key: string): void {
    if (key === 'Enter') this.asked = true;
    else if (this.covering && /^(Arrow|Page|Home|End|[.,e]$)/.test(key) && !document.querySelector('.insp')?.contains(document.activeElement)) this.asked = false;
  }
}

export const panes = new Panes();
