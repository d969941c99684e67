// @ts-check
/** What one line of the conversation looks like. Words of anybody are text, never markup. */

const EMOJIS = ["❤️", "😆", "😮", "😢", "😡", "👍", "👎"];
const LINK = /https?:\/\/[^\s<>"]+[^\s<>".,;:!?)»]/g;
const STATES = { "": "Envoi…", delivered: "Distribué", seen: "Vu" };

/**
 * @typedef {{type?: string, title: string, payload?: string, url?: string}} Button
 * @typedef {{mid: string, author: string, text: string, state: "" | "delivered" | "seen", reaction?: string | null,
 *   persona?: string, buttons?: Button[], quick_replies?: Button[], attachments?: {type: string, payload?: {url?: string}}[]}} Line
 * @typedef {(gesture: Record<string, string>) => void} Act
 */

/**
 * @param {Line} line
 * @param {string} page the Page's name
 * @param {boolean} isLast whether it is the citizen's last line, which tells how far it got
 * @param {Act} act
 */
export function drawLine(line, page, isLast, act) {
  const shown = make("div", `line ${line.author}`);
  shown.append(make("p", "who", whose(line, page)));
  if (line.text) shown.append(linked(line.text));
  for (const attachment of line.attachments ?? []) shown.append(drawAttachment(attachment));
  if (line.buttons?.length) {
    const group = make("div", "buttons");
    group.append(...line.buttons.map((button) => drawButton(button, act)));
    shown.append(group);
  }
  if (line.author !== "person") shown.append(drawReaction(line, act));
  else if (isLast) shown.append(make("p", "state", STATES[line.state]));
  return shown;
}

/**
 * A button of a message or of the menu: a link when it leads away.
 * @param {Button} button
 * @param {Act} act
 */
export function drawButton(button, act) {
  const away = button.type === "web_url" ? button.url : button.type === "phone_number" ? `tel:${button.payload}` : "";
  if (away) {
    const link = /** @type {HTMLAnchorElement} */ (make("a", "", button.title));
    link.href = away;
    if (button.type === "web_url") Object.assign(link, { target: "_blank", rel: "noopener" });
    return link;
  }
  const tapped = button.type === "postback" ? "taps" : "quick_reply";
  return makeButton(button.title, () => act({ do: tapped, text: button.title, payload: button.payload ?? "" }));
}

/**
 * @param {string} words
 * @param {() => void} tapped
 */
export function makeButton(words, tapped) {
  const button = /** @type {HTMLButtonElement} */ (make("button", "", words));
  button.type = "button";
  button.addEventListener("click", tapped);
  return button;
}

/** @param {Line} line @param {string} page */
function whose(line, page) {
  if (line.author === "person") return "Vous";
  if (line.author === "inbox") return `${page}, depuis la boîte de réception`;
  return line.persona ? `${line.persona}, ${page}` : page;
}

/** @param {{type: string, payload?: {url?: string}}} attachment */
function drawAttachment(attachment) {
  const bubble = make("p", "bubble");
  if (attachment.type === "image" && attachment.payload?.url) {
    const image = document.createElement("img");
    image.src = new URL(attachment.payload.url).pathname; // its host may be written otherwise than ours
    image.alt = "Votre photo";
    bubble.append(image);
  } else {
    bubble.append(attachment.type === "sticker" ? "👍" : "Pièce jointe");
  }
  return bubble;
}

/** @param {Line} line @param {Act} act */
function drawReaction(line, act) {
  const group = make("div", "react");
  const choices = make("span", "");
  choices.hidden = true;
  choices.setAttribute("role", "group");
  choices.setAttribute("aria-label", "Réactions");
  const opener = makeButton(line.reaction ? `Votre réaction : ${line.reaction}` : "Réagir", () => {
    choices.hidden = !choices.hidden;
    opener.setAttribute("aria-expanded", String(!choices.hidden));
    if (!choices.hidden) /** @type {HTMLElement} */ (choices.firstElementChild).focus();
  });
  opener.setAttribute("aria-expanded", "false");
  for (const emoji of EMOJIS) {
    const isMine = emoji === line.reaction;
    const choice = makeButton(emoji, () => act({ do: isMine ? "unreacts" : "reacts", mid: line.mid, emoji }));
    choice.setAttribute("aria-pressed", String(isMine));
    choices.append(choice);
  }
  group.append(opener, choices);
  return group;
}

/** @param {string} text */
function linked(text) {
  const bubble = make("p", "bubble");
  let from = 0;
  for (const found of text.matchAll(LINK)) {
    const link = /** @type {HTMLAnchorElement} */ (make("a", "", found[0]));
    Object.assign(link, { href: found[0], target: "_blank", rel: "noopener" });
    bubble.append(text.slice(from, found.index), link);
    from = found.index + found[0].length;
  }
  bubble.append(text.slice(from));
  return bubble;
}

/**
 * @param {string} tag
 * @param {string} name
 * @param {string} [words]
 */
export function make(tag, name, words = "") {
  const element = document.createElement(tag);
  if (name) element.className = name;
  element.textContent = words;
  return element;
}
