// @ts-check
/**
 * Keeps the parts of a staff page that say `hx-trigger="changed from:body"` or `data-live` fresh, and passes
 * on who comes and goes (`presence`, for presence.js).
 * Without JavaScript the pages work the same; they just do not move by themselves.
 */

const LOST = "Connexion perdue. La page se mettra à jour au retour du réseau.";
const ENDED = "Votre session est terminée. Rechargez la page pour vous reconnecter.";
const RETRY_MS = 5000;

/** @type {{ trigger(target: Element, name: string): void }} */
const htmx = Reflect.get(window, "htmx");
const part = /** @type {HTMLElement | null} */ (document.querySelector("[data-live]"));
const moving = part ?? document.querySelector('[hx-trigger^="changed"]');
const conversation = document.querySelector("[data-conversation]")?.getAttribute("data-conversation");
const state = document.getElementById("etat-direct");
let refreshing = false;
let again = false;
/** @type {EventSource | undefined} */
let source;

/** Fetch the part again; news that arrive meanwhile cause exactly one more fetch. */
async function refresh() {
  if (!part || refreshing) {
    again = refreshing;
    return;
  }
  refreshing = true;
  try {
    const response = await fetch(String(part.dataset["live"]), { redirect: "error" });
    if (response.ok) replace(part, await response.text());
  } catch {
    say(LOST);
  }
  refreshing = false;
  if (again) {
    again = false;
    void refresh();
  }
}

/**
 * @param {HTMLElement} target
 * @param {string} html rendered by our own server, which escapes everything
 */
function replace(target, html) {
  if (target.dataset["shown"] === html) return;
  target.dataset["shown"] = html;
  const focused = document.activeElement?.getAttribute("href");
  target.innerHTML = html;
  if (focused) {
    const link = target.querySelector(`a[href="${CSS.escape(focused)}"]`);
    if (link instanceof HTMLElement) link.focus();
  }
}

/** @param {string} text */
function say(text) {
  if (state && state.textContent !== text) state.textContent = text;
}

/** Nothing of the log-in page may be put into this one: the session has ended. @param {Event} event */
function keepOut(event) {
  const { detail } = /** @type {CustomEvent} */ (event);
  if (!new URL(detail.xhr.responseURL).pathname.startsWith("/staff/login")) return;
  detail.shouldSwap = false;
  say(ENDED);
}

function listen() {
  source = new EventSource("/staff/events");
  source.addEventListener("open", () => say(""));
  source.addEventListener("changed", () => {
    htmx.trigger(document.body, "changed");
    void refresh();
  });
  source.addEventListener("presence", ({ data }) =>
    document.body.dispatchEvent(new CustomEvent("presence", { detail: data })),
  );
  source.addEventListener("received", ({ data }) => {
    if (data === conversation) void refresh();
  });
  source.addEventListener("error", () => {
    say(LOST);
    if (source?.readyState === EventSource.CLOSED) void retry();
  });
}

/** The browser gives up on anything but a feed: an error of a proxy, which passes, or the log-in page. */
async function retry() {
  const looked = new AbortController();
  const options = /** @type {RequestInit} */ ({ redirect: "manual", signal: looked.signal });
  const response = await fetch("/staff/events", options).catch(() => null);
  looked.abort();
  if (response?.type === "opaqueredirect") say(ENDED);
  else setTimeout(listen, RETRY_MS);
}

if (moving) {
  listen();
  addEventListener("pagehide", () => source?.close());
  // A page that "back" brings out of the browser's memory has lost its feed.
  addEventListener("pageshow", (event) => event.persisted && listen());
  document.body.addEventListener("htmx:sendError", () => say(LOST));
}
document.body.addEventListener("htmx:beforeSwap", keepOut);

export {};
