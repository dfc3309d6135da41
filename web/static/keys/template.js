/* template.js - which certificate template a request names by itself
 * (MS-WCCE 3.2.2.6.2.1.4.1): in the extension with the name, in the one with
 * the identifier, or in a name-value pair.
 */
import * as der from "./der.js";

const OID = {
	data: "1.2.840.113549.1.7.1",
	signedData: "1.2.840.113549.1.7.2",
	pkiData: "1.3.6.1.5.5.7.12.2",
	regInfo: "1.3.6.1.5.5.7.7.18",
	extensions: ["1.2.840.113549.1.9.14", "1.3.6.1.4.1.311.2.1.14"],
	pair: "1.3.6.1.4.1.311.13.2.1",
	byName: "1.3.6.1.4.1.311.20.2",
	byId: "1.3.6.1.4.1.311.21.7",
};
const PAIR = "certificatetemplate";

const text = (e) => new TextDecoder(e.tag === 0x1e ? "utf-16be" : "utf-8")
    .decode(e.body);

function fromExtensions(list) {
	for (const one of der.parts(list)) {
		const [oid, ...rest] = der.elements(one.body);
		const value = rest.at(-1).body;
		const name = der.oidText(oid.body);

		if (name === OID.byName) {
			const e = der.read(value);

			return text(e.tag === 0x30 ? der.read(e.body) : e);
		}
		if (name === OID.byId)
			return der.oidText(der.parts(value)[0].body);
	}
	return "";
}

function fromAttribute(one) {
	const [oid, values] = der.elements(one.body);
	const name = der.oidText(oid.body);

	for (const v of der.elements(values.body)) {
		if (OID.extensions.includes(name) && fromExtensions(v.all))
			return fromExtensions(v.all);
		const [n, s] = name === OID.pair ? der.parts(v.all).map(text) : [];
		if (n?.toLowerCase() === PAIR)
			return s;
	}
	return "";
}

/* The first answer that is none of "". */
function first(list, look) {
	for (const one of list) {
		const found = look(one);

		if (found)
			return found;
	}
	return "";
}

function fromControl(one) {
	const [, oid, values] = der.elements(one.body);

	if (der.oidText(oid.body) !== OID.regInfo)
		return "";
	return first(text(der.read(values.body)).split("&"), (pair) => {
		const [n, v] = pair.split("=").map(decodeURIComponent);

		return n.toLowerCase() === PAIR ? v ?? "" : "";
	});
}

function fromSignedData(content) {
	const inner = der.parts(der.parts(der.sole(content.all, 0xa0).body)[2].all);
	const type = der.oidText(inner[0].body);
	const data = der.read(inner[1].body).body;

	if (type === OID.data)
		return templateOf(data);
	if (type !== OID.pkiData)
		return "";
	const [controls, requests] = der.parts(data);
	return first(der.elements(controls.body), fromControl) ||
	    first(der.elements(requests.body), (r) =>
		r.tag === 0xa0 ? templateOf(der.elements(r.body)[1].all) : "");
}

/* request: DER of a PKCS#10, PKCS#7 or CMC message. A name or an identifier;
 * "" when it names none, or cannot be read. */
export function templateOf(request) {
	try {
		const [head, content] = der.parts(request);

		if (head.tag === 0x06)
			return der.oidText(head.body) === OID.signedData
			    ? fromSignedData(content) : "";
		const attributes = der.elements(head.body)
		    .find((e) => e.tag === 0xa0);

		return attributes
		    ? first(der.elements(attributes.body), fromAttribute) : "";
	} catch {
		return "";
	}
}
