// Runs in the page: opens every span in every view and looks whether a text became anything but text.

/** Prepares a page: what runs, and what the page's policy had to stop, is counted. */
export function prepare() {
  window.ranPayloads = [];
  window.ran = (n) => window.ranPayloads.push(n);
  window.alert = window.confirm = window.prompt = () => window.ranPayloads.push('dialog');
  window.stopped = [];
  document.addEventListener('securitypolicyviolation', (event) => window.stopped.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
}

/** Walks through traces; leaves what it saw in `window.walked`. */
export function walk(traces, views) {
  const PLANTED = 'main script, iframe, frame, object, embed, base, meta[http-equiv=refresh], link[href*="evil"], link[href*="/u"], [style*="evil"], audio, video, form[action], a[ping]';
  // Markdown is drawn as what it means; its words alone are read.
  const MARKDOWN = /[`[\]|$*_\\&\u0001]|^<\w+:|^data:/;
  const begun = { page: location.href.split('#')[0], elsewhere: 0 };
  const seen = { spans: 0, changed: [], planted: [], steps: 0 };
  const pause = () => new Promise((done) => setTimeout(done, 0));
  const look = () => {
    seen.steps++;
    for (const element of document.querySelectorAll(PLANTED)) seen.planted.push(element.outerHTML.slice(0, 200));
    for (const element of document.querySelectorAll('*')) {
      for (const { name, value } of element.attributes) {
        if (name.startsWith('on') || /^\s*(javascript|vbscript):/i.test(value)) seen.planted.push(`${name}=${value}`.slice(0, 200));
        if (['src', 'href', 'srcset', 'poster', 'data', 'action'].includes(name) && /evil\.test|\/u\d+\//.test(value)) seen.planted.push(`${name}=${value}`.slice(0, 200));
      }
    }
    if (location.href.split('#')[0] !== begun.page) begun.elsewhere++;
  };
  const until = async (isThere) => {
    for (const end = Date.now() + 4000; Date.now() < end; await pause()) if (isThere()) return true;
    return false;
  };
  const go = async () => {
    for (const { traceId, spans } of traces) {
      for (const view of views) {
        location.hash = `#/trace/${traceId}?view=${view}`;
        const [tab, panel] = [() => document.querySelector(`[role=tab][data-view=${view}]`), () => document.querySelector('#view')];
        const isThere = () => location.hash.includes(traceId) && tab()?.ariaSelected === 'true' && tab().textContent.trim().startsWith(panel()?.ariaLabel) && panel().textContent.length > 20;
        // A trace that streamed nothing has no stream to show.
        if (!(await until(() => isThere() || tab()?.disabled)) ) seen.changed.push(`${view} of ${traceId} is not shown`);
        look();
      }
      for (const { spanId, mark, text } of spans) {
        location.hash = `#/trace/${traceId}?view=timeline&span=${spanId}`;
        // The mark and the text stand side by side in the message: if both are read together, markup stayed text.
        const shown = () => document.body.innerText.replaceAll(/\s+/g, ' ');
        const whole = `${mark} ${text}`.replaceAll(/\s+/g, ' ').trim().slice(0, 60);
        if (!(await until(() => shown().includes(mark)))) seen.changed.push(`${mark} is not shown`);
        else if (!MARKDOWN.test(text) && !(await until(() => shown().includes(whole)))) seen.changed.push(whole);
        seen.spans++;
        look();
      }
    }
    return { ...seen, planted: [...new Set(seen.planted)].slice(0, 20), changed: seen.changed.slice(0, 20), ran: window.ranPayloads, stopped: [...new Set(window.stopped)].slice(0, 20), navigations: begun.elsewhere };
  };
  window.walked = undefined;
  go().then(
    (result) => (window.walked = result),
    (error) => (window.walked = { error: String(error) }),
  );
}
