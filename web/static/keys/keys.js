/* keys.js - key pairs of the browser (WebCrypto), as X.509 sees them.
 *
 * A kind is a row of the table: how WebCrypto makes and uses it, and the
 * AlgorithmIdentifiers of its signatures. Private keys never leave WebCrypto
 * here; whether they ever can is decided when they are made (extractable).
 */
import * as der from "./der.js";

export const HASHES = {
	"SHA-256": "2.16.840.1.101.3.4.2.1",
	"SHA-384": "2.16.840.1.101.3.4.2.2",
	"SHA-512": "2.16.840.1.101.3.4.2.3",
};

const RSA_SIGNATURES = {
	"SHA-256": "1.2.840.113549.1.1.11",
	"SHA-384": "1.2.840.113549.1.1.12",
	"SHA-512": "1.2.840.113549.1.1.13",
};
const ECDSA_SIGNATURES = {
	"SHA-256": "1.2.840.10045.4.3.2",
	"SHA-384": "1.2.840.10045.4.3.3",
	"SHA-512": "1.2.840.10045.4.3.4",
};
export const OID_RSA = "1.2.840.113549.1.1.1";

const rsa = (bits) => ({ family: "rsa", name: `RSA ${bits}`, bits,
	hash: "SHA-256" });
const ec = (curve, hash, size) => ({ family: "ec", name: curve, curve, hash,
	size });

export const KINDS = {
	"rsa-2048": rsa(2048),
	"rsa-3072": rsa(3072),
	"rsa-4096": rsa(4096),
	"p-256": ec("P-256", "SHA-256", 32),
	"p-384": ec("P-384", "SHA-384", 48),
	"p-521": ec("P-521", "SHA-512", 66),
	"ed25519": { family: "ed25519", name: "Ed25519", hash: "SHA-512" },
};

function algorithm(kind, hash) {
	switch (kind.family) {
	case "rsa":
		return { name: "RSASSA-PKCS1-v1_5", hash,
			modulusLength: kind.bits,
			publicExponent: new Uint8Array([1, 0, 1]) };
	case "ec":
		return { name: "ECDSA", namedCurve: kind.curve };
	default:
		return { name: "Ed25519" };
	}
}

/* Which kinds this browser can make: Ed25519 is young. */
export async function usable(kindName) {
	const kind = KINDS[kindName];

	if (!globalThis.crypto?.subtle || !kind)
		return false;
	if (kind.family !== "ed25519")
		return true;
	try {
		await crypto.subtle.generateKey({ name: "Ed25519" }, false,
		    ["sign", "verify"]);
		return true;
	} catch {
		return false;
	}
}

/* {kind, hash, privateKey, publicKey, spki, id} */
export async function generate(kindName, { hash, extractable = true } = {}) {
	const kind = KINDS[kindName];
	const h = kind.family === "ed25519" ? kind.hash : hash ?? kind.hash;
	const pair = await crypto.subtle.generateKey(algorithm(kind, h),
	    extractable, ["sign", "verify"]);
	const spki = new Uint8Array(
	    await crypto.subtle.exportKey("spki", pair.publicKey));

	return { kind: kindName, hash: h, privateKey: pair.privateKey,
		publicKey: pair.publicKey, spki, id: await keyId(spki) };
}

/* A private key from its PKCS#8 bytes. */
export async function importPrivate(kindName, hash, pkcs8, extractable) {
	return crypto.subtle.importKey("pkcs8", pkcs8,
	    algorithm(KINDS[kindName], hash), extractable, ["sign"]);
}

/* Does this private key belong to that public key? */
export async function matches(kindName, hash, pkcs8, spki) {
	const kind = KINDS[kindName], how = algorithm(kind, hash);
	const b = crypto.getRandomValues(new Uint8Array(32));

	try {
		const key = await importPrivate(kindName, hash, pkcs8, false);
		const open = await crypto.subtle.importKey("spki", spki, how, false,
		    ["verify"]);
		const use = kind.family === "ec" ? { name: "ECDSA", hash }
		    : { name: how.name };

		return await crypto.subtle.verify(use, open,
		    await crypto.subtle.sign(use, key, b), b);
	} catch {
		return false; /* keys of different kinds */
	}
}

export async function digest(hash, b) {
	return new Uint8Array(await crypto.subtle.digest(hash, b));
}

/* The name of a key in the store: SHA-256 of its SubjectPublicKeyInfo. */
export const keyId = async (spki) => der.hex(await digest("SHA-256", spki));

/* Subject key identifier, RFC 5280 4.2.1.2 (1). */
export async function subjectKeyId(spki) {
	const bits = der.parts(spki)[1];

	return digest("SHA-1", bits.body.subarray(1));
}

/* WebCrypto gives ECDSA signatures as r || s; X.509 wants SEQUENCE {r, s}. */
function signatureOf(kind, raw) {
	const b = new Uint8Array(raw);

	if (kind.family !== "ec")
		return b;
	return der.sequence(der.integer(b.subarray(0, kind.size)),
	    der.integer(b.subarray(kind.size)));
}

export async function sign(key, b) {
	const kind = KINDS[key.kind];
	const how = kind.family === "rsa" ? { name: "RSASSA-PKCS1-v1_5" }
	    : kind.family === "ec" ? { name: "ECDSA", hash: key.hash }
	    : { name: "Ed25519" };

	return signatureOf(kind,
	    await crypto.subtle.sign(how, key.privateKey, b));
}

/* AlgorithmIdentifier of this key's signatures in a request. */
export function signatureAlgorithm(key) {
	switch (KINDS[key.kind].family) {
	case "rsa":
		return der.sequence(der.oid(RSA_SIGNATURES[key.hash]),
		    der.nothing());
	case "ec":
		return der.sequence(der.oid(ECDSA_SIGNATURES[key.hash]));
	default:
		return der.sequence(der.oid("1.3.101.112"));
	}
}

/* What kind of key a SubjectPublicKeyInfo holds; "" when none of ours. */
export function kindOf(spki) {
	const [alg, bits] = der.parts(spki);
	const [name, parameter] = der.elements(alg.body);
	const curves = { "1.2.840.10045.3.1.7": "p-256",
		"1.3.132.0.34": "p-384", "1.3.132.0.35": "p-521" };

	switch (der.oidText(name.body)) {
	case OID_RSA: {
		const n = der.parts(bits.body.subarray(1))[0].body;
		const size = n.length - (n[0] === 0 ? 1 : 0);

		return KINDS[`rsa-${size * 8}`] ? `rsa-${size * 8}` : "";
	}
	case "1.2.840.10045.2.1":
		return curves[der.oidText(parameter.body)] ?? "";
	case "1.3.101.112":
		return "ed25519";
	default:
		return "";
	}
}
