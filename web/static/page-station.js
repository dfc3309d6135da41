/* page-station.js - certsces.asp: an enrolment agent signs a request for
   somebody else, with his key that this browser keeps. */
import * as form from "./form.js";
import * as enrol from "./enrol.js";
import * as der from "./keys/der.js";
import { bytesOf, LONGEST } from "./keys/file.js";
import * as keys from "./keys/keys.js";
import * as store from "./keys/store.js";
import { templateOf } from "./keys/template.js";
import * as x509 from "./keys/x509.js";

const { $, value, chosen, Wrong } = form;
const page = $("req");
const PURPOSES = "2.5.29.37", AGENT = "1.3.6.1.4.1.311.20.2.1";
let agents = [];

/* ---- who signs ---------------------------------------------------------- */

function isAgent(record) {
	const [certificate] = record.certificates;
	const list = certificate && x509.extensions(certificate)
		.find((e) => e.oid === PURPOSES);

	return Boolean(list) && x509.read(certificate).notAfter > new Date() &&
		der.parts(list.value).some((p) => der.oidText(p.body) === AGENT);
}

function offer(list) {
	for (const r of list) {
		const cert = x509.read(r.certificates[0]);
		const o = document.createElement("option");

		o.value = r.id;
		o.textContent = `${cert.label} (${form.day(cert.notAfter)})`;
		$("agent").append(o);
	}
}

const agent = () => agents.find((r) => r.id === $("agent").value);
const template = () => {
	const o = $("template").selectedOptions[0];

	return { name: o.value, ...o.dataset };
};

function refresh() {
	const allowed = template().keys.split(" ");
	const kinds = [...$("kind").options];

	$("for-whom").textContent = value("user") || "–";
	$("from-file").hidden = chosen("keyset") !== "file";
	$("from-key").hidden = chosen("keyset") === "file";
	$("pass-old-field").hidden = !agent().wrapped;
	for (const o of kinds)
		o.hidden = o.disabled = !allowed.includes(o.value);
	if ($("kind").selectedOptions[0]?.disabled)
		$("kind").value = kinds.find((o) => !o.disabled)?.value ?? "";
}

/* ---- the request -------------------------------------------------------- */

/* Which template a request is for is said beside it, or inside: both must be
   the same. */
function checkTemplate(request) {
	const t = template();
	const named = templateOf(request);

	if (named && named.toLowerCase() !== t.name.toLowerCase() &&
	    named !== t.oid)
		throw new Wrong("template",
			`${$("template").dataset.conflict} ${named}`);
}

function isRequest(b) {
	try {
		const [info] = der.parts(b);

		return info.tag === 0x30 &&
			der.elements(info.body)[0].tag === 0x02;
	} catch {
		return false;
	}
}

async function fromFile() {
	const file = $("file").files[0];

	if (!file)
		throw new Wrong("file", $("file").dataset.missing);
	const request = file.size > LONGEST ? new Uint8Array()
		: bytesOf(new Uint8Array(await file.arrayBuffer()));
	if (!isRequest(request))
		throw new Wrong("file", $("file").dataset.wrong);
	checkTemplate(request);
	return request;
}

async function fromKey(user) {
	const kind = value("kind"), t = template();
	const { request } = await enrol.plain({ kind, extractable: true,
		hash: keys.KINDS[kind].hash, passphrase: "",
		label: `${user}, ${t.name}` }, { subject: [["CN", user]],
		keyUsage: enrol.keyUsage("both", kind), template: t.name,
		templateOid: t.oid, major: Number(t.major),
		minor: Number(t.minor) });

	return request;
}

async function build() {
	const user = value("user");

	if (!user)
		throw new Wrong("user", $("user").dataset.missing);
	const request = chosen("keyset") === "file" ? await fromFile()
		: await fromKey(user);

	return { user, text: await enrol.onBehalf(request, agent(),
		$("pass-old").value, user) };
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

async function start() {
	form.ready();
	if (!form.canMakeKeys())
		return;
	agents = (await store.list()).filter(isAgent);
	if (agents.length === 0) {
		$("no-agent").hidden = false;
		return;
	}
	offer(agents);
	refresh();
	page.hidden = false;
	page.addEventListener("input", refresh);
	page.addEventListener("submit", (e) => {
		e.preventDefault();
		void run($("send"), ({ user, text }) => {
			$("FriendlyType").value = `${template().name}, ${user}`;
			enrol.send(page, text,
				`CertificateTemplate:${template().name}`);
		});
	});
	$("save").addEventListener("click", () => void run($("save"),
		({ user, text }) => {
			form.saveFile(`${user}.p7`, text, "text/plain");
			$("saved").hidden = false;
		}));
}

void start().catch((e) => form.showProblem(e));
