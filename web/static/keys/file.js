/* file.js - a request as people bring it. */
import * as der from "./der.js";

export const LONGEST = 131072; /* bytes of a file that is worth reading */

/* DER, PEM of any label, or bare base 64; empty when it is none of them. */
export function bytesOf(content) {
	if (content[0] === 0x30)
		return content;
	const text = new TextDecoder().decode(content);
	const inner = text.match(/-----BEGIN [^-]*-----([^-]*)-----END/)?.[1] ?? text;

	try {
		return der.unbase64(inner.replace(/ /g, "+"));
	} catch {
		return new Uint8Array();
	}
}
