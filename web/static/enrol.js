/* enrol.js - from what a form wants to a request whose key is kept. */
import * as der from "./keys/der.js";
import * as keys from "./keys/keys.js";
import * as pkcs10 from "./keys/pkcs10.js";
import * as cms from "./keys/cms.js";
import * as store from "./keys/store.js";
import { $ } from "./form.js";

export const PURPOSE = { client: "1.3.6.1.5.5.7.3.2",
	email: "1.3.6.1.5.5.7.3.4" };

/* Bits for what the key is to be used for. Elliptic keys agree on keys where
   RSA keys encipher them. */
export function keyUsage(spec, kind) {
	const u = pkcs10.KEY_USAGE;
	const exchange = kind.startsWith("rsa") ? u.keyEncipherment
		: kind === "ed25519" ? 0 : u.keyAgreement;

	if (spec === "exchange" && exchange)
		return exchange;
	return spec === "signature" ? u.signature : u.signature | exchange;
}

/* how: {kind, hash, extractable, passphrase, label} for a new key, or
   {existing: record, passphrase}. A PKCS#10 as DER, and its key, which is in
   the store before the request is anywhere. */
export async function plain(how, want) {
	const key = how.existing
		? await store.usable(how.existing, async () => how.passphrase)
		: await keys.generate(how.kind, { hash: how.hash,
			extractable: how.extractable || Boolean(how.passphrase) });
	const request = await pkcs10.request(key, want);

	await keep(how, key, request);
	return { key, request };
}

/* format "pkcs10" | "cmc"; the PEM text. */
export async function make(how, want, { format = "pkcs10", pairs = [] } = {}) {
	const { key, request } = await plain(how, { ...want,
		pairs: format === "cmc" ? [] : pairs });

	if (format === "cmc")
		return der.pem("CMS", await cms.cmc(request, key, { pairs }));
	return der.pem("CERTIFICATE REQUEST", request);
}

async function keep(how, key, request) {
	if (how.existing) {
		await store.save({ ...how.existing, request });
		return;
	}
	await store.persist();
	const record = await store.record(key, { label: how.label,
		extractable: how.extractable, passphrase: how.passphrase,
		request });

	try {
		await store.save(record);
	} catch {
		throw new Error("This browser could not keep the key (a private " +
		    "window, or a full disk). Nothing was sent.");
	}
}

/* The renewal of what a record holds, signed with its present key. kind: of
   the new key, which is protected as the old one is; "" keeps the key. */
export async function renew(record, passphrase, kind, want) {
	const certificate = record.certificates[0];
	const old = await store.usable(record, async () => passphrase);
	const key = kind ? await keys.generate(kind, {
		hash: kind === record.kind ? record.hash : undefined,
		extractable: record.extractable || Boolean(record.wrapped) })
		: old;
	const request = await pkcs10.request(key,
		{ ...want, oldCertificate: certificate });

	await keep(kind ? { label: record.label,
		extractable: record.extractable,
		passphrase: record.wrapped ? passphrase : "" }
		: { existing: record }, key, request);
	return der.pem("PKCS7", await cms.renewal(request,
		{ key: old, certificate }));
}

/* A request for somebody else, with the signature of the agent whose record
   this is. */
export async function onBehalf(request, agent, passphrase, user) {
	const key = await store.usable(agent, async () => passphrase);
	const [certificate, ...chain] = agent.certificates;

	return der.pem("PKCS7", await cms.onBehalfOf(request,
		{ key, certificate, chain }, user));
}

/* Into the form that all requests go through, and off. */
export function send(form, text, attributes) {
	$("CertRequest").value = text;
	$("CertAttrib").value = attributes;
	form.submit();
}

export function attributesOf(text) {
	return text.split(/\r?\n/).map((line) => line.split(/:(.*)/s))
		.filter(([n, v]) => n.trim() && v !== undefined)
		.map(([n, v]) => [n.trim(), v.trim()]);
}
