// @ts-check
/** Parsed text to DOM nodes, by textContent only. */
import { parseBlocks, parsePlain } from "./markdown.js";
import { texts } from "./texts.fr.js";

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, string>} [attributes]
 * @param {(Node | string)[]} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

/**
 * @param {string} text
 * @param {boolean} formatted whether the town wrote it, in the Markdown subset
 * @returns {Node[]}
 */
export function renderText(text, formatted) {
  if (!formatted) return [element("p", {}, ...parsePlain(text).map(inline))];
  return parseBlocks(text).map((block) => {
    if (block.kind === "list") {
      return element("ul", {}, ...block.items.map((item) => element("li", {}, ...item.map(inline))));
    }
    const lines = block.lines.flatMap((line, index) => [...(index ? [element("br")] : []), ...line.map(inline)]);
    return element("p", {}, ...lines);
  });
}

/**
 * @param {import("./markdown.js").Inline} part
 * @returns {Node}
 */
function inline(part) {
  if (part.kind === "text") return document.createTextNode(part.text);
  if (part.kind === "bold") return element("strong", {}, ...part.parts.map(inline));
  return link(part.text, part.url);
}

/**
 * @param {string} text
 * @param {string} url
 */
export function link(text, url) {
  const node = element("a", { href: url }, text);
  if (url.startsWith("http")) {
    node.target = "_blank";
    node.rel = "noopener noreferrer";
    node.append(element("span", { class: "hidden" }, ` ${texts.newTab}`));
  }
  return node;
}
