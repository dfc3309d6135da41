/* pkcs12.js - a PKCS #12 file (RFC 7292) of a key and its chain, in the shape
 * that OpenSSL 3 writes: PBES2 with AES-256, MAC over SHA-256; and reading
 * such files. Older systems want legacy.js.
 */
import * as der from "./der.js";
import * as keys from "./keys.js";

export const OID = {
	data: "1.2.840.113549.1.7.1",
	encrypted: "1.2.840.113549.1.7.6",
	keyBag: "1.2.840.113549.1.12.10.1.1",
	shroudedKeyBag: "1.2.840.113549.1.12.10.1.2",
	certBag: "1.2.840.113549.1.12.10.1.3",
	x509: "1.2.840.113549.1.9.22.1",
	friendlyName: "1.2.840.113549.1.9.20",
	localKeyId: "1.2.840.113549.1.9.21",
	pbes2: "1.2.840.113549.1.5.13",
	pbkdf2: "1.2.840.113549.1.5.12",
	hmacSha256: "1.2.840.113549.2.9",
	aes256: "2.16.840.1.101.3.4.1.42",
	sha256: "2.16.840.1.101.3.4.2.1",
};
const ROUNDS = 100000;
const ROUNDS_MAX = 10000000; /* of a file that is read */
const MAC_ROUNDS = 2048;

/* ---- PBES2 (RFC 8018 6.2) ---------------------------------------------- */

async function aesKey(password, salt, iterations, usage) {
	const base = await crypto.subtle.importKey("raw",
	    new TextEncoder().encode(password), "PBKDF2", false, ["deriveKey"]);

	return crypto.subtle.deriveKey({ name: "PBKDF2", salt, iterations,
		hash: "SHA-256" }, base, { name: "AES-CBC", length: 256 },
	    false, [usage]);
}

async function seal(plain, password) {
	const salt = crypto.getRandomValues(new Uint8Array(16));
	const iv = crypto.getRandomValues(new Uint8Array(16));
	const key = await aesKey(password, salt, ROUNDS, "encrypt");
	const cipher = new Uint8Array(await crypto.subtle.encrypt(
	    { name: "AES-CBC", iv }, key, plain));
	const algorithm = der.sequence(der.oid(OID.pbes2), der.sequence(
	    der.sequence(der.oid(OID.pbkdf2), der.sequence(der.octets(salt),
		der.integer(ROUNDS), der.integer(32),
		der.sequence(der.oid(OID.hmacSha256), der.nothing()))),
	    der.sequence(der.oid(OID.aes256), der.octets(iv))));

	return { algorithm, cipher };
}

const wrong = () => new Error("The password is wrong, or the file is damaged.");

async function unseal(algorithm, cipher, password) {
	const [name, parameters] = der.elements(algorithm.body);

	if (der.oidText(name.body) !== OID.pbes2)
		throw new Error("This file is protected in an old way that " +
		    "browsers cannot read. Convert it with: openssl pkcs12 " +
		    "-legacy -in old.p12 | openssl pkcs12 -export -out new.p12");
	const [kdf, scheme] = der.elements(parameters.body);
	const [, kdfParameters] = der.elements(kdf.body);
	const [salt, rounds, ...rest] = der.elements(kdfParameters.body);
	const prf = rest.find((e) => e.tag === 0x30);
	const [cipherName, iv] = der.elements(scheme.body);
	const count = rounds.body.reduce((n, b) => n * 256 + b, 0);

	if (der.oidText(cipherName.body) !== OID.aes256 || !prf ||
	    der.oidText(der.read(prf.body).body) !== OID.hmacSha256 ||
	    count > ROUNDS_MAX)
		throw new Error(
		    "This file is protected in a way that is not known here.");
	try {
		return new Uint8Array(await crypto.subtle.decrypt(
		    { name: "AES-CBC", iv: iv.body },
		    await aesKey(password, salt.body, count, "decrypt"),
		    cipher));
	} catch {
		throw wrong();
	}
}

/* ---- the MAC (RFC 7292 appendix B, with SHA-256) ------------------------ */

/* Passwords are UTF-16 with a zero at the end there. */
export const macPassword = (password) =>
	der.concat(der.utf16(password), [0, 0]);

function repeat(b, size) {
	const out = new Uint8Array(Math.ceil(b.length / size) * size);

	for (let i = 0; b.length > 0 && i < out.length; i++)
		out[i] = b[i % b.length];
	return out;
}

/* hash: async bytes to digest; block: its input block in bytes. */
export async function derive(hash, block, id, password, salt, rounds, size) {
	const start = der.concat(new Uint8Array(block).fill(id),
	    repeat(salt, block), repeat(password, block));
	const out = [];
	let input = start;

	while (der.concat(...out).length < size) {
		let a = await hash(input);

		for (let i = 1; i < rounds; i++)
			a = await hash(a);
		out.push(a);
		input = input.slice();
		const b = repeat(a, block).subarray(0, block);
		for (let at = block; at < input.length; at += block) {
			let carry = 1;

			for (let i = block - 1; i >= 0; i--) {
				carry += input[at + i] + b[i];
				input[at + i] = carry & 0xff;
				carry >>= 8;
			}
		}
	}
	return der.concat(...out).subarray(0, size);
}

async function hmac(hash, key, b) {
	const k = await crypto.subtle.importKey("raw", key,
	    { name: "HMAC", hash }, false, ["sign"]);

	return new Uint8Array(await crypto.subtle.sign("HMAC", k, b));
}

const sha256 = (b) => keys.digest("SHA-256", b);

async function mac(safe, password, salt, rounds) {
	return hmac("SHA-256", await derive(sha256, 64, 3,
	    macPassword(password), salt, rounds, 32), safe);
}

/* ---- bags -------------------------------------------------------------- */

export const bag = (type, value, attributes) => der.sequence(der.oid(type),
    der.context(0, value),
    attributes.length ? der.setOf(attributes) : []);

export function bagAttributes(id, name) {
	const attribute = (oid, v) => der.sequence(der.oid(oid), der.setOf([v]));

	return [attribute(OID.localKeyId, der.octets(id)),
		...(name ? [attribute(OID.friendlyName, der.bmp(name))] : [])];
}

export const certBag = (certificate, attributes) => bag(OID.certBag,
    der.sequence(der.oid(OID.x509), der.context(0, der.octets(certificate))),
    attributes);

const data = (b) => der.sequence(der.oid(OID.data),
    der.context(0, der.octets(b)));

export const encryptedData = ({ algorithm, cipher }) => der.sequence(
    der.oid(OID.encrypted), der.context(0, der.sequence(der.integer(0),
	der.sequence(der.oid(OID.data), algorithm,
	    der.contextPrimitive(0, cipher)))));

/* The file from its parts. macOf: {algorithm, value, salt, rounds}. */
export function file(safe, macOf) {
	return der.sequence(der.integer(3), data(safe), der.sequence(
	    der.sequence(macOf.algorithm, der.octets(macOf.value)),
	    der.octets(macOf.salt), der.integer(macOf.rounds)));
}

/* What both shapes share: leaf first, the leaf marked as the key's own. */
export async function contents({ spki, certificates, name }) {
	const attributes = bagAttributes(await keys.digest("SHA-1", spki), name);

	return { attributes, certificates: der.sequence(
	    ...certificates.map((c, i) => certBag(c, i ? [] : attributes))) };
}

export const safeOf = (certificates, key) =>
	der.sequence(certificates, data(der.sequence(key)));

/* {pkcs8, spki, certificates: leaf first, name, password} */
export async function write(what) {
	const { attributes, certificates } = await contents(what);
	const sealed = await seal(what.pkcs8, what.password);
	const key = bag(OID.shroudedKeyBag, der.sequence(sealed.algorithm,
	    der.octets(sealed.cipher)), attributes);
	const safe = safeOf(
	    encryptedData(await seal(certificates, what.password)), key);
	/* 16 bytes of salt in the MAC are refused by some keychains. */
	const salt = crypto.getRandomValues(new Uint8Array(8));

	return file(safe, { algorithm: der.sequence(der.oid(OID.sha256),
		der.nothing()), salt, rounds: MAC_ROUNDS,
		value: await mac(safe, what.password, salt, MAC_ROUNDS) });
}

/* ---- reading ----------------------------------------------------------- */

async function checkMac(safe, macData, password) {
	const [info, salt, rounds] = der.elements(macData.body);
	const [algorithm, value] = der.elements(info.body);
	const count = rounds ? rounds.body.reduce((n, b) => n * 256 + b, 0) : 1;

	if (der.oidText(der.read(algorithm.body).body) !== OID.sha256 ||
	    count > ROUNDS_MAX)
		throw new Error("This file is protected in an old way. " +
		    "Convert it with openssl pkcs12 first.");
	if (!der.equal(await mac(safe, password, salt.body, count),
	    value.body))
		throw wrong();
}

async function bags(safe, password) {
	const out = [];

	for (const info of der.elements(der.sole(safe, 0x30).body)) {
		const [type, content] = der.elements(info.body);
		let run;

		if (der.oidText(type.body) === OID.data) {
			run = der.sole(content.body, 0x04).body;
		} else {
			const [, inner] = der.parts(content.body);
			const [, algorithm, cipher] = der.elements(inner.body);

			run = await unseal(algorithm, cipher.body, password);
		}
		out.push(...der.parts(run));
	}
	return out;
}

/* {pkcs8, certificates}: the first key, every certificate. */
export async function readFile(bytes, password) {
	const [, auth, macData] = der.parts(bytes);
	const safe = der.sole(der.elements(auth.body)[1].body, 0x04).body;
	const out = { pkcs8: null, certificates: [] };

	if (!macData)
		throw new Error("This file carries no password check.");
	await checkMac(safe, macData, password);
	for (const b of await bags(safe, password)) {
		const [type, value] = der.elements(b.body);

		switch (der.oidText(type.body)) {
		case OID.certBag:
			out.certificates.push(der.sole(
			    der.parts(value.body)[1].body, 0x04).body);
			break;
		case OID.keyBag:
			out.pkcs8 ??= value.body;
			break;
		case OID.shroudedKeyBag: {
			const [algorithm, cipher] = der.parts(value.body);

			out.pkcs8 ??= await unseal(algorithm, cipher.body,
			    password);
			break;
		}
		}
	}
	return out;
}
