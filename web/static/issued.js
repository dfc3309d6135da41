/* issued.js - an issued certificate, and its key if this browser has it. */
import * as cms from "./keys/cms.js";
import * as keys from "./keys/keys.js";
import * as store from "./keys/store.js";
import * as x509 from "./keys/x509.js";

/* Of a request: [{der, ...x509.read()}], the CA's among them; [] for none. */
export async function chain(id) {
	const answer = await fetch(`certnew.p7b?ReqID=${id}&Enc=bin`,
		{ cache: "no-store" });

	if (!answer.ok || !answer.headers.get("content-type")
	    ?.startsWith("application/x-pkcs7"))
		return [];
	const list = cms.certificates(new Uint8Array(await answer.arrayBuffer()));

	return list.map((c) => ({ der: c, ...x509.read(c) }));
}

/* The certificate whose key is kept here, first. */
export async function match(certificates) {
	for (const c of certificates) {
		const record = await store.find(await keys.keyId(c.spki));

		if (record)
			return { record, order: [c,
				...certificates.filter((o) => o !== c)] };
	}
	return null;
}
