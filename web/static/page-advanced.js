/* page-advanced.js - certrqma.asp: every choice, the key made here. */
import * as form from "./form.js";
import * as enrol from "./enrol.js";
import { bytesOf, LONGEST } from "./keys/file.js";
import * as keys from "./keys/keys.js";
import * as recipe from "./recipe.js";
import * as store from "./keys/store.js";
import { templateOf } from "./keys/template.js";
import * as der from "./keys/der.js";

const { $, value, chosen, Wrong } = form;
const page = $("req");
let kept = [];

/* ---- what the form says ------------------------------------------------ */

function nameRows() {
	return [...document.querySelectorAll(".san")].flatMap((row) => {
		const text = row.querySelector("input").value.trim();

		return text ? [[row.querySelector("select").value, text]] : [];
	});
}

const PARTS = [["CN", "cn"], ["E", "email"], ["OU", "ou"], ["O", "o"],
	["L", "l"], ["ST", "st"], ["C", "c"]];

function template() {
	const option = $("template")?.selectedOptions[0];

	return option ? { name: option.value, ...option.dataset } : null;
}

function purposes() {
	if (template())
		return [];
	const picked = $("purpose").value;

	if (picked !== "other")
		return picked ? picked.split(" ") : [];
	const list = value("oids").split(/[\s,;]+/).filter(Boolean);
	if (list.length === 0 || !list.every((o) => /^[0-2](\.\d+)+$/.test(o)))
		throw new Wrong("oids", $("oids").dataset.wrong);
	return list;
}

/* Of the key that is to be certified. */
const existing = () => kept.find((r) => r.id === value("existing"));
const kind = () => chosen("keyset") === "existing"
	? existing()?.kind ?? chosen("alg") : chosen("alg");

const namesFromAccount = () => template()?.subject === "account";

function wanted() {
	const subject = PARTS.flatMap(([type, id]) =>
		value(id) ? [[type, value(id)]] : []);
	const names = nameRows();
	const t = template();

	if (!namesFromAccount() && subject.length === 0 && names.length === 0)
		throw new Wrong("cn", $("cn").dataset.missing);
	return { subject: namesFromAccount() ? [] : subject,
		names: namesFromAccount() ? [] : names, purposes: purposes(),
		keyUsage: enrol.keyUsage(value("spec"), kind()),
		keySpec: value("spec") === "signature" ? 2 : 1,
		provider: "this browser (WebCrypto)",
		template: t?.name, templateOid: t?.oid,
		major: Number(t?.major ?? 1), minor: Number(t?.minor ?? 0) };
}

function how() {
	const label = value("fn") || value("cn") || template()?.name || "key";
	const common = { hash: value("hash"), label, spec: value("spec"),
		format: value("fmt") };

	if (chosen("keyset") === "existing") {
		if (!existing())
			throw new Wrong("existing", $("existing").dataset.missing);
		return { ...common, existing: existing(),
			passphrase: $("pass-old").value };
	}
	return { ...common, kind: chosen("alg"), extractable: $("exp").checked,
		passphrase: $("strong").checked
			? form.newPassword("pass1", "pass2") : "" };
}

/* ---- keeping it consistent --------------------------------------------- */

function show(id, yes) {
	if ($(id))
		$(id).hidden = !yes;
}

async function offerKinds() {
	const allowed = template()?.keys?.split(" ");

	for (const input of document.querySelectorAll("input[name=alg]")) {
		const fine = (!allowed || allowed.includes(input.value)) &&
			await keys.usable(input.value);

		input.disabled = !fine;
		input.closest("label").hidden = !fine;
	}
	const first = document.querySelector("input[name=alg]:not(:disabled)");
	if (!document.querySelector("input[name=alg]:checked:not(:disabled)") &&
	    first)
		first.checked = true;
}

function refresh() {
	const source = chosen("keyset");
	const ed = chosen("alg") === "ed25519";

	show("names", !namesFromAccount());
	show("names-account", namesFromAccount());
	show("new-key", source !== "existing");
	show("old-key", source === "existing");
	show("here", source !== "other");
	show("elsewhere", source === "other");
	show("oid-field", !template() && $("purpose").value === "other");
	show("passwords", $("strong").checked && source === "new");
	show("pass-old-field", Boolean(existing()?.wrapped));
	$("hash").disabled = ed;
	$("StoreFlags").value = $("machine").checked ? "131072" : "0";
	if (source === "other")
		refreshRecipes();
}

/* What the template wants of the maker of the key. */
function hint() {
	const t = template();

	if (!t)
		return;
	$("exp").checked = Boolean(t.movable);
	$("strong").checked = Boolean(t.strong);
}

function refreshRecipes() {
	try {
		const want = wanted();
		const h = { ...how0(), usage: want.keyUsage };

		$("inf").textContent = recipe.inf(want, h);
		$("openssl").textContent = recipe.openssl(want, h);
		$("pkcs11").textContent = recipe.pkcs11(want, h);
	} catch (e) {
		$("inf").textContent = form.say(e.message);
	}
}

const how0 = () => ({ kind: chosen("alg"), hash: value("hash"),
	spec: value("spec"), extractable: $("exp").checked,
	machine: $("machine").checked, format: value("fmt"),
	label: value("fn"), provider: value("provider") });

/* ---- rows of names ----------------------------------------------------- */

const NAMES_MAX = 100;

function addName() {
	const rows = document.querySelectorAll(".san");
	const row = rows[0].cloneNode(true);
	const number = rows.length + 1;

	if (number > NAMES_MAX)
		return;
	for (const e of row.querySelectorAll("[aria-label]"))
		e.setAttribute("aria-label",
			e.getAttribute("aria-label").replace(/\d+$/, number));
	row.querySelector("input").value = "";
	rows[rows.length - 1].after(row);
	row.querySelector("input").focus();
}

function removeName(button) {
	const rows = document.querySelectorAll(".san");
	const row = button.closest(".san");

	if (rows.length === 1) {
		row.querySelector("input").value = "";
		return;
	}
	row.remove();
	$("add").focus();
}

/* ---- doing it ---------------------------------------------------------- */

/* name:value lines, the template first. */
function attributes(t) {
	const lines = value("att").split(/\r?\n/).filter((l) => l.trim());
	const extra = enrol.attributesOf(value("att"));

	if (extra.length !== lines.length)
		throw new Wrong("att", $("att").dataset.wrong);
	return t ? [["CertificateTemplate", t], ...extra] : extra;
}

const linesOf = (pairs) => pairs.map(([n, v]) => `${n}:${v}`).join("\r\n");

async function build() {
	const want = wanted(), h = how();
	const pairs = attributes(want.template);
	const text = await enrol.make(h, want, { format: h.format, pairs });

	return { text, label: h.label, attributes: linesOf(pairs) };
}

/* What another program has made: it may name its template by itself. */
async function made() {
	const file = $("made-file").files[0];
	const content = !file ? new TextEncoder().encode(value("made"))
		: file.size > LONGEST ? new Uint8Array()
		: new Uint8Array(await file.arrayBuffer());
	const request = bytesOf(content);

	if (/PRIVATE KEY-----/.test(new TextDecoder().decode(content)))
		throw new Wrong("made", $("made").dataset.private);
	if (request.length === 0)
		throw new Wrong("made", $("made").dataset.missing);
	return { text: der.pem("CERTIFICATE REQUEST", request),
		label: value("fn") || value("cn") || template()?.name || "request",
		attributes: linesOf(attributes(
			templateOf(request) ? "" : template()?.name)) };
}

async function run(button, what, then) {
	form.clearProblems(page);
	try {
		await form.busy(button, button.dataset.busy, async () =>
			then(await what()));
	} catch (e) {
		form.showProblem(e);
	}
}

function post({ text, label, attributes: lines }) {
	$("FriendlyType").value = label;
	enrol.send(page, text, lines);
}

async function start() {
	form.ready();
	if (!form.canMakeKeys())
		return;
	kept = await store.list().catch(() => []);
	for (const r of kept) {
		const o = document.createElement("option");

		o.value = r.id;
		o.textContent = `${r.label} (${keys.KINDS[r.kind].name}, ` +
			`${form.day(r.date)})`;
		$("existing").append(o);
	}
	$("k2").disabled = kept.length === 0;
	$("k2d").hidden = kept.length > 0;
	await offerKinds();
	hint();
	refresh();
	page.addEventListener("change", async (e) => {
		if (e.target.id === "template") {
			await offerKinds();
			hint();
		}
		refresh();
	});
	page.addEventListener("input", () => {
		if (chosen("keyset") === "other")
			refreshRecipes();
	});
	page.addEventListener("click", (e) => {
		if (e.target.closest("#add"))
			addName();
		else if (e.target.closest(".san button"))
			removeName(e.target.closest(".san button"));
	});
	page.addEventListener("submit", (e) => {
		e.preventDefault();
		void (chosen("keyset") === "other"
			? run($("send-made"), made, post)
			: run($("send"), build, post));
	});
	$("send-made").addEventListener("click", () =>
		void run($("send-made"), made, post));
	$("save").addEventListener("click", () => void run($("save"), build,
		({ text, label }) => {
			form.saveFile(`${label}.req`, text, "text/plain");
			$("saved").hidden = false;
		}));
	$("save-inf").addEventListener("click", () => form.saveFile(
		"request.inf", $("inf").textContent, "text/plain"));
	$("send").disabled = false;
	$("save").disabled = false;
}

void start();
