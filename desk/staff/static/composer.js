// @ts-check
/**
 * Writing on the staff pages: drafts (drafts.js), who else is there (presence.js), and the composer of a ticket's
 * page: texts inserted at the cursor, the keyboard, what came since the reply was begun.
 *
 * The numbers `version` and `read` say what the writer had on screen. While nothing is written they follow the
 * conversation as the page shows it. Once there is text, what came is shown above the reply, and they stay
 * until the writer says it is read: a reply sent before is refused with the news
 * (desk/staff/composer/collision.py).
 */
import "./drafts.js";
import "./presence.js";

const MISSING = "Ce texte n’a pas pu être inséré. Réessayez dans un instant.";

const form = /** @type {HTMLFormElement | null} */ (document.getElementById("reponse"));
const field = /** @type {HTMLTextAreaElement | null} */ (form?.querySelector("textarea[name=text]") ?? null);
const thread = document.querySelector("[data-live]");
const news = /** @type {HTMLElement | null} */ (document.querySelector("[data-news]"));

/** @param {string} name */
function hidden(name) {
  return /** @type {HTMLInputElement} */ (form?.elements.namedItem(name));
}

/** @param {DOMStringMap} shown */
function haveSeen(shown) {
  hidden("version").value = String(shown["version"]);
  hidden("read").value = String(shown["read"]);
  news?.replaceChildren();
}

/** The conversation on screen has moved: either nobody was writing, or the writer is told. */
async function reconcile() {
  const shown = thread?.querySelector("[data-version]");
  if (!(shown instanceof HTMLElement)) return;
  const { version, read } = shown.dataset;
  if (version === hidden("version").value && read === hidden("read").value) return;
  if (!field?.value.trim()) haveSeen(shown.dataset);
  else await tell(shown.dataset);
}

/** @param {DOMStringMap} shown what to take for seen when none of it matters to a writer */
async function tell(shown) {
  if (!news) return;
  const since = new URLSearchParams({ version: hidden("version").value, read: hidden("read").value });
  try {
    const response = await fetch(`${news.dataset["news"]}?${since}`, { redirect: "error" });
    if (!response.ok) return;
    const html = await response.text();
    if (!html.trim()) haveSeen(shown);
    else if (news.innerHTML !== html) news.innerHTML = html;
  } catch {
    // sending would be refused with the same news
  }
}

/** @param {HTMLButtonElement} button */
async function insert(button) {
  const from = button.dataset["insertFrom"];
  const chosen = from ? /** @type {HTMLSelectElement} */ (document.getElementById(from)).value : "";
  if (from && !chosen) return;
  try {
    const response = await fetch(`${button.dataset["insert"]}${chosen}`, { redirect: "error" });
    if (response.ok) return put(await response.text());
  } catch {
    // told below
  }
  const state = document.getElementById("etat-direct");
  if (state) state.textContent = MISSING;
}

/** At the cursor, a blank line away from what is around it, in a way that "undo" knows. @param {string} words */
function put(words) {
  if (!field) return;
  const [before, after] = [field.value.slice(0, field.selectionStart), field.value.slice(field.selectionEnd)];
  const text = apart(before.split(/\S/).pop(), before.trim()) + words + apart(after.split(/\S/)[0], after.trim());
  field.focus();
  if (document.execCommand("insertText", false, text)) return;
  field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

/**
 * The ends of line that are missing between two texts.
 * @param {string | undefined} blank what is there already
 * @param {string} other the other text; nothing needs to be apart from nothing
 */
function apart(blank, other) {
  return other ? "\n".repeat(Math.max(0, 2 - String(blank).split("\n").length + 1)) : "";
}

/** @param {KeyboardEvent} event */
function press(event) {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  const button = form?.querySelector(event.shiftKey ? "button[name=preview]" : "button[type=submit]");
  if (button instanceof HTMLElement && !event.repeat) button.click();
}

if (form && field) {
  field.addEventListener("keydown", press);
  form.addEventListener("click", (event) => {
    const button = /** @type {Element} */ (event.target).closest("button[data-insert]");
    if (!(button instanceof HTMLButtonElement)) return;
    event.preventDefault();
    void insert(button);
  });
  news?.addEventListener("click", (event) => {
    if (!(/** @type {Element} */ (event.target).closest("[data-have-read]"))) return;
    const shown = news.querySelector("[data-version]");
    if (shown instanceof HTMLElement) haveSeen(shown.dataset);
    field.focus();
  });
  if (thread) new MutationObserver(() => void reconcile()).observe(thread, { childList: true });
}
