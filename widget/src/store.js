// @ts-check
/**
 * What the browser remembers, only once the citizen has opened the chat.
 * Works in memory when storage is blocked.
 *
 * @typedef {{client_id: string, text: string, payload?: string, attachments?: string[]}} Outgoing
 * @typedef {{id: string, token: string, outbox: Outgoing[], draft: string, size: number}} Saved
 */

/** @returns {Saved} */
const nothing = () => ({ id: "", token: "", outbox: [], draft: "", size: 1 });

export class Store {
  /** @param {string} name distinguishes servers and communes on one website */
  constructor(name) {
    this.key = `beffroi:${name}`;
    /** @type {Saved} */
    this.data = { ...nothing(), ...this.#read() };
  }

  /** @param {Partial<Saved>} change */
  save(change) {
    this.data = { ...this.data, ...change };
    try {
      localStorage.setItem(this.key, JSON.stringify(this.data));
    } catch {
      /* blocked or full: the page keeps it in memory */
    }
  }

  /** Forget everything on this device. */
  clear() {
    this.data = nothing();
    try {
      localStorage.removeItem(this.key);
    } catch {
      /* nothing was stored */
    }
  }

  /** @returns {Partial<Saved>} */
  #read() {
    try {
      return JSON.parse(localStorage.getItem(this.key) ?? "{}");
    } catch {
      return {};
    }
  }
}

/** @returns {string} a new identifier; randomUUID only exists on secure pages */
export function newId() {
  if (typeof crypto.randomUUID === "function") return crypto.randomUUID();
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
