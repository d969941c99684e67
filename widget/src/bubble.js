// @ts-check
/** One message as the citizen sees it. */
import { element, link, renderText } from "./render.js";
import { texts } from "./texts.fr.js";

/**
 * @param {import("./client.js").Message} message
 * @param {{choose(button: import("./client.js").Button): void, rate(useful: boolean): Promise<boolean>}} actions
 * @returns {HTMLElement}
 */
export function bubble(message, actions) {
  const formatted = message.author === "assistant" || message.author === "system";
  const node = element("div", { class: `said ${message.author}` });
  node.append(header(message), ...(message.text ? renderText(message.text, formatted) : []));
  for (const file of message.attachments) node.append(element("p", { class: "note" }, `${texts.attachment}\u00a0: ${file.name}`));
  if (message.ticket && message.outcome === "handoff") node.append(copyButton(message.ticket));
  if (message.buttons.length) node.append(choices(message.buttons, actions.choose));
  if (message.outcome === "answered" && message.useful === null) node.append(rating(actions.rate));
  return node;
}

/** @param {import("./client.js").Message} message */
function header(message) {
  const names = { citizen: texts.you, assistant: texts.assistant, staff: texts.staff, system: texts.system };
  const when = new Date(message.created_at);
  const today = when.toDateString() === new Date().toDateString();
  const shown = when.toLocaleString("fr-FR", {
    hour: "2-digit",
    minute: "2-digit",
    ...(today ? {} : { day: "numeric", month: "long" }),
  });
  const time = element("time", { datetime: message.created_at }, shown);
  return element("p", { class: "who" }, message.author_name ?? names[message.author], " ", time);
}

/**
 * @param {import("./client.js").Button[]} buttons
 * @param {(button: import("./client.js").Button) => void} choose
 */
function choices(buttons, choose) {
  const list = element("div", { class: "choices" });
  for (const button of buttons) {
    if (button.url) {
      list.append(link(button.title, button.url));
    } else {
      const node = element("button", { type: "button" }, button.title);
      node.addEventListener("click", () => choose(button));
      list.append(node);
    }
  }
  return list;
}

/** @param {(useful: boolean) => Promise<boolean>} rate */
function rating(rate) {
  const group = element("div", { class: "rating", role: "group", "aria-label": texts.useful });
  group.append(element("span", {}, texts.useful));
  for (const useful of [true, false]) {
    const node = element("button", { type: "button" }, useful ? texts.yes : texts.no);
    node.addEventListener("click", async () => {
      if (!(await rate(useful).catch(() => false))) return;
      const done = element("span", { role: "status", tabindex: "-1" }, texts.thanks);
      group.replaceChildren(done);
      done.focus();
    });
    group.append(node);
  }
  return group;
}

/** @param {string} reference */
function copyButton(reference) {
  const node = element("button", { type: "button", class: "quiet" }, `${texts.copy} ${reference}`);
  node.addEventListener("click", async () => {
    await navigator.clipboard?.writeText(reference).catch(() => undefined);
    node.textContent = texts.copied;
  });
  return node;
}
