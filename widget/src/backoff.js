// @ts-check
/** How long to wait before trying again. */
const FIRST = 800;
const LONGEST = 30_000;

/**
 * Twice as long each time, up to 30 s, with up to half taken off so that pages do not all come back at once.
 * @param {number} failures how many tries have failed so far, from 1
 * @param {() => number} [random] a number from 0 to 1
 * @returns {number} milliseconds
 */
export function backoff(failures, random = Math.random) {
  const whole = Math.min(LONGEST, FIRST * 2 ** Math.max(0, failures - 1));
  return Math.round(whole * (1 - random() / 2));
}
