/* store.js - the keys that this browser keeps (IndexedDB).
 *
 * A record: {id, kind, hash, label, spki, extractable, request, certificates,
 * date} and either privateKey (a CryptoKey) or, with strong protection,
 * wrapped {bytes, salt, iv}: the private key under a passphrase, which nobody
 * but its owner can use, and nobody can recover.
 *
 * Save before the request is sent: a certificate without its key is worthless.
 */
import * as keys from "./keys.js";

const DATABASE = "certsrv", STORE = "keys";
const WRAP_ROUNDS = 600000;
export const MOST = 1000; /* records */
const PERSIST_WAIT = 5000; /* ms */

function open() {
	return new Promise((resolve, reject) => {
		const r = indexedDB.open(DATABASE, 1);

		r.onupgradeneeded = () => r.result.createObjectStore(STORE,
		    { keyPath: "id" });
		r.onsuccess = () => resolve(r.result);
		r.onerror = () => reject(r.error);
		r.onblocked = () => reject(new Error(
		    "Close other windows of this page and try again."));
	});
}

async function within(mode, what) {
	const db = await open();

	try {
		return await new Promise((resolve, reject) => {
			const t = db.transaction(STORE, mode);
			const r = what(t.objectStore(STORE));

			t.oncomplete = () => resolve(r.result);
			t.onerror = t.onabort = () => reject(t.error);
		});
	} finally {
		db.close();
	}
}

export const list = () => within("readonly", (s) => s.getAll(null, MOST));
export const find = (id) => within("readonly", (s) => s.get(id));
export const save = (record) => within("readwrite", (s) => s.put(record));
export const remove = (id) => within("readwrite", (s) => s.delete(id));

/* Ask the browser not to clear it by itself; false when it will not say so.
   Firefox asks its user, who may overlook that: nobody waits for longer. */
export async function persist() {
	const asked = navigator.storage?.persist?.().catch(() => false) ?? false;
	const late = new Promise((done) =>
		setTimeout(done, PERSIST_WAIT, false));

	return Promise.race([asked, late]);
}

/* ---- strong protection ------------------------------------------------- */

async function wrappingKey(passphrase, salt, usage) {
	const base = await crypto.subtle.importKey("raw",
	    new TextEncoder().encode(passphrase), "PBKDF2", false,
	    ["deriveKey"]);

	return crypto.subtle.deriveKey({ name: "PBKDF2", hash: "SHA-256", salt,
		iterations: WRAP_ROUNDS }, base, { name: "AES-GCM", length: 256 },
	    false, [usage]);
}

/* A private key (extractable) under a passphrase. */
export async function wrap(privateKey, passphrase) {
	const salt = crypto.getRandomValues(new Uint8Array(16));
	const iv = crypto.getRandomValues(new Uint8Array(12));
	const bytes = await crypto.subtle.wrapKey("pkcs8", privateKey,
	    await wrappingKey(passphrase, salt, "wrapKey"),
	    { name: "AES-GCM", iv });

	return { bytes: new Uint8Array(bytes), salt, iv };
}

async function unwrapped(record, passphrase) {
	try {
		return new Uint8Array(await crypto.subtle.decrypt(
		    { name: "AES-GCM", iv: record.wrapped.iv },
		    await wrappingKey(passphrase, record.wrapped.salt,
			"decrypt"), record.wrapped.bytes));
	} catch {
		throw new Error("This is not the passphrase of the key.");
	}
}

/* The record with a usable privateKey, which cannot be exported; asks for the
 * passphrase only where there is one. */
export async function usable(record, askPassphrase) {
	if (!record.wrapped)
		return record;
	return { ...record, privateKey: await keys.importPrivate(record.kind,
	    record.hash, await unwrapped(record, await askPassphrase()),
	    false) };
}

/* PKCS#8 bytes for a .p12; refused by the browser when it was made as not
 * exportable. */
export async function pkcs8(record, askPassphrase) {
	if (record.wrapped && record.extractable)
		return unwrapped(record, await askPassphrase());
	if (!record.extractable)
		throw new Error("This key was made as not exportable. It can " +
		    "be used in this browser only.");
	return new Uint8Array(
	    await crypto.subtle.exportKey("pkcs8", record.privateKey));
}

/* The record with its key under a passphrase from now on; only for one that can
 * be exported. */
export async function protect(record, passphrase) {
	const { privateKey, ...rest } = record;

	return { ...rest, wrapped: await wrap(privateKey, passphrase) };
}

/* A new record from a key that was just made. */
export async function record(key, { label, extractable, passphrase, request }) {
	const r = { id: key.id, kind: key.kind, hash: key.hash, label,
		spki: key.spki, extractable, request, certificates: [],
		date: Date.now() };

	if (passphrase)
		r.wrapped = await wrap(key.privateKey, passphrase);
	else
		r.privateKey = key.privateKey;
	return r;
}
