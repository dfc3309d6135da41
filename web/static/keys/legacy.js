/* legacy.js - PKCS #12 for systems that know nothing newer: triple DES and
 * SHA-1 (RFC 7292 appendix C). Loaded only when somebody asks for it. The
 * protection is weak: the password has to carry it.
 *
 * WebCrypto has no DES, so it is here (FIPS 46-3), for encryption only and
 * without any claim to run in constant time: it runs once, on the owner's own
 * machine, over the owner's own key.
 */
import * as der from "./der.js";
import * as keys from "./keys.js";
import * as p12 from "./pkcs12.js";

const OID_3DES = "1.2.840.113549.1.12.1.3";
const OID_SHA1 = "1.3.14.3.2.26";
const ROUNDS = 2048;

/* ---- DES --------------------------------------------------------------- */

const table = (text) => text.split(" ").map(Number);

const PC1 = table("57 49 41 33 25 17 9 1 58 50 42 34 26 18 10 2 59 51 43 35 " +
    "27 19 11 3 60 52 44 36 63 55 47 39 31 23 15 7 62 54 46 38 30 22 14 6 " +
    "61 53 45 37 29 21 13 5 28 20 12 4");
const PC2 = table("14 17 11 24 1 5 3 28 15 6 21 10 23 19 12 4 26 8 16 7 27 " +
    "20 13 2 41 52 31 37 47 55 30 40 51 45 33 48 44 49 39 56 34 53 46 42 50 " +
    "36 29 32");
const IP = table("58 50 42 34 26 18 10 2 60 52 44 36 28 20 12 4 62 54 46 38 " +
    "30 22 14 6 64 56 48 40 32 24 16 8 57 49 41 33 25 17 9 1 59 51 43 35 27 " +
    "19 11 3 61 53 45 37 29 21 13 5 63 55 47 39 31 23 15 7");
const P = table("16 7 20 21 29 12 28 17 1 15 23 26 5 18 31 10 2 8 24 14 32 " +
    "27 3 9 19 13 30 6 22 11 4 25");
const SHIFTS = table("1 1 2 2 2 2 2 2 1 2 2 2 2 2 2 1");
/* Each box as 64 hexadecimal digits, row by row. */
const BOXES = [
	"e4d12fb83a6c5907" + "0f74e2d1a6cb9538" + "41e8d62bfc973a50" +
	    "fc8249175b3ea06d",
	"f18e6b34972dc05a" + "3d47f28ec01a69b5" + "0e7ba4d158c6932f" +
	    "d8a13f42b67c05e9",
	"a09e63f51dc7b428" + "d709346a285ecbf1" + "d6498f30b12c5ae7" +
	    "1ad069874fe3b52c",
	"7de3069a1285bc4f" + "d8b56f03472c1ae9" + "a690cb7df13e5284" +
	    "3f06a1d8945bc72e",
	"2c417ab6853fd0e9" + "eb2c47d150fa3986" + "421bad78f9c5630e" +
	    "b8c71e2d6f09a453",
	"c1af92680d34e75b" + "af427c9561de0b38" + "9ef528c3704a1db6" +
	    "432c95fabe17608d",
	"4b2ef08d3c975a61" + "d0b7491ae35c2f86" + "14bdc37eaf680592" +
	    "6bd814a7950fe23c",
	"d2846fb1a93e50c7" + "1fd8a374c56b0e92" + "7b419ce206adf358" +
	    "21e74a8dfc90356b",
].map((text) => Array.from(text, (c) => parseInt(c, 16)));

const bitsOf = (b) => Array.from(b).flatMap((x) =>
    [7, 6, 5, 4, 3, 2, 1, 0].map((i) => (x >> i) & 1));
const pick = (bits, order) => order.map((i) => bits[i - 1]);
const rotate = (bits, n) => [...bits.slice(n), ...bits.slice(0, n)];

function schedule(key) {
	const all = pick(bitsOf(key), PC1);
	let c = all.slice(0, 28), d = all.slice(28);

	return SHIFTS.map((n) => {
		c = rotate(c, n);
		d = rotate(d, n);
		return pick([...c, ...d], PC2);
	});
}

function f(half, subkey) {
	const out = [];

	for (let box = 0; box < 8; box++) {
		/* Six bits: four of its own, one of each neighbour. */
		const x = [-1, 0, 1, 2, 3, 4].map((i, k) =>
		    half[(box * 4 + i + 32) % 32] ^ subkey[box * 6 + k]);
		const v = BOXES[box][(x[0] * 2 + x[5]) * 16 +
		    x[1] * 8 + x[2] * 4 + x[3] * 2 + x[4]];

		out.push(v >> 3, (v >> 2) & 1, (v >> 1) & 1, v & 1);
	}
	return pick(out, P);
}

const IP_BACK = IP.map((_, i) => IP.indexOf(i + 1) + 1);

function des(bits, subkeys) {
	const start = pick(bits, IP);
	let left = start.slice(0, 32), right = start.slice(32);

	for (const k of subkeys) {
		const mixed = f(right, k);

		[left, right] = [right, left.map((b, i) => b ^ mixed[i])];
	}
	return pick([...right, ...left], IP_BACK);
}

/* CBC with the padding of PKCS #7. */
export function tripleDes(key, iv, plain) {
	const [a, b, c] = [0, 8, 16].map((i) => schedule(key.subarray(i, i + 8)));
	const back = [...b].reverse();
	const pad = 8 - (plain.length % 8);
	const input = der.concat(plain, new Uint8Array(pad).fill(pad));
	const out = new Uint8Array(input.length);
	let last = bitsOf(iv);

	for (let at = 0; at < input.length; at += 8) {
		const block = bitsOf(input.subarray(at, at + 8))
		    .map((x, i) => x ^ last[i]);

		last = des(des(des(block, a), back), c);
		for (let i = 0; i < 64; i++)
			out[at + (i >> 3)] |= last[i] << (7 - (i & 7));
	}
	return out;
}

/* ---- the file ---------------------------------------------------------- */

const sha1 = (b) => keys.digest("SHA-1", b);

async function seal(plain, password) {
	const salt = crypto.getRandomValues(new Uint8Array(8));
	const secret = p12.macPassword(password);
	const make = (id, size) => p12.derive(sha1, 64, id, secret, salt,
	    ROUNDS, size);

	return { algorithm: der.sequence(der.oid(OID_3DES),
		der.sequence(der.octets(salt), der.integer(ROUNDS))),
		cipher: tripleDes(await make(1, 24), await make(2, 8), plain) };
}

/* As pkcs12.js write(). */
export async function write(what) {
	const { attributes, certificates } = await p12.contents(what);
	const sealed = await seal(what.pkcs8, what.password);
	const key = p12.bag(p12.OID.shroudedKeyBag, der.sequence(
	    sealed.algorithm, der.octets(sealed.cipher)), attributes);
	const safe = p12.safeOf(
	    p12.encryptedData(await seal(certificates, what.password)), key);
	const salt = crypto.getRandomValues(new Uint8Array(8));
	const mac = await crypto.subtle.importKey("raw",
	    await p12.derive(sha1, 64, 3, p12.macPassword(what.password), salt,
		ROUNDS, 20), { name: "HMAC", hash: "SHA-1" }, false, ["sign"]);

	return p12.file(safe, { algorithm: der.sequence(der.oid(OID_SHA1),
		der.nothing()), salt, rounds: ROUNDS, value: new Uint8Array(
		await crypto.subtle.sign("HMAC", mac, safe)) });
}
