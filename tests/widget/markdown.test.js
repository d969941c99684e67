import assert from "node:assert/strict";
import { test } from "node:test";
import { backoff } from "../../widget/src/backoff.js";
import { parseBlocks, parseInline, parsePlain } from "../../widget/src/markdown.js";

test("paragraphs, lists, bold and links are the whole of the subset", () => {
  const blocks = parseBlocks("**Prix** : 86 €\nsur place\n\n- un\n- [deux](https://a.example/b)\n\nfin");
  assert.deepEqual(blocks.map((block) => block.kind), ["paragraph", "list", "paragraph"]);
  assert.deepEqual(blocks[1].items[1], [{ kind: "link", text: "deux", url: "https://a.example/b" }]);
});

test("what is not in the subset stays text", () => {
  const nasty = "<script>alert(1)</script> [x](javascript:alert(1)) # titre";
  assert.deepEqual(parseInline(nasty), [{ kind: "text", text: nasty }]);
});

test("a citizen's address becomes a link without its punctuation", () => {
  assert.deepEqual(parsePlain("voir https://a.example/p, merci").map((part) => part.text), [
    "voir ", "https://a.example/p", ", merci",
  ]);
});

test("an empty text has no block", () => assert.deepEqual(parseBlocks("\n\n"), []));

test("waiting doubles up to thirty seconds and is never null", () => {
  assert.equal(backoff(1, () => 0), 800);
  assert.equal(backoff(3, () => 0), 3200);
  assert.equal(backoff(50, () => 0), 30000);
  assert.equal(backoff(50, () => 1), 15000);
});
