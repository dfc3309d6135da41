/* cms.js - signed messages (RFC 5652) around a request: renewal, on behalf of
 * somebody, CMC (RFC 5272); and the certificates of a certs-only one.
 */
import * as der from "./der.js";
import * as keys from "./keys.js";
import { pair } from "./pkcs10.js";
import * as x509 from "./x509.js";

const OID = {
	data: "1.2.840.113549.1.7.1",
	signedData: "1.2.840.113549.1.7.2",
	contentType: "1.2.840.113549.1.9.3",
	messageDigest: "1.2.840.113549.1.9.4",
	pkiData: "1.3.6.1.5.5.7.12.2",
	regInfo: "1.3.6.1.5.5.7.7.18",
	transactionId: "1.3.6.1.5.5.7.7.5",
	pair: "1.3.6.1.4.1.311.13.2.1",
	signingTime: "1.2.840.113549.1.9.5",
};

const attribute = (oid, value) => der.sequence(der.oid(oid),
    der.setOf([value]));

/* RSA signers carry rsaEncryption, the others the whole identifier. */
function signerAlgorithm(key) {
	return keys.KINDS[key.kind].family === "rsa"
	    ? der.sequence(der.oid(keys.OID_RSA), der.nothing())
	    : keys.signatureAlgorithm(key);
}

const digestAlgorithm = (key) => der.sequence(der.oid(keys.HASHES[key.hash]));

/* signer: {key, certificate} or {key} alone, which is named by its key id. */
async function signerInfo(signer, type, content, extra) {
	const { key, certificate } = signer;
	const attributes = [attribute(OID.contentType, der.oid(type)),
		attribute(OID.messageDigest,
		    der.octets(await keys.digest(key.hash, content))),
		...extra];
	const set = der.setOf(attributes);
	const who = certificate
	    ? der.sequence(x509.read(certificate).issuer,
		x509.read(certificate).serial)
	    : der.contextPrimitive(0, await keys.subjectKeyId(key.spki));

	return der.sequence(der.integer(certificate ? 1 : 3), who,
	    digestAlgorithm(key), der.tlv(0xa0, der.sole(set, 0x31).body),
	    signerAlgorithm(key), der.octets(await keys.sign(key, set)));
}

async function signedData(type, content, signers, certificates, extra = []) {
	const plain = type === OID.data && signers.every((s) => s.certificate);
	const infos = [];

	for (const s of signers)
		infos.push(await signerInfo(s, type, content,
		    s === signers[0] ? extra : []));
	return der.sequence(der.oid(OID.signedData), der.context(0,
	    der.sequence(der.integer(plain ? 1 : 3),
		der.setOf(unique(signers.map((s) => digestAlgorithm(s.key)))),
		der.sequence(der.oid(type), der.context(0, der.octets(content))),
		certificates.length
		    ? der.tlv(0xa0,
			der.sole(der.setOf(unique(certificates)), 0x31).body)
		    : [],
		der.setOf(infos))));
}

const unique = (list) => list.filter((b, i) =>
    list.findIndex((o) => der.equal(o, b)) === i);

/* A PKCS#10 with the old certificate as attribute, signed by the old key. */
export function renewal(request, old) {
	return signedData(OID.data, request, [old], [old.certificate]);
}

/* UTCTime reaches to 2049 (RFC 5652 11.3). */
function utcTime(date) {
	const text = date.toISOString().replace(/[-:T]|\.\d+/g, "").slice(2);

	return der.tlv(0x17, new TextEncoder().encode(text));
}

/* A request for somebody else, signed by an enrolment agent
 * (MS-WCCE 3.1.1.4.3.3.2); it says when. */
export function onBehalfOf(request, agent, requesterName) {
	return signedData(OID.data, request, [agent],
	    [agent.certificate, ...(agent.chain ?? [])],
	    [attribute(OID.signingTime, utcTime(new Date())),
		attribute(OID.pair, pair("requestername", requesterName))]);
}

/* A CMC full request: pairs travel in regInfo; signed by the new key, and for
 * a renewal by the old one too. */
export function cmc(request, key, { pairs = [], old } = {}) {
	const value = pairs.map(([n, v]) => `${encodeURIComponent(n)}=` +
	    encodeURIComponent(v)).join("&");
	const control = (id, oid, v) => der.sequence(der.integer(id),
	    der.oid(oid), der.setOf([v]));
	const number = crypto.getRandomValues(new Uint8Array(8));
	const data = der.sequence(
	    der.sequence(control(2, OID.transactionId, der.integer(number)),
		value ? control(3, OID.regInfo,
		    der.octets(new TextEncoder().encode(value))) : []),
	    der.sequence(der.context(0, der.integer(1), request)),
	    der.sequence(), der.sequence());

	return signedData(OID.pkiData, data, old ? [{ key }, old] : [{ key }],
	    old ? [old.certificate] : []);
}

/* Certificates of a certs-only message, in its order. */
export function certificates(message) {
	const [type, content] = der.parts(message);

	if (der.oidText(type.body) !== OID.signedData)
		throw new Error("This is no PKCS #7 file.");
	const bag = der.parts(der.sole(content.all, 0xa0).body)
	    .find((e) => e.tag === 0xa0);

	return bag ? der.elements(bag.body).map((e) => e.all) : [];
}
