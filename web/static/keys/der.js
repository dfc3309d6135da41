/* der.js - DER (X.690): a small writer and a strict reader.
 *
 * Values are Uint8Arrays that hold one whole element each. The reader takes
 * definite minimal lengths and single-byte tags only; what it returns are views
 * into the bytes it was given.
 */

/* Of byte arrays, or plain arrays of numbers. */
export function concat(...parts) {
	const out = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
	let at = 0;

	for (const p of parts) {
		out.set(p, at);
		at += p.length;
	}
	return out;
}

export function equal(a, b) {
	return a.length === b.length && a.every((x, i) => x === b[i]);
}

/* ---- writing ----------------------------------------------------------- */

function length(n) {
	const rest = [];

	if (n < 0x80)
		return [n];
	for (; n > 0; n = Math.floor(n / 256))
		rest.unshift(n % 256);
	return [0x80 | rest.length, ...rest];
}

export function tlv(tag, ...content) {
	const body = concat(...content);

	return concat([tag, ...length(body.length)], body);
}

export const sequence = (...parts) => tlv(0x30, ...parts);
export const context = (n, ...parts) => tlv(0xa0 | n, ...parts);
export const contextPrimitive = (n, bytes) => tlv(0x80 | n, bytes);
export const octets = (bytes) => tlv(0x04, bytes);
export const nothing = () => tlv(0x05);
export const boolean = (v) => tlv(0x01, [v ? 0xff : 0]);
export const bits = (bytes, unused = 0) => tlv(0x03, [unused], bytes);

/* DER sorts the elements of a SET OF by their encodings (11.6). */
export function setOf(parts) {
	const order = (a, b) => {
		for (let i = 0; i < Math.min(a.length, b.length); i++)
			if (a[i] !== b[i])
				return a[i] - b[i];
		return a.length - b.length;
	};

	return tlv(0x31, ...[...parts].sort(order));
}

/* From a number, or from unsigned bytes of any length. */
export function integer(v) {
	let b = typeof v === "number" ? length(v).slice(v < 0x80 ? 0 : 1) : v;
	let i = 0;

	while (i < b.length - 1 && b[i] === 0)
		i++;
	b = b.slice(i);
	return tlv(0x02, b[0] & 0x80 ? [0] : [], b);
}

export function oid(text) {
	const arcs = text.split(".").map((a) => BigInt(a));
	const out = [];

	for (const arc of [arcs[0] * 40n + arcs[1], ...arcs.slice(2)]) {
		const group = [Number(arc & 0x7fn)];

		for (let v = arc >> 7n; v > 0n; v >>= 7n)
			group.unshift(Number(v & 0x7fn) | 0x80);
		out.push(...group);
	}
	return tlv(0x06, out);
}

/* Bit i of the type is 1 << i; trailing zeros are trimmed (11.2.2). */
export function namedBits(mask) {
	const out = [];
	let last = -1;

	for (let i = 0; i < 16; i++)
		if (mask & (1 << i)) {
			out[i >> 3] = (out[i >> 3] ?? 0) | (0x80 >> (i & 7));
			last = i;
		}
	return bits(Uint8Array.from(out, (b) => b ?? 0),
	    last < 0 ? 0 : 7 - (last & 7));
}

const encoder = new TextEncoder();

function ascii(tag, text, allowed) {
	if (!allowed.test(text))
		throw new Error(`"${text}" has characters that are not ` +
		    "allowed in this place.");
	return tlv(tag, encoder.encode(text));
}

export const utf8 = (text) => tlv(0x0c, encoder.encode(text));
export const ia5 = (text) => ascii(0x16, text, /^[\x00-\x7f]*$/);
export const isPrintable = (text) => /^[A-Za-z0-9 '()+,\-./:=?]*$/.test(text);
export const printable = (text) =>
	ascii(0x13, text, /^[A-Za-z0-9 '()+,\-./:=?]*$/);

export function utf16(text) {
	const out = new Uint8Array(text.length * 2);

	for (let i = 0; i < text.length; i++) {
		out[2 * i] = text.charCodeAt(i) >> 8;
		out[2 * i + 1] = text.charCodeAt(i) & 0xff;
	}
	return out;
}
export const bmp = (text) => tlv(0x1e, utf16(text));

/* ---- reading ----------------------------------------------------------- */

const malformed = () => new Error("This is not valid DER.");

/* The element at the start of b: {tag, all, body, rest}. */
export function read(b) {
	let head = 2, n = b[1];

	if (b.length < 2 || (b[0] & 0x1f) === 0x1f)
		throw malformed();
	if (n & 0x80) {
		const count = n & 0x7f;

		if (count === 0 || count > 4 || b.length < 2 + count ||
		    b[2] === 0)
			throw malformed();
		n = 0;
		for (let i = 0; i < count; i++)
			n = n * 256 + b[2 + i];
		if (n < 0x80)
			throw malformed();
		head += count;
	}
	if (head + n > b.length)
		throw malformed();
	return { tag: b[0], all: b.subarray(0, head + n),
		body: b.subarray(head, head + n), rest: b.subarray(head + n) };
}

/* All elements of a run, at most `most`. */
export function elements(b, most = 256) {
	const out = [];

	while (b.length > 0) {
		const e = read(b);

		if (out.push(e) > most)
			throw malformed();
		b = e.rest;
	}
	return out;
}

/* The one element that b is, which must have this tag; its parts when it is
 * constructed. */
export function sole(b, tag) {
	const e = read(b);

	if (e.tag !== tag || e.rest.length > 0)
		throw malformed();
	return e;
}
export const parts = (b, tag = 0x30) => elements(sole(b, tag).body);

export function oidText(body) {
	const arcs = [];
	let v = 0n;

	for (const byte of body) {
		v = (v << 7n) | BigInt(byte & 0x7f);
		if (byte & 0x80)
			continue;
		if (arcs.length === 0) {
			const first = v < 80n ? v / 40n : 2n;

			arcs.push(first, v - first * 40n);
		} else {
			arcs.push(v);
		}
		v = 0n;
	}
	return arcs.join(".");
}

/* ---- PEM --------------------------------------------------------------- */

export function base64(b) {
	let text = "";

	for (let i = 0; i < b.length; i += 0x8000)
		text += String.fromCharCode(...b.subarray(i, i + 0x8000));
	return btoa(text);
}

export const unbase64 = (text) =>
	Uint8Array.from(atob(text.replace(/\s+/g, "")), (c) => c.charCodeAt(0));

export function pem(label, b) {
	const lines = base64(b).match(/.{1,64}/g) ?? [];

	return `-----BEGIN ${label}-----\n${lines.join("\n")}\n` +
	    `-----END ${label}-----\n`;
}

/* Every block of this label in a text. */
export function unpem(label, text) {
	const one = new RegExp(`-----BEGIN ${label}-----([^-]*)` +
	    `-----END ${label}-----`, "g");

	return [...text.matchAll(one)].map((m) => unbase64(m[1]));
}

export const hex = (b) =>
	Array.from(b, (x) => x.toString(16).padStart(2, "0")).join("");
