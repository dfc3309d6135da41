/* pkcs10.js - a certificate request (RFC 2986), from what a form says.
 *
 * What is asked for are wishes: the policy of the CA decides what a certificate
 * says.
 */
import * as der from "./der.js";
import * as keys from "./keys.js";

/* ---- names ------------------------------------------------------------- */

const ia5 = der.ia5, printable = der.printable, utf8 = der.utf8;

/* RFC 4514 3 and what other programs write; [OID, string type]. */
const ATTRIBUTES = {
	CN: ["2.5.4.3", utf8], SN: ["2.5.4.4", utf8],
	SERIALNUMBER: ["2.5.4.5", printable], C: ["2.5.4.6", printable],
	L: ["2.5.4.7", utf8], ST: ["2.5.4.8", utf8], S: ["2.5.4.8", utf8],
	STREET: ["2.5.4.9", utf8], O: ["2.5.4.10", utf8],
	OU: ["2.5.4.11", utf8], T: ["2.5.4.12", utf8],
	G: ["2.5.4.42", utf8], I: ["2.5.4.43", utf8],
	E: ["1.2.840.113549.1.9.1", ia5],
	DC: ["0.9.2342.19200300.100.1.25", ia5],
	UID: ["0.9.2342.19200300.100.1.1", utf8],
};

/* [["CN", "Alice"], ["1.2.3", "..."]] in the order of the encoding. */
export function name(attributes) {
	return der.sequence(...attributes.map(([type, value]) => {
		const known = ATTRIBUTES[type.toUpperCase()];

		if (!known && !/^[0-2](\.\d+)+$/.test(type))
			throw new Error(`"${type}" is not a part of a name.`);
		if (type.toUpperCase() === "C" && !/^[A-Za-z]{2}$/.test(value))
			throw new Error(
			    "The country is given by two letters, like DE.");
		return der.setOf([der.sequence(
		    der.oid(known ? known[0] : type),
		    (known ? known[1] : utf8)(value))]);
	}));
}

/* "CN=Alice, O=Example\, Inc." to the form that name() takes; the most
 * significant part may stand first or last, it is kept as written. */
export function parseName(text) {
	const out = [];
	const part = /\s*([^=,;+\\]+?)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|((?:[^,;+\\]|\\.)*))\s*(?:[,;]|$)/y;

	while (part.lastIndex < text.length) {
		const at = part.lastIndex;
		const m = part.exec(text);

		if (!m)
			throw new Error("The subject cannot be read from " +
			    `"${text.slice(at)}" on.`);
		out.push([m[1], (m[2] ?? m[3]).replace(/\\(.)/g, "$1").trim()]);
	}
	return out;
}

/* ---- subject alternative names ----------------------------------------- */

function parsed(text) {
	try {
		return new URL(text);
	} catch {
		return null;
	}
}

/* The browser's own URL parser knows IDNA and IPv6; whatever it would leave
 * out (port, path, user) was no host name: "". */
function hostname(text) {
	const url = parsed(`https://${text}/`);

	/* Chromium takes blanks, and makes %20 of them. */
	return !url || url.port || url.username || url.password ||
	    url.pathname !== "/" || url.search || url.hash ||
	    !/^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)$/.test(url.hostname) ? ""
	    : url.hostname;
}

function host(text) {
	const name = hostname(text);

	if (name === "")
		throw new Error(`"${text}" is not a host name.`);
	return name;
}

function dns(text) {
	const wild = text.startsWith("*.");
	const plain = host(wild ? text.slice(2) : text);

	if (/^[\d.]+$/.test(plain) || plain.startsWith("["))
		throw new Error(`"${text}" is an address, not a host name.`);
	return der.contextPrimitive(2, asciiBytes((wild ? "*." : "") + plain));
}

const asciiBytes = (text) => der.sole(der.ia5(text), 0x16).body;

function ip(text) {
	let plain = hostname(text.includes(":") ? `[${text}]` : text);
	let groups;

	if (/^\d+(\.\d+){3}$/.test(plain) && plain === text)
		return der.contextPrimitive(7, plain.split(".").map(Number));
	if (!plain.startsWith("["))
		throw new Error(`"${text}" is not an IP address.`);
	plain = plain.slice(1, -1);
	const [left, right] = plain.split("::").map((s) =>
	    s ? s.split(":") : []);
	groups = right ? [...left,
		...Array(8 - left.length - right.length).fill("0"), ...right]
	    : left;
	return der.contextPrimitive(7, groups.flatMap((g) => {
		const v = parseInt(g, 16);

		return [v >> 8, v & 0xff];
	}));
}

function uri(text) {
	const url = parsed(text);

	if (!url)
		throw new Error(`"${text}" is not an address (URI).`);
	return der.contextPrimitive(6, asciiBytes(url.href));
}

function otherName(type, value) {
	return der.context(0, der.oid(type), der.context(0, value));
}

function guid(text) {
	const digits = text.replace(/[{}-]/g, "");

	if (!/^[0-9a-f]{32}$/i.test(digits))
		throw new Error(`"${text}" is not a GUID.`);
	const b = digits.match(/../g).map((h) => parseInt(h, 16));
	/* The first three fields are little-endian in memory. */
	return otherName("1.3.6.1.4.1.311.25.1", der.octets([
		...b.slice(0, 4).reverse(), ...b.slice(4, 6).reverse(),
		...b.slice(6, 8).reverse(), ...b.slice(8)]));
}

const GENERAL_NAMES = {
	dns,
	ip,
	guid,
	email: (v) => der.contextPrimitive(1, asciiBytes(v)),
	uri,
	upn: (v) => otherName("1.3.6.1.4.1.311.20.2.3", der.utf8(v)),
};

/* ---- extensions -------------------------------------------------------- */

const extension = (oid, critical, value) => der.sequence(der.oid(oid),
    critical ? der.boolean(true) : [], der.octets(value));

/* Bits of RFC 5280 4.2.1.3. */
export const KEY_USAGE = { signature: 1 << 0, nonRepudiation: 1 << 1,
	keyEncipherment: 1 << 2, dataEncipherment: 1 << 3,
	keyAgreement: 1 << 4 };

async function extensions(key, want) {
	const out = [];

	if (want.names?.length)
		out.push(extension("2.5.29.17", want.subject.length === 0,
		    der.sequence(...want.names.map(([type, value]) => {
			const make = GENERAL_NAMES[type];

			if (!make)
				throw new Error(
				    `"${type}" is not a kind of name.`);
			return make(value);
		    }))));
	if (want.keyUsage)
		out.push(extension("2.5.29.15", true,
		    der.namedBits(want.keyUsage)));
	if (want.purposes?.length)
		out.push(extension("2.5.29.37", false,
		    der.sequence(...want.purposes.map(der.oid))));
	if (want.template)
		out.push(extension("1.3.6.1.4.1.311.20.2", false,
		    der.bmp(want.template)));
	if (want.templateOid)
		out.push(extension("1.3.6.1.4.1.311.21.7", false, der.sequence(
		    der.oid(want.templateOid), der.integer(want.major ?? 1),
		    der.integer(want.minor ?? 0))));
	out.push(...(want.copied ?? []));
	out.push(extension("2.5.29.14", false,
	    der.octets(await keys.subjectKeyId(key.spki))));
	return out;
}

/* ---- attributes -------------------------------------------------------- */

const attribute = (oid, ...values) =>
	der.sequence(der.oid(oid), der.setOf(values));

export const pair = (n, v) => der.sequence(der.bmp(n), der.bmp(v));

async function attributes(key, want) {
	const out = [attribute("1.2.840.113549.1.9.14",
	    der.sequence(...await extensions(key, want)))];

	if (want.pairs?.length)
		out.push(attribute("1.3.6.1.4.1.311.13.2.1",
		    ...want.pairs.map(([n, v]) => pair(n, v))));
	if (want.provider)
		out.push(attribute("1.3.6.1.4.1.311.13.2.2", der.sequence(
		    der.integer(want.keySpec ?? 1), der.bmp(want.provider),
		    der.bits([]))));
	if (want.challenge)
		out.push(attribute("1.2.840.113549.1.9.7",
		    der.isPrintable(want.challenge)
			? der.printable(want.challenge)
			: der.utf8(want.challenge)));
	if (want.oldCertificate)
		out.push(attribute("1.3.6.1.4.1.311.13.1",
		    want.oldCertificate));
	return out;
}

/* The request as DER. want: {subject: [[type, value]...] or a whole Name in
 * nameDer, names: [[kind, value]...], copied: whole
 * extensions, keyUsage, purposes: [oid...], template,
 * templateOid, pairs, provider, keySpec, challenge, oldCertificate}. */
export async function request(key, want) {
	const w = { subject: [], ...want };
	const info = der.sequence(der.integer(0), w.nameDer ?? name(w.subject),
	    key.spki, der.tlv(0xa0, ...sorted(await attributes(key, w))));

	return der.sequence(info, keys.signatureAlgorithm(key),
	    der.bits(await keys.sign(key, info)));
}

/* [0] IMPLICIT SET OF is sorted like any SET OF. */
const sorted = (list) => [der.sole(der.setOf(list), 0x31).body];
