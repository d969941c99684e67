// @ts-check
/** A telephone with Messenger on it: asks what it should show, and tells what is tapped. */

import { drawButton, drawLine, make, makeButton } from "./lines.js";

/**
 * @typedef {import("./lines.js").Line} Line
 * @typedef {{version: number, page: string, typing: boolean, elsewhere: boolean, greeting: string, desk: string, lines: Line[],
 *   menu: import("./lines.js").Button[], questions: {question: string, payload: string}[]}} State
 */

const KEPT = "beffroi-psid";
const PAUSE = 2000;
/** @type {Map<string, {drawn: string, shown: HTMLElement}>} */
let drawn = new Map();
let psid = sessionStorage.getItem(KEPT) ?? "";
let read = "";
let menu = "";

/** @param {string} id */
const at = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
const message = /** @type {HTMLTextAreaElement} */ (at("message"));
const reply = /** @type {HTMLTextAreaElement} */ (at("reply"));

/** @param {Record<string, string>} gesture */
async function act(gesture) {
  await post(`/phone/do?psid=${psid}`, JSON.stringify(gesture), "application/json");
}

/**
 * @param {string} path
 * @param {BodyInit} body
 * @param {string} kind
 */
async function post(path, body, kind) {
  try {
    const answer = await fetch(path, { method: "POST", body, headers: { "content-type": kind } });
    say(answer.ok ? "" : "Cela n’a pas pu être envoyé.");
    return answer;
  } catch {
    say("Le simulateur ne répond plus.");
    return null;
  }
}

/** @param {string} words */
function say(words) {
  at("trouble").textContent = words;
}

async function becomeSomebody() {
  const answer = await post("/phone/new", "{}", "application/json");
  if (!answer?.ok) return;
  psid = (await answer.json()).psid;
  sessionStorage.setItem(KEPT, psid);
  drawn = new Map();
  at("lines").replaceChildren();
}

async function follow() {
  for (let after = "", whose = ""; ; ) {
    try {
      if (!psid) await becomeSomebody();
      if (whose !== psid) after = "";
      whose = psid;
      const answer = await fetch(`/phone/state?psid=${psid}&after=${after}`);
      if (answer.status === 404) psid = "";
      else if (whose === psid) {
        const state = /** @type {State} */ (await answer.json());
        after = String(state.version);
        show(state);
      }
    } catch {
      say("Le simulateur ne répond plus.");
      await new Promise((done) => setTimeout(done, PAUSE));
    }
  }
}

/** @param {State} state */
function show(state) {
  const talk = at("talk");
  const isAtTheEnd = talk.scrollHeight - talk.scrollTop - talk.clientHeight < 80;
  at("page").textContent = state.page;
  at("holder").textContent = state.elsewhere ? "Un agent répond depuis la Page" : "Répond d’habitude tout de suite";
  at("writes").textContent = `${state.page} écrit…`;
  at("typing").hidden = !state.typing;
  /** @type {HTMLAnchorElement} */ (at("desk")).href = state.desk;
  showStart(state);
  showMenu(state);
  showLines(state);
  showQuickReplies(state);
  if (isAtTheEnd) talk.scrollTop = talk.scrollHeight;
  noteRead(state.lines);
}

/** @param {State} state */
function showStart(state) {
  const isNew = state.lines.length === 0;
  at("start").hidden = !isNew;
  if (!isNew) return;
  at("greeting").textContent = state.greeting;
  at("questions").replaceChildren(
    ...state.questions.map(({ question, payload }) => inItem(makeButton(question, () => act({ do: "taps", text: question, payload })))),
  );
}

/** @param {State} state */
function showMenu(state) {
  const written = JSON.stringify(state.menu);
  if (menu === written) return;
  menu = written;
  at("menu").hidden = state.menu.length === 0;
  at("items").replaceChildren(
    ...state.menu.map((item) =>
      inItem(
        drawButton(item, (gesture) => {
          at("menu").removeAttribute("open");
          act(gesture);
          message.focus();
        }),
      ),
    ),
  );
}

/** @param {State} state */
function showLines(state) {
  const mine = state.lines.filter((line) => line.author === "person").at(-1);
  for (const line of state.lines) {
    const isLast = line === mine;
    const written = JSON.stringify([line, isLast]);
    const before = drawn.get(line.mid);
    if (before?.drawn === written) continue;
    const shown = drawLine(line, state.page, isLast, act);
    const hadFocus = before?.shown.contains(document.activeElement);
    if (before) before.shown.replaceWith(shown);
    else at("lines").append(shown);
    if (hadFocus) /** @type {HTMLElement | null} */ (shown.querySelector(".react button"))?.focus();
    drawn.set(line.mid, { drawn: written, shown });
  }
}

/** Under the last message only, until something else is said. @param {State} state */
function showQuickReplies(state) {
  const replies = state.lines.at(-1)?.quick_replies ?? [];
  at("quick").hidden = replies.length === 0;
  at("quick").replaceChildren(...replies.map((quick) => drawButton(quick, act)));
}

/** Whoever looks at the page has seen its last message. @param {Line[]} lines */
function noteRead(lines) {
  const last = lines.filter((line) => line.author !== "person").at(-1)?.mid ?? "";
  if (!last || last === read || document.visibilityState !== "visible") return;
  read = last;
  act({ do: "reads" });
}

/** @param {HTMLElement} element */
function inItem(element) {
  const item = make("li", "");
  item.append(element);
  return item;
}

/**
 * Sends what a field holds and empties it; Enter sends, Shift with Enter goes to the next line.
 * @param {string} form
 * @param {HTMLTextAreaElement} field
 * @param {string} gesture
 */
function sendsOnSubmit(form, field, gesture) {
  at(form).addEventListener("submit", (event) => {
    event.preventDefault();
    const text = field.value.trim();
    if (!text) return;
    field.value = "";
    act({ do: gesture, text });
  });
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    /** @type {HTMLFormElement} */ (at(form)).requestSubmit();
  });
}

sendsOnSubmit("write", message, "says");
sendsOnSubmit("inbox", reply, "inbox_reply");
at("get-started").addEventListener("click", () => act({ do: "get_started" }));
at("like").addEventListener("click", () => act({ do: "likes" }));
at("give-back").addEventListener("click", () => act({ do: "pass_control" }));
at("new").addEventListener("click", async () => {
  await becomeSomebody();
  location.reload();
});
at("photo").addEventListener("change", (event) => {
  const input = /** @type {HTMLInputElement} */ (event.target);
  const file = input.files?.[0];
  if (file) post(`/phone/photo?psid=${psid}`, file, file.type);
  input.value = "";
});
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") read = "";
});
follow();
