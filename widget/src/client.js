// @ts-check
/**
 * The conversation with the desk: opens it, sends in order, follows it live, survives lost connections.
 *
 * @typedef {{title: string, payload?: string | null, url?: string | null}} Button
 * @typedef {{id: number, seq: number, author: "citizen" | "assistant" | "staff" | "system", author_name: string | null,
 *   text: string, buttons: Button[], attachments: {id: string, name: string}[], outcome: string | null, topic: string | null, ticket: string | null,
 *   client_id: string | null, useful: boolean | null, created_at: string}} Message
 * @typedef {{onMessage(message: Message): void, onTyping(on: boolean): void, onState(state: "online" | "offline"): void,
 *   onOutgoing(one: import("./store.js").Outgoing, state: "sending" | "waiting" | "refused", why?: string): void,
 *   onRenewed(): void}} Listener
 */
import { backoff } from "./backoff.js";
import { newId } from "./store.js";

const POLL = 4_000;

export class Client {
  /**
   * @param {string} server origin of the desk, without a final slash
   * @param {string} commune
   * @param {import("./store.js").Store} store
   * @param {Listener} listener
   */
  constructor(server, commune, store, listener) {
    this.server = server;
    this.commune = commune;
    this.store = store;
    this.listener = listener;
    this.after = 0;
    this.failures = 0;
    this.sending = false;
    this.closed = true;
    /** @type {string[]} ids of the files that leave with the next message */
    this.attached = [];
    /** @type {WebSocket | undefined} */
    this.socket = undefined;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
  }

  /** Open or resume; keeps trying until the server answers. */
  async start() {
    if (!this.closed) return;
    this.closed = false;
    await this.#open();
  }

  /** Stop following (the chat is closed); what waits to be sent is kept. */
  stop() {
    this.closed = true;
    clearTimeout(this.timer);
    this.socket?.close();
    this.socket = undefined;
  }

  /**
   * @param {string} text
   * @param {string} [payload]
   */
  send(text, payload) {
    const attachments = this.attached.splice(0);
    const one = { client_id: newId(), text, ...(payload && { payload }), ...(attachments.length && { attachments }) };
    this.store.save({ outbox: [...this.store.data.outbox, one] });
    this.listener.onOutgoing(one, "sending");
    void this.flush();
  }

  /** Send what waits, in order, one at a time. */
  async flush() {
    if (this.sending || this.closed || !this.store.data.id) return;
    this.sending = true;
    let tries = 0;
    while (this.store.data.outbox[0] && !this.closed) {
      const one = this.store.data.outbox[0];
      const done = await this.#post(one);
      if (done === "again") {
        tries += 1;
        this.listener.onOutgoing(one, "waiting");
        await new Promise((resolve) => setTimeout(resolve, backoff(tries)));
      } else {
        tries = 0;
        this.store.save({ outbox: this.store.data.outbox.filter((other) => other.client_id !== one.client_id) });
      }
    }
    this.sending = false;
  }

  /**
   * Send a file ahead; it belongs to the next message.
   * @param {File} file
   * @returns {Promise<string>} empty when it is kept, else why it was refused
   */
  async attach(file) {
    const path = `/attachments?name=${encodeURIComponent(file.name)}`;
    const reply = await this.#fetch(path, { method: "POST", body: file }, "application/octet-stream");
    const body = await reply.json();
    if (!reply.ok) return String(body.error.message);
    this.attached.push(body.id);
    return "";
  }

  /**
   * @param {number} seq
   * @param {boolean} useful
   */
  async rate(seq, useful) {
    const reply = await this.#fetch(`/messages/${seq}/feedback`, { method: "POST", body: JSON.stringify({ useful }) });
    return reply.ok;
  }

  /**
   * @param {import("./store.js").Outgoing} one
   * @returns {Promise<"done" | "again">}
   */
  async #post(one) {
    try {
      const reply = await this.#fetch("/messages", { method: "POST", body: JSON.stringify(one) });
      if (reply.ok) return "done";
      if (reply.status === 401 || reply.status === 404) {
        await this.#renew();
        return "again";
      }
      if (reply.status === 429 || reply.status >= 500) return "again";
      const body = await reply.json().catch(() => ({}));
      this.listener.onOutgoing(one, "refused", body?.error?.message);
      return "done";
    } catch {
      return "again";
    }
  }

  async #open() {
    if (!this.store.data.id) {
      try {
        await this.#create();
      } catch {
        return this.#later();
      }
    }
    this.#follow();
    void this.flush();
  }

  async #create() {
    const reply = await fetch(`${this.server}/v1/conversations`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ commune: this.commune }),
    });
    if (!reply.ok) throw new Error(String(reply.status));
    const opened = await reply.json();
    this.after = 0;
    this.store.save({ id: opened.id, token: opened.token });
    for (const message of opened.messages) this.#receive(message);
  }

  async #renew() {
    this.store.save({ id: "", token: "" });
    this.socket?.close();
    this.listener.onRenewed();
    await this.#create().catch(() => undefined);
    if (this.store.data.id) this.#follow();
  }

  #follow() {
    this.socket?.close();
    const address = `${this.server.replace(/^http/, "ws")}/v1/conversations/${this.store.data.id}/live`;
    const socket = new WebSocket(address);
    this.socket = socket;
    socket.onopen = () =>
      socket.send(JSON.stringify({ type: "hello", token: this.store.data.token, after: this.after }));
    socket.onmessage = (event) => this.#frame(JSON.parse(String(event.data)));
    socket.onclose = (event) => {
      if (this.socket !== socket || this.closed) return;
      if (event.code === 4401 || event.code === 4404) void this.#renew();
      else this.#later();
    };
  }

  /** @param {{type: string, message?: Message, on?: boolean}} frame */
  #frame(frame) {
    if (frame.type === "ready") {
      this.failures = 0;
      this.listener.onState("online");
      void this.flush();
    } else if (frame.type === "typing") {
      this.listener.onTyping(Boolean(frame.on));
    } else if (frame.type === "message" && frame.message) {
      this.#receive(frame.message);
    }
  }

  /** @param {Message} message */
  #receive(message) {
    if (message.seq <= this.after) return;
    this.after = message.seq;
    this.listener.onMessage(message);
  }

  /** Try again in a while; meanwhile ask by plain HTTP, for networks that cut sockets. */
  #later() {
    this.failures += 1;
    this.listener.onState("offline");
    clearTimeout(this.timer);
    const wait = this.failures > 3 ? Math.min(POLL, backoff(this.failures)) : backoff(this.failures);
    this.timer = setTimeout(() => void this.#retry(), wait);
  }

  async #retry() {
    if (this.closed) return;
    if (this.store.data.id && this.failures > 3) await this.#poll();
    await this.#open();
  }

  async #poll() {
    try {
      const reply = await this.#fetch(`/messages?after=${this.after}`);
      if (reply.ok) for (const message of await reply.json()) this.#receive(message);
    } catch {
      /* still away */
    }
  }

  /**
   * @param {string} path
   * @param {RequestInit} [init]
   * @param {string} [type]
   */
  #fetch(path, init = {}, type = "application/json") {
    const headers = { authorization: `Bearer ${this.store.data.token}`, "content-type": type };
    return fetch(`${this.server}/v1/conversations/${this.store.data.id}${path}`, { ...init, headers });
  }
}
