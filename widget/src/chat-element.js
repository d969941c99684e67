// @ts-check
/** The custom element <beffroi-chat commune="…" server="…">. */
import { bubble } from "./bubble.js";
import { Client } from "./client.js";
import { LIMIT, buildPanel } from "./panel.js";
import { element } from "./render.js";
import { Store } from "./store.js";
import { texts } from "./texts.fr.js";

const SIZES = [0.875, 1, 1.25, 1.5];
const NEAR_LIMIT = 300;

export class BeffroiChat extends HTMLElement {
  /** Whether new messages are shown as they come: until the person scrolls back up. */
  #following = true;
  #lastTop = 0;

  connectedCallback() {
    if (this.shadowRoot) return;
    const here = new URL(import.meta.url);
    const server = (this.getAttribute("server") || here.origin).replace(/\/$/, "");
    const commune = this.getAttribute("commune") ?? "";
    this.parts = buildPanel(new URL("beffroi.css", here).href);
    this.store = new Store(`${server}:${commune}`);
    this.client = new Client(server, commune, this.store, {
      onMessage: (message) => this.#show(message),
      onTyping: (on) => this.#typing(on),
      onState: (state) => this.#state(state === "offline" ? texts.offline : ""),
      onOutgoing: (one, state, why) => this.#outgoing(one, state, why),
      onRenewed: () => this.#renewed(),
    });
    /** @type {Map<string, HTMLElement>} what is being sent, by client id */
    this.pending = new Map();
    this.attachShadow({ mode: "open" }).append(this.parts.style, this.parts.launcher, this.parts.panel);
    this.#listen();
  }

  disconnectedCallback() {
    this.client?.stop();
  }

  #all() {
    if (!this.parts || !this.client || !this.store || !this.pending) throw new Error("not connected");
    return { parts: this.parts, client: this.client, store: this.store, pending: this.pending };
  }

  #listen() {
    const { parts } = this.#all();
    parts.launcher.addEventListener("click", () => (parts.panel.hidden ? this.open() : this.close()));
    parts.close.addEventListener("click", () => this.close());
    parts.panel.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.close();
    });
    parts.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    parts.field.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        this.#submit();
      }
    });
    parts.field.addEventListener("input", () => this.#typed());
    parts.file.addEventListener("change", () => void this.#attach());
    parts.smaller.addEventListener("click", () => this.#resize(-1));
    parts.larger.addEventListener("click", () => this.#resize(1));
    parts.restart.addEventListener("click", () => this.#restart());
    parts.forget.addEventListener("click", () => {
      this.#restart(true);
      this.close();
    });
    parts.jump.addEventListener("click", () => this.#toEnd());
    parts.log.addEventListener("scroll", () => this.#scrolled());
  }

  /** Open the chat: from here on, and not before, the browser stores something. */
  open() {
    const { parts, client, store } = this.#all();
    parts.panel.hidden = false;
    parts.launcher.setAttribute("aria-expanded", "true");
    parts.field.value ||= store.data.draft;
    this.#resize(0);
    for (const one of store.data.outbox) this.#outgoing(one, "sending");
    parts.field.focus();
    void client.start();
  }

  /** Close it and give the focus back; the conversation is kept. */
  close() {
    const { parts, client } = this.#all();
    parts.panel.hidden = true;
    parts.launcher.setAttribute("aria-expanded", "false");
    client.stop();
    parts.launcher.focus();
  }

  #submit() {
    const { parts, client, store } = this.#all();
    const text = parts.field.value.trim();
    if (!text && !client.attached.length) return;
    parts.field.value = parts.joined.textContent = "";
    store.save({ draft: "" });
    this.#typed();
    client.send(text);
  }

  async #attach() {
    const { parts, client } = this.#all();
    const file = parts.file.files?.[0];
    parts.file.value = "";
    if (!file) return;
    parts.joined.textContent = texts.attaching;
    const refused = await client.attach(file).catch(() => texts.attachFailed);
    parts.joined.textContent = refused || texts.attached(client.attached.length);
    parts.field.focus();
  }

  #typed() {
    const { parts, store } = this.#all();
    const left = LIMIT - parts.field.value.length;
    parts.left.textContent = left <= NEAR_LIMIT ? texts.left(left) : "";
    store.save({ draft: parts.field.value });
  }

  /** @param {import("./client.js").Message} message */
  #show(message) {
    const { parts, client, pending } = this.#all();
    const node = bubble(message, {
      choose: (button) => {
        parts.field.focus();
        client.send(button.title, button.payload ?? undefined);
      },
      rate: (useful) => client.rate(message.seq, useful),
    });
    const waiting = pending.get(message.client_id ?? "");
    if (waiting) {
      waiting.replaceWith(node);
      pending.delete(message.client_id ?? "");
    } else {
      const first = pending.values().next().value;
      if (first && message.author !== "citizen") first.before(node);
      else parts.log.append(node);
    }
    if (message.author !== "citizen") this.#typing(false);
    this.#onlyLastChoices();
    if (this.#following) this.#reveal(node);
    else parts.jump.hidden = false;
  }

  /** Choices of earlier messages no longer fit the conversation; links stay. */
  #onlyLastChoices() {
    const groups = [...this.#all().parts.log.querySelectorAll(".choices")];
    for (const group of groups.slice(0, -1)) {
      for (const button of group.querySelectorAll("button")) button.disabled = true;
    }
  }

  /**
   * @param {import("./store.js").Outgoing} one
   * @param {"sending" | "waiting" | "refused"} state
   * @param {string} [why]
   */
  #outgoing(one, state, why) {
    const { parts, pending } = this.#all();
    let node = pending.get(one.client_id);
    if (!node) {
      node = element("div", { class: "said citizen" });
      pending.set(one.client_id, node);
      parts.log.append(node);
      this.#toEnd();
    }
    const note = { sending: texts.sending, waiting: texts.waiting, refused: why || texts.refused }[state];
    node.replaceChildren(element("p", {}, one.text || texts.attachment), element("p", { class: "note" }, note));
  }

  /** @param {boolean} on */
  #typing(on) {
    this.#all().parts.typing.textContent = on ? texts.typing : "";
  }

  /** @param {string} text */
  #state(text) {
    const { state } = this.#all().parts;
    if (state.textContent !== text) state.textContent = text;
  }

  #renewed() {
    const { parts, pending } = this.#all();
    parts.log.replaceChildren(element("p", { class: "note" }, texts.renewed), ...pending.values());
  }

  /** @param {boolean} [forget] also wipe this device */
  #restart(forget = false) {
    const { parts, client, store, pending } = this.#all();
    client.stop();
    client.after = 0;
    pending.clear();
    parts.log.replaceChildren();
    parts.menu.open = false;
    if (forget) {
      store.clear();
      parts.field.value = "";
    } else {
      store.save({ id: "", token: "", outbox: [] });
      parts.field.focus();
      void client.start();
    }
  }

  /** @param {number} step */
  #resize(step) {
    const { parts, store } = this.#all();
    const size = Math.min(SIZES.length - 1, Math.max(0, store.data.size + step));
    store.save({ size });
    parts.panel.style.setProperty("--size", `${SIZES[size]}rem`);
  }

  /** Scrolling back up means reading: new messages then wait behind their button. */
  #scrolled() {
    const { log, jump } = this.#all().parts;
    if (this.#atEnd()) {
      this.#following = true;
      jump.hidden = true;
    } else if (log.scrollTop < this.#lastTop) {
      this.#following = false;
    }
    this.#lastTop = log.scrollTop;
  }

  /**
   * Show a new message from its first line, even when it is taller than the window.
   * @param {HTMLElement} node
   */
  #reveal(node) {
    const { log } = this.#all().parts;
    const top = node.getBoundingClientRect().top - log.getBoundingClientRect().top + log.scrollTop;
    log.scrollTop = Math.min(log.scrollHeight - log.clientHeight, Math.max(0, top - 8));
  }

  #atEnd() {
    const { log } = this.#all().parts;
    return log.scrollHeight - log.scrollTop - log.clientHeight < 40;
  }

  #toEnd() {
    const { parts } = this.#all();
    this.#following = true;
    parts.log.scrollTop = parts.log.scrollHeight;
    parts.jump.hidden = true;
  }
}
