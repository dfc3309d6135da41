/* x509.js - what the pages need to know of a certificate. */
import * as der from "./der.js";

const NAMES = { "2.5.4.3": "CN", "2.5.4.6": "C", "2.5.4.7": "L",
	"2.5.4.8": "ST", "2.5.4.10": "O", "2.5.4.11": "OU",
	"1.2.840.113549.1.9.1": "E" };

function text(value) {
	if (value.tag === 0x1e)
		return new TextDecoder("utf-16be").decode(value.body);
	return new TextDecoder().decode(value.body);
}

/* [["CN", "Alice"], ...] */
export function name(all) {
	return der.parts(all).flatMap((rdn) => der.elements(rdn.body))
	    .map((attribute) => {
		const [type, value] = der.elements(attribute.body);
		const oid = der.oidText(type.body);

		return [NAMES[oid] ?? oid, text(value)];
	    });
}

function time(e) {
	const s = new TextDecoder().decode(e.body);
	const full = e.tag === 0x18 ? s
	    : (Number(s.slice(0, 2)) < 50 ? "20" : "19") + s;
	const m = full.match(/^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/);

	if (!m)
		throw new Error("This certificate has no valid dates.");
	return new Date(Date.UTC(+m[1], +m[2] - 1, +m[3], +m[4], +m[5], +m[6]));
}

/* [{oid, value: bytes of the extnValue, all}] */
export function extensions(certificate) {
	const list = der.elements(der.parts(certificate)[0].body)
	    .find((e) => e.tag === 0xa3);

	return list ? der.parts(list.body).map((one) => {
		const all = der.elements(one.body);

		return { oid: der.oidText(all[0].body), all: one.all,
			value: all.at(-1).body };
	    }) : [];
}

/* {issuer, subject, spki, serial}: whole elements; {notBefore, notAfter}:
 * dates; {label}: the common name, or the first part of the subject. */
export function read(certificate) {
	const tbs = der.elements(der.parts(certificate)[0].body);
	const at = tbs[0].tag === 0xa0 ? 1 : 0;
	const [serial, , issuer, validity, subject, spki] = tbs.slice(at);
	const [from, to] = der.elements(validity.body).map(time);
	const parts = name(subject.all);
	const common = parts.find(([t]) => t === "CN") ?? parts[0];

	return { serial: serial.all, issuer: issuer.all, subject: subject.all,
		spki: spki.all, notBefore: from, notAfter: to,
		label: common ? common[1] : "" };
}
