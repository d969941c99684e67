// @ts-check
/**
 * The Markdown subset of answers, parsed to plain data: paragraphs, lists, bold, links.
 * Everything else stays text, so that nothing written by anyone can become markup.
 *
 * @typedef {{kind: "text", text: string} | {kind: "bold", parts: Inline[]} | {kind: "link", text: string, url: string}} Inline
 * @typedef {{kind: "paragraph", lines: Inline[][]} | {kind: "list", items: Inline[][]}} Block
 */

const INLINE = /\*\*(.+?)\*\*|\[([^\]\n]+)\]\(((?:https?:\/\/|tel:|sms:|mailto:)[^\s)]+)\)/;
const BARE_LINK = /https?:\/\/[^\s<>"]+[^\s<>".,;:!?)»]/;

/**
 * @param {string} text
 * @returns {Inline[]}
 */
export function parseInline(text) {
  const match = INLINE.exec(text);
  if (!match) return text ? [{ kind: "text", text }] : [];
  const before = text.slice(0, match.index);
  const after = parseInline(text.slice(match.index + match[0].length));
  /** @type {Inline} */
  const found =
    match[1] !== undefined
      ? { kind: "bold", parts: parseInline(match[1]) }
      : { kind: "link", text: String(match[2]), url: String(match[3]) };
  return [...(before ? [/** @type {Inline} */ ({ kind: "text", text: before })] : []), found, ...after];
}

/**
 * Text nobody formatted (citizens', agents'): only addresses become links.
 * @param {string} text
 * @returns {Inline[]}
 */
export function parsePlain(text) {
  const match = BARE_LINK.exec(text);
  if (!match) return text ? [{ kind: "text", text }] : [];
  const before = text.slice(0, match.index);
  const rest = parsePlain(text.slice(match.index + match[0].length));
  return [
    ...(before ? [/** @type {Inline} */ ({ kind: "text", text: before })] : []),
    { kind: "link", text: match[0], url: match[0] },
    ...rest,
  ];
}

/**
 * @param {string} source
 * @returns {Block[]}
 */
export function parseBlocks(source) {
  /** @type {Block[]} */
  const blocks = [];
  for (const chunk of source.split(/\n\s*\n/)) {
    for (const line of chunk.split("\n").map((one) => one.trim())) {
      if (line) addLine(blocks, line);
    }
    blocks.push({ kind: "paragraph", lines: [] });
  }
  return blocks.filter((block) => (block.kind === "list" ? block.items : block.lines).length > 0);
}

/**
 * @param {Block[]} blocks
 * @param {string} line
 */
function addLine(blocks, line) {
  const last = blocks[blocks.length - 1];
  if (line.startsWith("- ")) {
    const item = parseInline(line.slice(2));
    if (last?.kind === "list") last.items.push(item);
    else blocks.push({ kind: "list", items: [item] });
  } else if (last?.kind === "paragraph") {
    last.lines.push(parseInline(line));
  } else {
    blocks.push({ kind: "paragraph", lines: [parseInline(line)] });
  }
}
