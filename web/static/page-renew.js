/* page-renew.js - renew.asp: a new certificate for what one holds, signed with
   the key that this browser keeps. */
import * as form from "./form.js";
import * as enrol from "./enrol.js";
import * as issued from "./issued.js";
import * as der from "./keys/der.js";
import * as keys from "./keys/keys.js";
import * as store from "./keys/store.js";
import * as x509 from "./keys/x509.js";

const { $, chosen, Wrong } = form;
const page = $("req");
const TEMPLATE_ID = "1.3.6.1.4.1.311.21.7";
const USAGE = "2.5.29.15";
/* Copied from the old certificate: other names, purposes. */
const COPIED = ["2.5.29.17", "2.5.29.37"];
let kept = [];

/* ---- what can be renewed ------------------------------------------------ */

/* A certificate that was never collected here is put beside its key first. */
async function collect(id) {
	const found = await issued.match(await issued.chain(id));

	if (!found)
		return null;
	const record = { ...found.record,
		certificates: found.order.map((c) => c.der) };
	await store.save(record);
	return record.id;
}

function templateOf(certificate) {
	const one = x509.extensions(certificate)
		.find((e) => e.oid === TEMPLATE_ID);
	const oid = one && der.oidText(der.parts(one.value)[0].body);

	return [...$("templates").children]
		.find((t) => t.dataset.oid === oid)?.dataset;
}

const record = () => kept.find((r) => r.id === $("which").value);
const family = (kind) => keys.KINDS[kind].family;

/* ---- what the form says ------------------------------------------------- */

async function offerKinds(r, template) {
	const allowed = template?.keys.split(" ");
	let first = null, same = null;

	for (const input of document.querySelectorAll("input[name=alg]")) {
		const fine = (!allowed || allowed.includes(input.value)) &&
			await keys.usable(input.value);

		input.disabled = !fine;
		input.closest("label").hidden = !fine;
		if (fine)
			first ??= input;
		if (fine && input.value === r.kind)
			same = input;
	}
	if (same ?? first)
		(same ?? first).checked = true;
}

function refresh() {
	const r = record();
	const cert = x509.read(r.certificates[0]);
	const template = templateOf(r.certificates[0]);
	const sameFine = !page.dataset.enterprise || Boolean(template?.same);

	$("until").textContent = form.day(cert.notAfter);
	$("key-kind").textContent = keys.KINDS[r.kind].name;
	$("pass-old-field").hidden = !r.wrapped;
	$("k2").disabled = !sameFine;
	$("k2d").textContent = sameFine ? $("k2d").dataset.fine
		: $("k2d").dataset.refused;
	if (!sameFine)
		$("k1").checked = true;
	$("kinds").hidden = chosen("keyset") === "same";
}

async function choose() {
	const r = record();

	await offerKinds(r, templateOf(r.certificates[0]));
	refresh();
}

/* Key usage is copied where it can be: other kinds of keys have other uses. */
function wanted(r, kind) {
	const [certificate] = r.certificates;
	const template = templateOf(certificate);
	const same = family(kind) === family(r.kind);

	if (x509.read(certificate).notAfter < new Date())
		throw new Wrong("which", $("which").dataset.expired);
	if (page.dataset.enterprise && !template)
		throw new Wrong("which", $("which").dataset.unknown);
	return { nameDer: x509.read(certificate).subject,
		copied: x509.extensions(certificate).filter((e) =>
			COPIED.includes(e.oid) || (same && e.oid === USAGE))
			.map((e) => e.all),
		keyUsage: same ? 0 : enrol.keyUsage("both", kind),
		template: template?.name, templateOid: template?.oid,
		major: Number(template?.major ?? 1),
		minor: Number(template?.minor ?? 0) };
}

async function build() {
	const r = record();
	const kind = chosen("keyset") === "same" ? "" : chosen("alg");
	const text = await enrol.renew(r, $("pass-old").value, kind,
		wanted(r, kind || r.kind));

	return { text, label: r.label };
}

async function run(button, then) {
	form.clearProblems(page);
	try {
		await form.busy(button, button.dataset.busy,
			async () => then(await build()));
	} catch (e) {
		form.showProblem(e);
	}
}

/* ---- starting ----------------------------------------------------------- */

function offer(list, preset) {
	for (const r of list) {
		const cert = x509.read(r.certificates[0]);
		const o = document.createElement("option");

		o.value = r.id;
		o.selected = r.id === preset;
		o.textContent = `${r.label} (${
			form.day(cert.notAfter)})`;
		$("which").append(o);
	}
}

async function start() {
	form.ready();
	if (!form.canMakeKeys())
		return;
	const asked = page.dataset.id !== "0";
	const preset = asked ? await collect(page.dataset.id)
		: location.hash.slice(1);

	kept = (await store.list()).filter((r) => r.certificates.length > 0)
		.sort((a, b) => b.date - a.date);
	if (kept.length === 0 || (asked && !preset)) {
		$("no-key-words").textContent = $("no-key-words")
			.dataset[asked ? "elsewhere" : "none"];
		$("no-key").hidden = false;
		return;
	}
	offer(kept, preset);
	await choose();
	page.hidden = false;
	page.addEventListener("change", (e) =>
		void (e.target.id === "which" ? choose() : refresh()));
	page.addEventListener("submit", (e) => {
		e.preventDefault();
		void run($("send"), ({ text, label }) => {
			$("FriendlyType").value = label;
			enrol.send(page, text, "");
		});
	});
	$("save").addEventListener("click", () => void run($("save"),
		({ text, label }) => {
			form.saveFile(`${label}.p7`, text, "text/plain");
			$("saved").hidden = false;
		}));
}

void start().catch((e) => form.showProblem(e));
