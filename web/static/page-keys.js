/* page-keys.js - keys.asp: the keys that this browser keeps. */
import * as form from "./form.js";
import * as der from "./keys/der.js";
import * as keys from "./keys/keys.js";
import * as pkcs12 from "./keys/pkcs12.js";
import * as store from "./keys/store.js";
import * as x509 from "./keys/x509.js";
import * as p12 from "./p12.js";

const { $, value } = form;

function act(row, name, possible, then) {
	const button = row.querySelector(`[data-do=${name}]`);

	button.hidden = !possible;
	button.addEventListener("click", then);
}

function row(record) {
	const r = $("row").content.firstElementChild.cloneNode(true);
	const put = (name, text) => {
		r.querySelector(`[data-at=${name}]`).textContent = text;
	};
	const words = $("list").dataset;
	const certificate = record.certificates[0]
		&& x509.read(record.certificates[0]);

	put("label", record.label);
	put("kind", keys.KINDS[record.kind].name);
	put("date", form.day(record.date));
	put("state", certificate
		? `${words.until} ${form.day(certificate.notAfter)}`
		: words.waits);
	put("protection", [record.extractable ? words.movable : words.fixed,
		...(record.wrapped ? [words.strong] : [])].join(", "));
	r.querySelector("[data-do=request]").addEventListener("click", () =>
		form.saveFile(`${record.label}.req`,
			der.pem("CERTIFICATE REQUEST", record.request),
			"text/plain"));
	r.querySelector("[data-do=request]").hidden = !record.request;
	r.querySelector("[data-do=renew]").href += `#${record.id}`;
	r.querySelector("[data-do=renew]").hidden = !certificate;
	act(r, "save", record.extractable && certificate, () =>
		offerFile(record));
	act(r, "protect", record.extractable && !record.wrapped, () =>
		offerPassphrase(record));
	act(r, "remove", true, () => confirmRemoval(record));
	return r;
}

/* One thing at a time: the sections below the list. */
function only(id) {
	for (const s of ["saving", "protection", "removal"])
		$(s).hidden = s !== id;
}

function offerFile(record) {
	only("saving");
	$("saved-name").textContent = record.label;
	p12.offer(record);
	$("saving-heading").focus();
}

function offerPassphrase(record) {
	only("protection");
	$("protected-name").textContent = record.label;
	$("protect-form").reset();
	$("n1").focus();
	$("protect-form").onsubmit = async (e) => {
		e.preventDefault();
		form.clearProblems($("protect-form"));
		try {
			const passphrase = form.newPassword("n1", "n2");

			await form.busy($("protect"), $("protect").dataset.busy,
				async () => store.save(
					await store.protect(record, passphrase)));
			only("");
			await fill();
			$("list-heading").focus();
		} catch (error) {
			form.showProblem(error);
		}
	};
}

/* Deleting is final: the name has to be typed. */
function confirmRemoval(record) {
	$("doomed").textContent = record.label;
	$("typed").value = "";
	only("removal");
	$("typed").focus();
	$("remove-form").onsubmit = async (e) => {
		e.preventDefault();
		form.clearProblems($("remove-form"));
		if (value("typed") !== record.label.trim()) {
			form.showProblem(new form.Wrong("typed",
				$("typed").dataset.wrong));
			return;
		}
		await store.remove(record.id);
		$("removal").hidden = true;
		await fill();
		$("list-heading").focus();
	};
}

async function fill() {
	const list = (await store.list()).sort((a, b) => b.date - a.date);

	$("rows").replaceChildren(...list.map(row));
	$("list").hidden = list.length === 0;
	$("none").hidden = list.length > 0;
	$("may-vanish").hidden = list.length === 0 ||
		await navigator.storage?.persisted?.() !== false;
}

async function take(file, password) {
	const p = await pkcs12.readFile(
		new Uint8Array(await file.arrayBuffer()), password);
	const owner = await keyOf(p);

	await store.persist();
	await store.save({ id: owner.id, kind: owner.kind, hash: owner.hash,
		label: owner.label, spki: owner.spki, extractable: true,
		certificates: owner.order, date: Date.now(),
		privateKey: await keys.importPrivate(owner.kind, owner.hash,
			p.pkcs8, true) });
	await fill();
}

/* Which of the certificates belongs to the key: the one that verifies what it
   signs. */
async function keyOf({ pkcs8, certificates }) {
	if (!pkcs8)
		throw new Error($("import-form").dataset.nokey);
	for (const c of certificates) {
		const cert = x509.read(c), kind = keys.kindOf(cert.spki);

		if (!kind)
			continue;
		const hash = keys.KINDS[kind].hash;
		if (await keys.matches(kind, hash, pkcs8, cert.spki))
			return { id: await keys.keyId(cert.spki), kind, hash,
				label: cert.label, spki: cert.spki,
				order: [c, ...certificates.filter((o) => o !== c)] };
	}
	throw new Error($("import-form").dataset.nocertificate);
}

async function start() {
	form.ready();
	if (!form.canMakeKeys())
		return;
	await fill();
	$("keep").addEventListener("click", () => {
		$("removal").hidden = true;
	});
	$("import-form").addEventListener("submit", async (e) => {
		e.preventDefault();
		form.clearProblems($("import-form"));
		try {
			if (!$("file").files[0])
				throw new form.Wrong("file",
					$("file").dataset.missing);
			await form.busy($("take"), $("take").dataset.busy, () =>
				take($("file").files[0], $("password").value));
			$("taken").hidden = false;
		} catch (error) {
			form.showProblem(error);
		}
	});
}

void start();
