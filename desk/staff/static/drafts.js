// @ts-check
/**
 * Keeps what is being written in every `<textarea data-draft="place">`: on the server, a moment after each pause,
 * so that it is found again after a crash and on another computer; in this browser until the server has it.
 * `data-kept` marks a text that the server has just given back: nothing replaces it.
 *
 * A form is sent once its text is kept, so that no late draft can outlive what was sent. When the server
 * cannot be reached the page stays, with its text.
 *
 * @typedef {{field: HTMLTextAreaElement, place: string, line: HTMLElement, timer: number, dirty: boolean,
 *   sent: boolean, work: Promise<Outcome>}} Draft
 * @typedef {"kept" | "refused" | "away"} Outcome
 */

const PAUSE = 800;
const TRY_AGAIN = 5_000;
const SURELY_ARRIVED = 60_000;
const ADDRESS = "/staff/drafts";
const HERE = "beffroi-draft:";
const AWAY = "Connexion perdue. Votre texte est gardé sur cet appareil.";
const ENDED = "Votre session est terminée. Votre texte est gardé sur cet appareil : rechargez la page.";
const REFUSED = "Ce texte est trop long pour être gardé en brouillon.";
const FOUND = "Votre brouillon a été retrouvé.";
const TOO_LONG = 413;

const person = document.body.dataset["person"] ?? "";

/** @type {Map<Element, Draft>} */
const drafts = new Map();

/** Also what htmx puts into the page later. @param {ParentNode} part */
function followAll(part) {
  for (const field of drafts.keys()) if (!field.isConnected) drafts.delete(field);
  for (const field of part.querySelectorAll("textarea[data-draft]")) {
    if (field instanceof HTMLTextAreaElement && !drafts.has(field)) drafts.set(field, follow(field));
  }
}

/**
 * @param {HTMLTextAreaElement} field
 * @returns {Draft}
 */
function follow(field) {
  const line = document.createElement("p");
  line.className = "meta";
  line.setAttribute("role", "status");
  field.after(line);
  const place = String(field.dataset["draft"]);
  /** @type {Draft} */
  const draft = { field, place, line, timer: 0, dirty: false, sent: false, work: Promise.resolve("kept") };
  field.addEventListener("input", () => touch(draft));
  field.form?.addEventListener("submit", (event) => hold(draft, event), { capture: true });
  void restore(draft);
  return draft;
}

/** @param {Draft} draft */
function touch(draft) {
  draft.dirty = true;
  draft.sent = false;
  keepHere(draft);
  clearTimeout(draft.timer);
  draft.timer = setTimeout(() => void keep(draft), PAUSE);
}

/**
 * One request at a time, so that the last words written are the last to arrive.
 * @param {Draft} draft
 * @returns {Promise<Outcome>}
 */
function keep(draft) {
  clearTimeout(draft.timer);
  draft.work = draft.work.then((before) => (draft.dirty ? send(draft) : before));
  return draft.work;
}

/**
 * @param {Draft} draft
 * @returns {Promise<Outcome>}
 */
async function send(draft) {
  draft.dirty = false;
  try {
    const response = await fetch(ADDRESS, { method: "POST", body: packed(draft), redirect: "manual" });
    if (response.ok) {
      if (!draft.dirty) forgetHere(draft.place);
      say(draft, (await response.json()).said);
      return "kept";
    }
    if (response.status === TOO_LONG) {
      say(draft, REFUSED);
      return "refused";
    }
    if (response.status < 500) {
      say(draft, ENDED);
      draft.dirty = true;
      return "away";
    }
  } catch {
    // the network or the server is away
  }
  say(draft, AWAY);
  draft.dirty = true;
  clearTimeout(draft.timer);
  draft.timer = setTimeout(() => void keep(draft), TRY_AGAIN);
  return "away";
}

/** @param {Draft} draft */
function packed(draft) {
  const body = new FormData();
  const key = /** @type {HTMLInputElement | null} */ (draft.field.form?.elements.namedItem("csrf") ?? null);
  body.set("csrf", key?.value ?? "");
  body.set("place", draft.place);
  body.set("text", draft.field.value);
  return body;
}

/**
 * The form goes once its text is kept; what the server will not keep is not held back.
 * @param {Draft} draft
 * @param {SubmitEvent} event
 */
function hold(draft, event) {
  if (!draft.dirty || draft.sent) {
    draft.sent = true;
    return;
  }
  event.preventDefault();
  event.stopImmediatePropagation();
  const button = event.submitter;
  void keep(draft).then((outcome) => {
    if (outcome === "away" || draft.sent) return;
    draft.sent = true;
    draft.field.form?.requestSubmit(button);
  });
}

/** The draft of the server or of this browser, whichever is newer. @param {Draft} draft */
async function restore(draft) {
  const { field, place } = draft;
  if (field.dataset["kept"] !== undefined) return;
  const here = storedHere(place);
  const there = await onServer(place);
  if (here && isDone(here, there)) forgetHere(place);
  if (field.value !== field.defaultValue) return; // already writing again
  if (here && !isDone(here, there)) {
    if (here.text !== field.value) put(draft, here.text, FOUND);
    touch(draft);
  } else if (there) {
    put(draft, there.text, there.said);
  }
}

/**
 * Whether the words of this browser are of no more use: the server has them or newer ones, or had them from a
 * page that closed, and they were sent since.
 * @param {{at: number, handed: boolean}} here
 * @param {{saved_at: string} | null} there
 */
function isDone(here, there) {
  if (there) return Date.parse(there.saved_at) >= here.at;
  return here.handed && Date.now() - here.at > SURELY_ARRIVED;
}

/**
 * @param {Draft} draft
 * @param {string} text
 * @param {string} said
 */
function put(draft, text, said) {
  draft.field.value = text;
  say(draft, said);
}

/**
 * @param {string} place
 * @returns {Promise<{text: string, saved_at: string, said: string} | null>} null for none, or when it cannot be asked
 */
async function onServer(place) {
  try {
    const response = await fetch(`${ADDRESS}?place=${encodeURIComponent(place)}`, { redirect: "error" });
    const found = response.ok ? await response.json() : null;
    return found?.text ? found : null;
  } catch {
    return null;
  }
}

/** @param {string} place */
function storedHere(place) {
  try {
    const found = JSON.parse(localStorage.getItem(HERE + person + place) ?? "null");
    if (typeof found?.text !== "string") return null;
    return { text: String(found.text), at: Number(found.at), handed: found.handed === true };
  } catch {
    return null;
  }
}

/**
 * @param {Draft} draft
 * @param {boolean} [handed] whether the closing page has handed it over, without waiting for a word back
 */
function keepHere(draft, handed = false) {
  const written = JSON.stringify({ text: draft.field.value, at: Date.now(), handed });
  try {
    localStorage.setItem(HERE + person + draft.place, written);
  } catch {
    // a browser that stores nothing: the server still does
  }
}

/** @param {string} place */
function forgetHere(place) {
  try {
    localStorage.removeItem(HERE + person + place);
  } catch {
    // nothing was stored
  }
}

/**
 * @param {Draft} draft
 * @param {string} text
 */
function say(draft, text) {
  if (draft.line.textContent !== text) draft.line.textContent = text;
}

/** A page that closes hands its last words over; what it cannot hand over stays in this browser. */
function leave() {
  for (const draft of drafts.values()) {
    if (draft.dirty && !draft.sent) keepHere(draft, navigator.sendBeacon(ADDRESS, packed(draft)) && navigator.onLine);
  }
}

/** Whoever uses this computer next finds nothing. */
function wipe() {
  try {
    for (const key of Object.keys(localStorage)) if (key.startsWith(HERE)) localStorage.removeItem(key);
  } catch {
    // nothing was stored
  }
}

addEventListener("pagehide", leave);
addEventListener("online", () => drafts.forEach((draft) => draft.dirty && void keep(draft)));
document.body.addEventListener("htmx:load", (event) => followAll(/** @type {Element} */ (event.target)));
followAll(document);
document.querySelector('form[action="/staff/logout"]')?.addEventListener("submit", wipe);
