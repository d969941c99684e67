// @ts-check
/** The parts of the chat window, built once, without listeners. */
import { element } from "./render.js";
import { texts } from "./texts.fr.js";

export const LIMIT = 4000;

/** @param {string} stylesheet address of the widget's stylesheet */
export function buildPanel(stylesheet) {
  const launcher = element("button", { type: "button", class: "launcher", "aria-expanded": "false" }, texts.launcher);
  const title = element("h2", { id: "title" }, texts.title);
  const smaller = element("button", { type: "button", "aria-label": texts.smaller, title: texts.smaller }, "A−");
  const larger = element("button", { type: "button", "aria-label": texts.larger, title: texts.larger }, "A+");
  const close = element("button", { type: "button", "aria-label": texts.close, title: texts.close }, "✕");
  const restart = element("button", { type: "button", class: "quiet" }, texts.restart);
  const forget = element("button", { type: "button", class: "quiet" }, texts.forget);
  const summary = element("summary", {}, texts.menu);
  const menu = element("details", { class: "menu" }, summary, restart, forget);
  const log = element("div", { class: "log", role: "log", "aria-label": texts.log, tabindex: "0" });
  const typing = element("p", { class: "typing" });
  const jump = element("button", { type: "button", class: "jump" }, texts.newMessages);
  const state = element("p", { class: "state", role: "status" });
  const label = element("label", { for: "field" }, texts.field);
  const field = element("textarea", { id: "field", rows: "2", maxlength: String(LIMIT), autocomplete: "off" });
  const left = element("p", { class: "left", "aria-live": "polite" });
  const send = element("button", { type: "submit" }, texts.send);
  const file = element("input", { type: "file", id: "file", accept: "image/jpeg,image/png,image/webp,image/gif,.pdf" });
  const attach = element("label", { for: "file", class: "attach" }, texts.attach, file);
  const joined = element("p", { class: "left", role: "status" });
  const form = element("form", {}, label, field, left, attach, joined, send);
  const tools = element("div", { class: "tools" }, smaller, larger, close);
  const head = element("div", { class: "head" }, title, tools);
  const panel = element("section", { class: "panel", "aria-labelledby": "title", lang: "fr" });
  panel.append(head, menu, log, typing, jump, state, form);
  panel.hidden = true;
  jump.hidden = true;
  const style = element("link", { rel: "stylesheet", href: stylesheet });
  return { style, launcher, panel, smaller, larger, close, restart, forget, menu, log, typing, jump, state, field, left, file, joined, form };
}
