/* page-basic.js - certrqbi.asp: a name, a button, the key made here. */
import * as form from "./form.js";
import * as enrol from "./enrol.js";
import * as keys from "./keys/keys.js";

const { $, value, Wrong } = form;
const page = $("req");
const kind = page.dataset.kind || "rsa-3072";
const PARTS = [["CN", "cn"], ["E", "email"], ["OU", "ou"], ["O", "o"],
	["L", "l"], ["ST", "st"], ["C", "c"]];

function wanted() {
	const { template, oid, major, minor, purposes, email } = page.dataset;
	const subject = $("cn") ? PARTS.flatMap(([type, id]) =>
		value(id) ? [[type, value(id)]] : []) : [];

	if ($("cn") && !value("cn"))
		throw new Wrong("cn", $("cn").dataset.missing);
	if (email && !value("email"))
		throw new Wrong("email", $("email").dataset.missing);
	return { subject, names: value("email") ? [["email", value("email")]] : [],
		purposes: purposes ? purposes.split(" ") : [],
		keyUsage: enrol.keyUsage("both", kind), keySpec: 1,
		provider: "this browser (WebCrypto)", template,
		templateOid: oid, major: Number(major ?? 1),
		minor: Number(minor ?? 0) };
}

async function build() {
	const want = wanted();
	const label = value("cn") || page.dataset.label;
	const pairs = want.template
		? [["CertificateTemplate", want.template]] : [];
	const text = await enrol.make({ kind, hash: keys.KINDS[kind].hash,
		extractable: page.dataset.exportable !== "no",
		passphrase: "", label }, want, { pairs });

	$("FriendlyType").value = page.dataset.label;
	enrol.send(page, text, pairs.map(([n, v]) => `${n}:${v}`).join("\r\n"));
}

form.ready();
if (form.canMakeKeys()) {
	page.addEventListener("submit", async (e) => {
		e.preventDefault();
		form.clearProblems(page);
		try {
			await form.busy($("send"), $("send").dataset.busy, build);
		} catch (error) {
			form.showProblem(error);
		}
	});
	$("send").disabled = false;
}
