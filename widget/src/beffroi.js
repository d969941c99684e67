// @ts-check
/** Registers the element: the one file a website loads. */
import { BeffroiChat } from "./chat-element.js";

if (!customElements.get("beffroi-chat")) customElements.define("beffroi-chat", BeffroiChat);
