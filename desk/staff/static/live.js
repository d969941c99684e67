// @ts-check
/**
 * Keeps the `data-live` part of a staff page fresh, and a reply being written safe from a reload.
 * Without JavaScript the pages work the same; they just do not move by themselves.
 */

const part = /** @type {HTMLElement | null} */ (document.querySelector("[data-live]"));
const state = document.getElementById("etat-direct");
let refreshing = false;
let again = false;

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
    say("Connexion perdue. La page se mettra à jour au retour du réseau.");
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

if (part) {
  const source = new EventSource("/staff/events");
  source.addEventListener("open", () => say(""));
  source.addEventListener("changed", () => void refresh());
  source.addEventListener("error", () => say("Connexion perdue, reconnexion…"));
  addEventListener("pagehide", () => source.close());
}

const form = /** @type {HTMLFormElement | null} */ (document.querySelector("form[data-draft]"));
const field = /** @type {HTMLTextAreaElement | null} */ (form?.querySelector("textarea") ?? null);
if (form && field) {
  const key = `beffroi-draft-${form.dataset["draft"]}`;
  if (!field.value) field.value = sessionStorage.getItem(key) ?? "";
  field.addEventListener("input", () => sessionStorage.setItem(key, field.value));
  form.addEventListener("submit", () => sessionStorage.removeItem(key));
}
