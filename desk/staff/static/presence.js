// @ts-check
/**
 * Tells that a ticket's page is open and whether somebody writes there, and shows who else is there
 * (`data-presence`: the address; `data-conversation`: whose news to listen to).
 */

const EVERY = 20_000;
const STILL_WRITING = 20_000;

const panel = /** @type {HTMLElement | null} */ (document.querySelector("[data-presence]"));
let typedAt = -Infinity;
let timer = 0;
let writing = false;

/** @param {HTMLElement} where */
function start(where) {
  document.addEventListener("input", (event) => {
    if (!(event.target instanceof HTMLTextAreaElement) || !event.target.dataset["draft"]) return;
    typedAt = performance.now();
    if (!writing) void tell(where);
  });
  document.body.addEventListener("presence", (event) => {
    if (/** @type {CustomEvent} */ (event).detail === where.dataset["conversation"]) void look(where);
  });
  addEventListener("pagehide", () => navigator.sendBeacon(String(where.dataset["presence"]), said({ gone: "1" })));
  addEventListener("pageshow", (event) => event.persisted && void tell(where));
  setInterval(() => void tell(where), EVERY);
  void tell(where);
}

/** @param {HTMLElement} where */
async function tell(where) {
  writing = performance.now() - typedAt < STILL_WRITING;
  const body = said({ writing: writing ? "1" : "0" });
  await show(where, fetch(String(where.dataset["presence"]), { method: "POST", body, redirect: "error" }));
}

/** @param {HTMLElement} where */
async function look(where) {
  await show(where, fetch(String(where.dataset["presence"]), { redirect: "error" }));
}

/**
 * @param {HTMLElement} where
 * @param {Promise<Response>} asked
 */
async function show(where, asked) {
  try {
    const response = await asked;
    if (!response.ok) return;
    const html = await response.text();
    const list = document.createRange().createContextualFragment(html).querySelector("[data-again]");
    // Announced only when somebody comes, goes, or begins to write: not when a second has passed.
    if ((list?.textContent ?? "") !== (where.querySelector("[data-again]")?.textContent ?? "")) where.innerHTML = html;
    clearTimeout(timer);
    const seconds = list instanceof HTMLElement ? Number(list.dataset["again"]) : 0;
    if (seconds) timer = setTimeout(() => void look(where), (seconds + 1) * 1000);
  } catch {
    // no news while the network is away; the page says so elsewhere
  }
}

/** @param {Record<string, string>} values */
function said(values) {
  const body = new FormData();
  body.set("csrf", String(document.querySelector("input[name=csrf]")?.getAttribute("value")));
  for (const [name, value] of Object.entries(values)) body.set(name, value);
  return body;
}

if (panel) start(panel);
